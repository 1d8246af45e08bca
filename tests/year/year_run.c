/* The year goes by: what is to come is done, the detectors are called when they asked for it, nothing in between. */
#include "year_private.h"

#include <stdlib.h>

#define GRID_MS SEC_MS /* what arrives within a second is handed over together, as a turn of the program does */

static void do_it(struct year *y, const struct todo *t)
{
	switch ((enum what)t->what) {
	case DO_ANNOUNCE: case DO_WITHDRAW:
		bgp_arrive(y, t);
		break;
	case DO_FLAP: case DO_BLIP: case DO_WITHDRAWAL: case DO_MOVE: case DO_INCIDENT: case DO_BACK: case DO_DOWN:
	case DO_RETIRED: case DO_BORN: case DO_LOOK:
		script_do(y, t);
		break;
	case DO_OUTAGE: case DO_OUTAGE_END:
		outage_do(y, t);
		break;
	case DO_SAMPLE:
		signals_sample(y);
		break;
	case DO_HOST: case DO_HOST_BACK: case DO_CONTROLLER: case DO_HOST_LEAVES:
		hosts_do(y, t);
		break;
	case DO_HARVEST:
		calls_harvest(y);
		queue_add(y, y->ms + HOUR_MS, DO_HARVEST, 0, 0, 0);
		break;
	case DO_WHATS:
		break;
	default:
		feed_do(y, t);
	}
}

static int64_t grid(int64_t ms)
{
	return ms == NEVER_MS ? ms : (ms + GRID_MS - 1) / GRID_MS * GRID_MS;
}

void year_run(struct year *y)
{
	int64_t due = 0;
	struct todo t;

	while (y->ms < y->end_ms) {
		int64_t next = grid(queue_due(y));
		if (y->running && due < next)
			next = due > y->ms ? due : y->ms + 1;
		next = next < y->end_ms ? next : y->end_ms;
		while (queue_next(y, next, &t)) {
			y->ms = t.ms > y->ms ? t.ms : y->ms;
			do_it(y, &t);
		}
		y->ms = next;
		due = NEVER_MS;
		if (!y->running)
			continue;
		struct wall at = judge_run(y->judge, year_now(y));
		due = year_ms(at);
		signals_fuse_all(y);
		calls_listen(y);
	}
}

struct year *year_new(const struct year_config *c)
{
	struct year *y = xcalloc(1, sizeof(*y));

	y->config = *c;
	y->end_ms = (int64_t)(c->days + WARM_DAYS) * DAY_MS;
	if (c->until > 0 && c->until < y->end_ms)
		y->end_ms = c->until;
	for (int i = 0; i <= FAULTS; i++)
		y->faults[i].last = NEVER_MS;
	for (int p = 0; p < FOR_PURPOSES; p++)
		y->chance[p] = chance_of(c->seed, (uint64_t)p, 0);
	world_build(y);
	feed_begin(y);
	script_begin(y);
	outage_begin(y);
	signals_begin(y);
	queue_add(y, HOUR_MS, DO_HARVEST, 0, 0, 0);
	return y;
}

void year_free(struct year *y)
{
	if (!y)
		return;
	for (unsigned i = 0; i < y->config.countries; i++) {
		signals_free(&y->countries[i]);
		hosts_free(&y->countries[i]);
	}
	for (size_t i = 0; i < y->calls.count; i++)
		free(y->calls.list[i].trace);
	for (size_t i = 0; i < y->outage_count; i++)
		free(y->outages[i].nets);
	judge_free(y->judge);
	event_book_release(y->book);
	free(y->book);
	free(y->queue);
	free(y->sessions);
	free(y->nets);
	free(y->ops);
	free(y->countries);
	free(y->weights);
	free(y->outages);
	free(y->blind);
	free(y->net_of);
	free(y->calls.list);
	free(y);
}

size_t year_memory(const struct year *y, size_t *networks)
{
	*networks = judge_net_count(y->judge);
	return judge_memory(y->judge);
}
