/* A small world for the tests of the judge: peer ASes on collectors, watched prefixes, a clock that is moved by hand.
 *
 * Times are seconds from the world's start. world_to() turns the loop as the program does: it calls judge_run at every
 * time that judge_run asked for, so that timers fire when they are due and not when the test looks. */
#ifndef LANDLINE_TESTS_SIM_WORLD_H
#define LANDLINE_TESTS_SIM_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/judge.h"

#define WORLD_PEERS_MAX 512

struct world {
	struct event_book book;
	struct judge *j;
	struct rib *rib;
	int64_t base_ms; /* wall time of second 0 */
	double at;       /* seconds */
	int sessions[WORLD_PEERS_MAX];
	unsigned peers;
	int territory, op;
};

static inline struct wall world_wall(const struct world *w, double s)
{
	return (struct wall){w->base_ms + (int64_t)llround(s * 1000)};
}

static inline struct now world_now(const struct world *w)
{
	return (struct now){.mono = {1000000 + (int64_t)llround(w->at * 1000)}, .wall = world_wall(w, w->at)};
}

static inline void world_run(struct world *w)
{
	judge_run(w->j, world_now(w));
}

/* Let time pass until second s. */
static inline void world_to(struct world *w, double s)
{
	for (;;) {
		struct wall due = judge_run(w->j, world_now(w));
		assert_true(wall_is_set(due));
		double next = (double)(due.ms - w->base_ms) / 1000;
		if (next >= s)
			break;
		w->at = next > w->at ? next : w->at + 0.001;
	}
	w->at = s;
	world_run(w);
}

static inline int world_session(struct world *w, unsigned peer, unsigned collectors, int family)
{
	char name[16];
	struct addr a = {.family = (uint8_t)family, .bytes = {198, 51, (uint8_t)(peer >> 8), (uint8_t)peer}};

	snprintf(name, sizeof(name), "rrc%02u", peer % collectors);
	return rib_session(w->rib, name, &a, 64500 + peer);
}

/* A territory KP with an operator AS131279, `peers` peer ASes over `collectors`, the feed fresh. */
static inline void world_open(struct world *w, unsigned peers, unsigned collectors, int64_t start_s)
{
	*w = (struct world){.base_ms = start_s * 1000, .peers = peers};
	event_book_init(&w->book);
	w->j = judge_new(&w->book);
	w->rib = judge_rib(w->j);
	w->territory = judge_group(w->j, SCOPE_TERRITORY, "KP", "KP", -1);
	w->op = judge_group(w->j, SCOPE_OPERATOR, "KP", "AS131279", w->territory);
	for (unsigned i = 0; i < peers; i++)
		w->sessions[i] = world_session(w, i, collectors, 4);
	judge_feed(w->j, FEED_OK, "", world_now(w));
}

static inline void world_close(struct world *w)
{
	judge_free(w->j);
	event_book_release(&w->book);
}

static inline struct prefix world_prefix(const char *text)
{
	struct prefix p;

	assert_true(prefix_parse(text, strlen(text), &p));
	return p;
}

static inline int world_watch(struct world *w, const char *text)
{
	struct prefix p = world_prefix(text);

	judge_watch(w->j, w->territory, &p, 131279);
	return judge_watch(w->j, w->op, &p, 131279);
}

/* A snapshot in which the first `have` peers have the route, all through AS4837, as of now. */
static inline void world_snapshot(struct world *w, int net, unsigned have)
{
	uint32_t upstreams[WORLD_PEERS_MAX];

	for (unsigned i = 0; i < have; i++)
		upstreams[i] = 4837;
	rib_snapshot(w->rib, net, w->sessions, upstreams, have, world_wall(w, w->at));
}

/* Make exactly the first `have` peers have it, by messages dated now. */
static inline void world_set(struct world *w, int net, unsigned have)
{
	for (unsigned i = 0; i < w->peers; i++) {
		if (i < have)
			rib_announce(w->rib, w->sessions[i], net, 4837, world_wall(w, w->at));
		else
			rib_withdraw(w->rib, w->sessions[i], net, world_wall(w, w->at));
	}
	world_run(w);
}

static inline struct net_view world_net(const struct world *w, int net)
{
	struct net_view v;

	judge_net(w->j, net, &v);
	return v;
}

static inline struct group_view world_group(const struct world *w, int group)
{
	struct group_view v;

	judge_group_view(w->j, group, &v);
	return v;
}

static inline struct event *world_event(struct world *w, enum event_scope scope, const char *subject)
{
	struct event *found = NULL;

	for (size_t i = 0; i < w->book.count; i++)
		if (w->book.events[i]->scope == scope && strcmp(w->book.events[i]->subject, subject) == 0)
			found = w->book.events[i];
	return found;
}

/* Events that were ever confirmed. */
static inline unsigned world_confirmed(const struct world *w)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->book.count; i++)
		n += wall_is_set(w->book.events[i]->confirmed);
	return n;
}

static inline void world_dump(const struct world *w)
{
	for (size_t i = w->book.log_count; i-- > 0;) {
		const struct log_line *l = event_log_at(&w->book, i);
		print_message("  %.3f %s\n", (double)(l->logged.ms - w->base_ms) / 1000, l->text);
	}
}

#endif
