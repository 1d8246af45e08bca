/* `landline status --format`: a line for a status bar, from a template such as '#{cc} #{state} #{up}/#{total}'.
 *
 * The names are a table; an unknown one is an error that lists them. `##` is a '#'. A '#' before anything else stays as
 * it is, because tmux has forms of its own ("#[fg=red]"). A value that is not known is '-', never 0. */
#include "status_private.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	SPARK_BUCKETS = 24, /* hours: the line of the screen in a handful of columns */
	LINE_MAX_BYTES = 4096,
};
#define SPARK_BUCKET_MS INT64_C(3600000)

struct want {
	const struct model *m;
	const struct territory *t;
	enum charset charset;
	struct tally all, v4, v6;
};

typedef void put_fn(const struct want *w, struct strbuf *out);

static void put_code(const struct want *w, struct strbuf *out)
{
	strbuf_adds(out, w->t->spec.code);
}

static void put_name(const struct want *w, struct strbuf *out)
{
	strbuf_adds(out, w->t->name);
}

static void put_state(const struct want *w, struct strbuf *out)
{
	strbuf_adds(out, verdict_name(w->t->verdict.kind));
}

static void put_loss(const struct want *w, struct strbuf *out)
{
	status_percent(w->t->verdict.loss_pct, out);
}

static void put_since(const struct want *w, struct strbuf *out)
{
	status_since(w->t->verdict.since, w->m->now, out);
}

static void put_text(const struct want *w, struct strbuf *out)
{
	strbuf_adds(out, w->t->verdict.text);
}

static void put_duration(const struct want *w, struct strbuf *out)
{
	struct wall since = w->t->verdict.since, now = w->m->now;
	const struct event *ev = event_look(&w->m->book, w->t->verdict.event_id);
	int64_t ms = wall_is_set(since) && wall_is_set(now) ? now.ms - since.ms : -1;
	char text[DURATION_TEXT_MAX];

	if (ev) /* of the outage, not of its newest phase */
		ms = event_duration_ms(ev, now);
	strbuf_adds(out, ms >= 0 ? duration_format(text, ms) : "-");
}

static void put_provider(const struct want *w, struct strbuf *out)
{
	const struct provider *p = status_provider(w->t);

	if (!p && !w->t->single_provider)
		strbuf_addc(out, '-');
	else
		strbuf_addf(out, "AS%u", p ? p->asn : w->t->single_provider);
	if (p && p->name[0])
		strbuf_addf(out, " %s", p->name);
}

static void put_event(const struct want *w, struct strbuf *out)
{
	const struct event *ev = event_look(&w->m->book, w->t->verdict.event_id);

	if (ev && ev->seq)
		strbuf_addf(out, "%llu", (unsigned long long)ev->seq);
	else
		strbuf_addc(out, '-');
}

static void put_time(const struct want *w, struct strbuf *out)
{
	char text[WALL_TEXT_MAX];

	strbuf_adds(out, wall_format_hm(text, w->m->now));
}

/* The lowest count of each hour, IPv4 and IPv6 together, as a share of what is usual. */
static void put_spark(const struct want *w, struct strbuf *out)
{
	const struct group_view *r = &w->t->routing;
	const struct {
		const struct series *s;
		double usual;
	} parts[] = {
		{r->up_v4, fmax(r->baseline_v4, r->v4.total)},
		{r->up_v6, fmax(r->baseline_v6, r->v6.total)},
	};
	float low[ARRAY_LEN(parts)][SPARK_BUCKETS];

	for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
		struct wall until = w->m->now;
		if (parts[k].s && parts[k].s->step_ms > 0) /* the bucket that is being filled belongs to the picture */
			until.ms += parts[k].s->step_ms - until.ms % parts[k].s->step_ms;
		if (parts[k].s && parts[k].s->values && wall_is_set(w->m->now))
			series_downsample_min(parts[k].s, until, SPARK_BUCKET_MS, low[k], SPARK_BUCKETS);
		else
			for (size_t i = 0; i < SPARK_BUCKETS; i++)
				low[k][i] = SERIES_NO_DATA;
	}
	for (size_t i = 0; i < SPARK_BUCKETS; i++) {
		double up = 0, usual = 0;
		char glyph[4];
		for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
			if (isnan(low[k][i]) || !(parts[k].usual > 0))
				continue;
			up += low[k][i];
			usual += parts[k].usual;
		}
		strbuf_add(out, glyph,
			   text_put(glyph, usual > 0 ? glyph_spark(w->charset, up / usual) : glyph_gap(w->charset)));
	}
}

/* A row has a function, or the place of a count in struct want. */
static const struct {
	const char *name;
	put_fn *put;
	size_t tally; /* a count: of this tally, this member */
	size_t count;
} names[] = {
	{"cc", .put = put_code},
	{"territory", .put = put_code},
	{"name", .put = put_name},
	{"state", .put = put_state},
	{"up", .tally = offsetof(struct want, all), .count = offsetof(struct tally, up)},
	{"total", .tally = offsetof(struct want, all), .count = offsetof(struct tally, total)},
	{"up4", .tally = offsetof(struct want, v4), .count = offsetof(struct tally, up)},
	{"total4", .tally = offsetof(struct want, v4), .count = offsetof(struct tally, total)},
	{"up6", .tally = offsetof(struct want, v6), .count = offsetof(struct tally, up)},
	{"total6", .tally = offsetof(struct want, v6), .count = offsetof(struct tally, total)},
	{"down", .tally = offsetof(struct want, all), .count = offsetof(struct tally, down)},
	{"loss", .put = put_loss},
	{"since", .put = put_since},
	{"duration", .put = put_duration},
	{"text", .put = put_text},
	{"spark", .put = put_spark},
	{"provider", .put = put_provider},
	{"event", .put = put_event},
	{"time", .put = put_time},
};

static int unknown_name(const char *name, int len, struct err *e)
{
	struct strbuf list;

	strbuf_init(&list, ERR_MSG_MAX);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names[i].name);
	int code = err_set(e, ERR_USAGE, "unknown name '%.*s' in --format; names are %s", len < 24 ? len : 24, name,
			   list.text);
	strbuf_release(&list);
	return code;
}

/* A count of what is judged now; "?" while nothing is: not known is not none. The total is always known. */
static void put_count(const struct tally *y, size_t member, struct strbuf *out)
{
	if (member != offsetof(struct tally, total) && y->total && y->unknown + y->stale == y->total)
		strbuf_addc(out, '?');
	else
		strbuf_addf(out, "%u", *(const unsigned *)(const void *)((const char *)y + member));
}

static int put_named(const struct want *w, const char *name, size_t len, struct strbuf *out, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0) {
			if (names[i].put)
				names[i].put(w, out);
			else
				put_count((const struct tally *)(const void *)((const char *)w + names[i].tally), names[i].count, out);
			return 0;
		}
	}
	return unknown_name(name, (int)(len < 64 ? len : 64), e);
}

static int expand(const struct want *w, const char *format, struct strbuf *out, struct err *e)
{
	for (const char *p = format; *p;) {
		size_t plain = strcspn(p, "#");
		strbuf_add(out, p, plain);
		p += plain;
		if (p[0] == '#' && p[1] == '{') {
			size_t len = strcspn(p + 2, "}");
			if (!p[2 + len])
				return err_set(e, ERR_USAGE, "'#{' without '}' in --format: '%.40s'", p);
			int rc = put_named(w, p + 2, len, out, e);
			if (rc < 0)
				return rc;
			p += len + 3;
		} else if (p[0] == '#') {
			strbuf_addc(out, '#');
			p += p[1] == '#' ? 2 : 1;
		}
	}
	return 0;
}

int status_format(const struct model *m, const struct territory *t, const char *format, enum charset c,
		  struct strbuf *out, struct err *e)
{
	const struct want w = {
		.m = m, .t = t, .charset = c, .all = status_both(t), .v4 = t->routing.v4, .v6 = t->routing.v6};
	struct strbuf line;

	strbuf_init(&line, LINE_MAX_BYTES);
	int rc = expand(&w, format, &line, e);
	if (rc == 0)
		strbuf_add(out, line.text, line.len);
	strbuf_release(&line);
	return rc;
}
