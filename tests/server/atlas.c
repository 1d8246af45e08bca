/* RIPE Atlas (shared/sources/atlas.md): the list of probes, page by page, and measurement 7000, who connected and who
 * left.
 *
 * A country's probes are numbered in a row; the first N usually are connected, a quarter more has been gone for months.
 * A connected one leaves now and then by itself for some minutes, as volunteers' probes do, and when a tide of the
 * scenario takes it. All of that is a function of time: the past before the scenario can be asked for as well. */
#include "private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

#define DAY_MS      86400000LL
#define FIRST_ID    7000001u
#define COUNTRY_IDS 10000u
#define CHURN       0.15 /* of the probes, a day */

enum { PAGE_DEFAULT = 100, PAGE_MAX = 500, CHANGES_MAX = 64 };

/* A moment at which a probe may change. */
struct change {
	int64_t t;
	const char *controller; /* NULL: its own */
};

static unsigned resting(const struct world_country *c)
{
	return c->probes / 4;
}

static uint32_t id_of(int country, unsigned k)
{
	return FIRST_ID + (uint32_t)country * COUNTRY_IDS + k;
}

/* When this probe goes with the tide; INT64_MAX: it stays. */
static int64_t tide_time(const struct world *w, uint32_t id, size_t i, const struct world_tide *t)
{
	if (t->leave && world_draw(w->seed ^ 0x7de, id, i) >= t->share)
		return INT64_MAX;
	return t->t_ms + (int64_t)(world_draw(w->seed ^ 0x0fe, id, i) * (double)t->over_ms);
}

/* It leaves by itself on that day, at *from until *until. */
static bool churns(const struct world *w, uint32_t id, int64_t day, int64_t *from, int64_t *until)
{
	if (world_draw(w->seed ^ 0xc0, id, (uint64_t)day) >= CHURN)
		return false;
	*from = day * DAY_MS + (int64_t)(world_draw(w->seed ^ 0xc1, id, (uint64_t)day) * (double)(DAY_MS - 3600000));
	*until = *from + 180000 + (int64_t)(world_draw(w->seed ^ 0xc2, id, (uint64_t)day) * 1200000);
	return true;
}

static bool is_up(const struct world *w, int country, unsigned k, int64_t t)
{
	const struct world_country *c = &w->countries[country];
	uint32_t id = id_of(country, k);
	int64_t from, until, day = t / DAY_MS;
	bool up = k < c->probes;
	for (size_t i = 0; k < c->probes && i < c->tide_count; i++)
		if (tide_time(w, id, i, &c->tides[i]) <= t)
			up = !c->tides[i].leave;
	return up && !(churns(w, id, day, &from, &until) && from <= t && t < until);
}

static int by_time(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	return x->t < y->t ? -1 : x->t > y->t;
}

static size_t changes_of(const struct world *w, int country, unsigned k, int64_t from, int64_t until,
			 struct change out[CHANGES_MAX])
{
	const struct world_country *c = &w->countries[country];
	uint32_t id = id_of(country, k);
	size_t n = 0;
	for (size_t i = 0; i < c->tide_count && n < CHANGES_MAX; i++) {
		const struct world_tide *t = &c->tides[i];
		out[n++] = (struct change){tide_time(w, id, i, t), t->controller[0] ? t->controller : NULL};
	}
	for (int64_t day = from / DAY_MS - 1; day <= until / DAY_MS && n + 2 < CHANGES_MAX; day++) {
		int64_t a, b;
		if (!churns(w, id, day, &a, &b))
			continue;
		out[n++] = (struct change){.t = a};
		out[n++] = (struct change){.t = b};
	}
	qsort(out, n, sizeof(*out), by_time);
	return n;
}

static int64_t status_since(const struct world *w, int country, unsigned k, int64_t now)
{
	struct change list[CHANGES_MAX];
	int64_t from = now - 7 * DAY_MS, since = from - (int64_t)k * DAY_MS;
	size_t n = changes_of(w, country, k, from, now, list);
	for (size_t i = 0; i < n; i++)
		if (list[i].t <= now && is_up(w, country, k, list[i].t) != is_up(w, country, k, list[i].t - 1))
			since = list[i].t;
	return since;
}

static uint32_t asn_of(const struct world *w, int country, unsigned k)
{
	size_t count = 0;
	for (size_t i = 0; i < w->as_count; i++)
		count += w->ases[i].country == country;
	for (size_t i = 0, at = 0; i < w->as_count; i++)
		if (w->ases[i].country == country && at++ == k % count)
			return w->ases[i].asn;
	return 0;
}

/* ---- the list ---- */

static void add_time(struct strbuf *out, int64_t ms)
{
	char text[WALL_TEXT_MAX];
	strbuf_addf(out, "\"%.19sZ\"", wall_format(text, (struct wall){ms}));
}

static bool wants(const char *fields, const char *name)
{
	size_t len = strlen(name);
	for (const char *s = fields; s && (s = strstr(s, name)); s += len)
		if ((s == fields || s[-1] == ',') && (s[len] == ',' || !s[len]))
			return true;
	return !fields;
}

static void add_probe(struct strbuf *out, const struct world *w, int country, unsigned k, int64_t now,
		      const char *fields)
{
	bool up = is_up(w, country, k, now);
	int64_t since = status_since(w, country, k, now);
	uint32_t asn = asn_of(w, country, k);
	strbuf_addf(out, "{\"id\":%u", id_of(country, k));
	if (wants(fields, "country_code"))
		strbuf_addf(out, ",\"country_code\":\"%s\"", w->countries[country].cc);
	if (wants(fields, "asn_v4"))
		strbuf_addf(out, ",\"asn_v4\":%u", asn);
	if (wants(fields, "asn_v6"))
		strbuf_adds(out, ",\"asn_v6\":null");
	if (wants(fields, "address_v4"))
		strbuf_addf(out, ",\"address_v4\":%s", k % 3 ? "null" : "\"192.0.2.10\"");
	if (wants(fields, "description"))
		strbuf_adds(out, ",\"description\":\"\\u5bb6 probe\"");
	if (wants(fields, "geometry"))
		strbuf_adds(out, ",\"geometry\":{\"type\":\"Point\",\"coordinates\":[51.4,35.7]}");
	if (wants(fields, "is_anchor"))
		strbuf_adds(out, ",\"is_anchor\":false");
	if (wants(fields, "status")) {
		strbuf_addf(out, ",\"status\":{\"id\":%d,\"name\":\"%s\",\"since\":", up ? 1 : 2,
			    up ? "Connected" : "Disconnected");
		add_time(out, since);
		strbuf_addc(out, '}');
	}
	if (wants(fields, "status_since"))
		strbuf_addf(out, ",\"status_since\":%" PRId64, since / 1000);
	if (wants(fields, "type"))
		strbuf_adds(out, ",\"type\":\"Probe\"");
	strbuf_addc(out, '}');
}

static bool status_meant(const char *list, bool up)
{
	return !list || !*list || strchr(list, up ? '1' : '2');
}

static void add_page_link(struct strbuf *out, const struct server *s, const struct atlas_query *q, unsigned size,
			  unsigned page)
{
	strbuf_addf(out, "\"http://127.0.0.1:%u/api/v2/probes/?country_code=%s&format=json&page=%u&page_size=%u",
		    s->doors[DOOR_ATLAS].port, q->country, page, size);
	if (q->status)
		strbuf_addf(out, "&status=%s", q->status);
	if (q->fields)
		strbuf_addf(out, "&fields=%s", q->fields);
	strbuf_addc(out, '"');
}

bool reply_atlas_probes(struct server *s, const struct atlas_query *q, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = q->country ? world_find_country(w, q->country, strlen(q->country)) : -1;
	unsigned size = q->page_size ? q->page_size : PAGE_DEFAULT, page = q->page ? q->page : 1;
	unsigned all = c < 0 ? 0 : w->countries[c].probes + resting(&w->countries[c]), count = 0;
	bool first = true;
	struct strbuf rows;
	if (size > PAGE_MAX)
		size = PAGE_MAX;
	strbuf_init(&rows, 16u << 20);
	for (unsigned k = 0; k < all; k++) {
		if (!status_meant(q->status, is_up(w, c, k, s->now_ms)))
			continue;
		unsigned at = count++;
		if (at < (page - 1) * size || at >= page * size)
			continue;
		reply_comma(&rows, &first);
		add_probe(&rows, w, c, k, s->now_ms, q->fields);
	}
	bool known = page == 1 || (page - 1) * size < count;
	strbuf_addf(out, "{\"count\":%u,\"next\":", count);
	if (page * size < count)
		add_page_link(out, s, q, size, page + 1);
	else
		strbuf_adds(out, "null");
	strbuf_adds(out, ",\"previous\":null,\"results\":[");
	strbuf_add(out, rows.text ? rows.text : "", rows.len);
	strbuf_adds(out, "]}\n");
	strbuf_release(&rows);
	return known;
}

/* ---- who came and who went ---- */

static bool id_meant(const char *ids, uint32_t id)
{
	char want[16];
	snprintf(want, sizeof(want), "%u", id);
	return wants(ids && *ids ? ids : NULL, want);
}

static void add_event(struct strbuf *out, const struct world *w, int country, unsigned k, const struct change *at)
{
	static const char *const own[] = {"ctr-fnc01", "ctr-ams04", "ctr-nue19", "ctr-ams07"};
	uint32_t id = id_of(country, k), asn = asn_of(w, country, k);
	strbuf_addf(out,
		    "{\"msm_id\":7000,\"prb_id\":%u,\"timestamp\":%" PRId64
		    ",\"event\":\"%s\",\"controller\":\"%s\",\"asn\":%s%u%s,\"prefix\":null,\"type\":\"connection\"}",
		    id, at->t / 1000, is_up(w, country, k, at->t) ? "connect" : "disconnect",
		    at->controller ? at->controller : own[k % ARRAY_LEN(own)], k % 4 ? "" : "\"", asn,
		    k % 4 ? "" : "\"");
}

void reply_atlas_results(struct server *s, const struct atlas_query *q, struct strbuf *out)
{
	const struct world *w = &s->world;
	int64_t from = q->start_s * 1000, until = q->stop_s ? q->stop_s * 1000 : s->now_ms;
	bool lines = q->format && !strcmp(q->format, "txt"), first = true;
	if (until > s->now_ms)
		until = s->now_ms;
	if (!lines)
		strbuf_addc(out, '[');
	for (size_t c = 0; c < w->country_count; c++)
		for (unsigned k = 0; k < w->countries[c].probes; k++) {
			struct change list[CHANGES_MAX];
			if (!id_meant(q->ids, id_of((int)c, k)))
				continue;
			size_t n = changes_of(w, (int)c, k, from, until, list);
			for (size_t i = 0; i < n; i++) {
				int64_t t = list[i].t;
				if (t < from || t > until || is_up(w, (int)c, k, t) == is_up(w, (int)c, k, t - 1))
					continue;
				if (!lines)
					reply_comma(out, &first);
				add_event(out, w, (int)c, k, &list[i]);
				if (lines)
					strbuf_addc(out, '\n');
			}
		}
	if (!lines)
		strbuf_adds(out, "]\n");
}
