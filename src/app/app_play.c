/* Requests to bgplay, from networks and times: see app_play.h. */
#include "app_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HOUR_MS 3600000LL

/* What an answer of one network is made of, without spaces: the routes and the names of all peers at its beginning (61 KB for
 * 140.78.0.0/16 in 2017, 166 peers), and the updates of a quiet one (142 KB in 48 h). [samples/ripestat] */
#define STATE_BYTES       60000u
#define HOUR_BYTES        3000u
/* The smallest that are usual [sources/bgp.md 8]; for files that no listing tells the size of. */
#define TABLE_BYTES_LEAST  28000000u
#define UPDATE_BYTES_LEAST 200000u

static const char control_text[] = "193.0.0.0/21"; /* RIPE NCC's own: always routed */

static int by_address(const void *x, const void *y)
{
	return prefix_cmp(x, y);
}

static int take_nets(struct play_plan *p, const struct prefix *nets, size_t count, struct err *e)
{
	struct prefix *list = xcalloc(count + 1, sizeof(*list));
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < count; i++)
		if (prefix_is_countable(&nets[i]))
			list[n++] = nets[i];
	if (n)
		qsort(list, n, sizeof(*list), by_address);
	for (size_t i = 0; i < n; i++)
		if (!kept || !prefix_equal(&list[kept - 1], &list[i]))
			list[kept++] = list[i];
	if (kept && kept <= PLAY_NETS_MAX)
		memcpy(p->nets, list, kept * sizeof(*list));
	p->net_count = kept <= PLAY_NETS_MAX ? kept : 0;
	free(list);
	if (kept > PLAY_NETS_MAX)
		return err_set(e, ERR_LIMIT, "%zu networks, and %d are the most", kept, PLAY_NETS_MAX);
	return kept ? 0 : err_set(e, ERR_NOT_FOUND, "no network of these territories is known of that time");
}

/* FNV-1a of the prefixes' text: which networks a kept answer is about. */
static uint64_t hash_of(const struct play_plan *p, size_t line)
{
	struct prefix nets[PLAY_BATCH + 1];
	char text[PREFIX_TEXT_MAX];
	uint64_t h = 14695981039346656037u;
	size_t n = play_line(p, line, nets);
	for (size_t i = 0; i < n; i++)
		for (const char *s = prefix_format(text, &nets[i]); *s; s++)
			h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

static void name_part(const struct play_plan *p, struct play_part *part)
{
	double hours = (double)(part->until.ms - part->from.ms) / (double)HOUR_MS;
	struct prefix nets[PLAY_BATCH + 1];
	size_t n = play_line(p, part->line, nets);
	snprintf(part->path, sizeof(part->path), "bgplay/%016llx.%lld.%lld.json",
		 (unsigned long long)hash_of(p, part->line), (long long)wall_to_s(part->from),
		 (long long)wall_to_s(part->until));
	part->bytes = (uint64_t)((double)n * (STATE_BYTES + hours * HOUR_BYTES));
	part->have = false;
}

static int add_parts(struct play_plan *p, struct wall until, struct err *e)
{
	for (size_t line = 0; line < p->line_count; line++)
		for (int64_t t = p->base.ms; t < until.ms; t += PLAY_SPAN_MS) {
			int64_t end = t + PLAY_SPAN_MS < until.ms ? t + PLAY_SPAN_MS : until.ms;
			if (p->count == PLAY_REQUESTS_MAX)
				return err_set(e, ERR_LIMIT, "more than %d requests", PLAY_REQUESTS_MAX);
			mem_grow(&p->parts, &p->cap, p->count + 1, sizeof(*p->parts));
			struct play_part *part = &p->parts[p->count++];
			*part = (struct play_part){.line = line, .from = {t}, .until = {end}};
			name_part(p, part);
		}
	return 0;
}

int play_plan(struct play_plan *p, struct wall at, struct wall until, const struct prefix *nets, size_t count,
	      struct wall now, struct err *e)
{
	*p = (struct play_plan){.at = at, .until = until};
	p->base.ms = at.ms - at.ms % HOUR_MS - PLAY_LEAD_MS; /* whole hours: the next replay finds the same answers */
	int rc = take_nets(p, nets, count, e);
	p->line_count = (p->net_count + PLAY_BATCH - 1) / PLAY_BATCH;
	struct wall end = {until.ms < now.ms ? (until.ms + 59999) / 60000 * 60000 : now.ms / 60000 * 60000};
	if (rc == 0)
		rc = add_parts(p, end, e);
	if (rc < 0)
		play_plan_release(p);
	return rc;
}

void play_plan_release(struct play_plan *p)
{
	free(p->parts);
	*p = (struct play_plan){0};
}

size_t play_line(const struct play_plan *p, size_t line, struct prefix *out)
{
	size_t n = 0;
	if (prefix_parse(control_text, strlen(control_text), &out[0]))
		n++;
	for (size_t i = line * PLAY_BATCH; i < p->net_count && i < (line + 1) * PLAY_BATCH; i++)
		out[n++] = p->nets[i];
	return n;
}

char *play_subject(char *dst, const struct play_plan *p, const struct play_part *part)
{
	struct prefix nets[PLAY_BATCH + 1];
	char text[PREFIX_TEXT_MAX];
	size_t n = play_line(p, part->line, nets);
	int len = 0;
	for (size_t i = 0; i < n; i++)
		len += snprintf(dst + len, PLAY_SUBJECT_MAX - (size_t)len, "%s%s", i ? "," : "",
				prefix_format(text, &nets[i]));
	snprintf(dst + len, PLAY_SUBJECT_MAX - (size_t)len, " %lld %lld", (long long)wall_to_s(part->from),
		 (long long)wall_to_s(part->until));
	return dst;
}

bool play_split(struct play_plan *p, size_t i)
{
	int64_t span = p->parts[i].until.ms - p->parts[i].from.ms, half = span / 2 / 60000 * 60000;
	if (half < PLAY_SPAN_MIN_MS || p->count == PLAY_REQUESTS_MAX)
		return false;
	mem_grow(&p->parts, &p->cap, p->count + 1, sizeof(*p->parts));
	memmove(&p->parts[i + 1], &p->parts[i], (p->count - i) * sizeof(*p->parts));
	p->count++;
	p->parts[i].until.ms = p->parts[i + 1].from.ms = p->parts[i].from.ms + half;
	name_part(p, &p->parts[i]);
	name_part(p, &p->parts[i + 1]);
	return true;
}

/* ---- how much ---- */

uint64_t play_bytes(const struct play_plan *p, size_t *requests)
{
	uint64_t bytes = 0;
	*requests = 0;
	for (size_t i = 0; i < p->count; i++)
		if (!p->parts[i].have) {
			bytes += p->parts[i].bytes;
			(*requests)++;
		}
	return bytes;
}

/* Of the archives' files; unknown sizes are taken as small ones. */
static uint64_t archive_bytes_left(const struct archive_plan *p, size_t *files)
{
	uint64_t bytes = 0;
	*files = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct archive_file *f = &p->files[i];
		if (f->have || f->missing)
			continue;
		(*files)++;
		bytes += f->bytes ? f->bytes : f->table ? TABLE_BYTES_LEAST : UPDATE_BYTES_LEAST;
	}
	return bytes;
}

const char *play_hindrance(struct wall at, struct wall until, struct wall now)
{
	if (at.ms < PLAY_SINCE_MS + PLAY_LEAD_MS)
		return "RIPEstat keeps updates from January 2024 on";
	if (until.ms > now.ms - PLAY_LATE_MS)
		return "RIPEstat has the newest hours later than the archives";
	return NULL;
}

enum past_way past_choose(const struct archive_plan *mrt, const struct play_plan *play, const char **why)
{
	size_t files, requests = 0;
	uint64_t theirs = archive_bytes_left(mrt, &files);
	if (!play) {
		*why = "the only way";
		return PAST_MRT;
	}
	if (!files) {
		*why = "all of it is in the cache";
		return PAST_MRT;
	}
	uint64_t ours = play_bytes(play, &requests);
	*why = requests ? "cheaper" : "all of it is in the cache";
	return ours <= theirs ? PAST_BGPLAY : PAST_MRT;
}

void play_plan_text(const struct play_plan *p, struct strbuf *out)
{
	char size[16];
	size_t requests;
	uint64_t bytes = play_bytes(p, &requests);
	strbuf_addf(out, "bgplay: %zu network%s, %zu request%s to RIPEstat, %zu in the cache, ", p->net_count,
		    p->net_count == 1 ? "" : "s", p->count, p->count == 1 ? "" : "s", p->count - requests);
	if (requests)
		strbuf_addf(out, "about %s to fetch (estimated)\n", archive_bytes(size, bytes));
	else
		strbuf_adds(out, "nothing to fetch\n");
}
