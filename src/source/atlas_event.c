/* RIPE Atlas, what changes: how many probes are connected now, and who connected or disconnected when (measurement 7000).
 *
 * The answer of measurement 7000 is a bare list, in no promised order; it is sorted here. Polls overlap by 10 minutes, since
 * a controller notices late that a probe has gone: whoever takes the events drops those it has. */
#include "atlas.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	OVERLAP_MS = 600 * 1000,
	FIRST_MS = 3600 * 1000,       /* of the first question: the list knows what was before */
	WINDOW_MS = 24 * 3600 * 1000, /* the furthest back, after a long silence */
	EVENTS_MAX = 50000,
	FUTURE_MS = 300 * 1000,
};

/* ---- counts ---- */

static bool is_connected(const struct query *q)
{
	return !strcmp(q->call->name, "connected");
}

int atlas_request_count(const struct query *q, struct request *out, struct err *e)
{
	int rc = atlas_check_country(q, '\0', e);

	if (rc)
		return rc;
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s" ATLAS_PROBES "?country_code=%s&status=%d&page_size=1&fields=id&format=json", q->base,
		    q->subject, is_connected(q) ? 1 : 2);
	return atlas_end_url(q, out, e);
}

static int read_count(struct atlas_reply *r)
{
	int64_t count, step = ATLAS_STEP_S;

	if (!json_int(r->tree, "count", &count) || count < 0 || count > UINT32_MAX)
		return atlas_fail(r, ERR_SHAPE, "missing 'count'");
	struct fact *f = atlas_fact(r, FACT_SAMPLE);
	if (!f)
		return ERR_LIMIT;
	f->subject = batch_text(r->out, r->country, 2, 4);
	f->name = is_connected(r->query) ? "probes-connected" : "probes-disconnected";
	f->text = "probes";
	f->t = wall_from_s(wall_to_s(r->query->now) / step * step);
	f->step_ms = step * 1000;
	f->value = (double)count;
	r->out->data_time = r->query->now;
	return 0;
}

int atlas_parse_count(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return atlas_parse(body, len, q, out, e, read_count);
}

/* ---- events ---- */

/* From the last event that is known, less the overlap. */
int atlas_request_events(const struct query *q, struct request *out, struct err *e)
{
	int rc = atlas_check_country(q, ':', e);
	int64_t from_ms = q->now.ms - (wall_is_set(q->since) ? WINDOW_MS : FIRST_MS);

	if (rc)
		return rc;
	if (!q->subject[3] || q->subject[3 + strspn(q->subject + 3, "0123456789,")])
		return err_set(e, ERR_USAGE, "atlas %s: no probes asked for", q->call->name);
	if (wall_is_set(q->since) && q->since.ms - OVERLAP_MS > from_ms)
		from_ms = q->since.ms - OVERLAP_MS;
	if (from_ms > q->now.ms - OVERLAP_MS)
		from_ms = q->now.ms - OVERLAP_MS;
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s/api/v2/measurements/7000/results/?start=%lld&stop=%lld&probe_ids=%s&format=json", q->base,
		    (long long)(from_ms / 1000), (long long)wall_to_s(q->now), q->subject + 3);
	return atlas_end_url(q, out, e);
}

struct moment {
	uint32_t probe, asn;
	int64_t s;
	bool connected;
	const char *controller;
	size_t order; /* of arrival, since qsort is not stable */
};

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->s != y->s)
		return x->s < y->s ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* One of the ids of the subject "IR:1,2,3"? */
static bool was_asked(const struct query *q, uint32_t probe)
{
	const char *p = q->subject + 3;

	while (*p) {
		char *end;
		if (strtoul(p, &end, 10) == probe)
			return true;
		if (end == p || *end != ',')
			return false;
		p = end + 1;
	}
	return false;
}

static bool read_moment(const struct atlas_reply *r, const cJSON *row, struct moment *m)
{
	const char *event = json_string(row, "event"), *controller = json_string(row, "controller");
	int64_t probe, s;

	if (!event || !json_int(row, "prb_id", &probe) || probe < 1 || probe > UINT32_MAX ||
	    !json_int(row, "timestamp", &s) || s < 1 || s > UINT32_MAX || s * 1000 > r->query->now.ms + FUTURE_MS ||
	    !was_asked(r->query, (uint32_t)probe))
		return false;
	*m = (struct moment){.probe = (uint32_t)probe, .s = s, .connected = !strcmp(event, "connect")};
	if (!m->connected && strcmp(event, "disconnect"))
		return false;
	json_asn(json_get(row, "asn"), &m->asn);
	m->controller = controller ? controller : "";
	return true;
}

static int add_moments(struct atlas_reply *r, struct moment *list, size_t count)
{
	const char *country = batch_text(r->out, r->country, 2, 4);

	if (count)
		qsort(list, count, sizeof(*list), by_time);
	for (size_t i = 0; i < count; i++) {
		struct fact *f = atlas_fact(r, FACT_HOST_EVENT);
		if (!f)
			return ERR_LIMIT;
		f->subject = country;
		f->count = list[i].probe;
		f->asn = list[i].asn;
		f->flag = list[i].connected;
		f->t = wall_from_s(list[i].s);
		f->text = batch_text(r->out, list[i].controller, strnlen(list[i].controller, 64), 24);
		if (f->t.ms > r->out->data_time.ms)
			r->out->data_time = f->t;
	}
	return 0;
}

static int read_events(struct atlas_reply *r)
{
	struct moment *list = NULL;
	size_t count = 0, cap = 0, rows = 0;
	const cJSON *row;
	int rc = 0;

	if (!cJSON_IsArray(r->tree))
		return atlas_fail(r, ERR_SHAPE, "not a list of events");
	cJSON_ArrayForEach(row, r->tree) {
		if (++rows > EVENTS_MAX) {
			rc = atlas_fail(r, ERR_LIMIT, "more than %d events", EVENTS_MAX);
			goto out;
		}
		mem_grow(&list, &cap, count + 1, sizeof(*list));
		if (read_moment(r, row, &list[count])) {
			list[count].order = count;
			count++;
		} else {
			r->out->skipped++;
		}
	}
	rc = add_moments(r, list, count);
out:
	free(list);
	return rc;
}

int atlas_parse_events(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return atlas_parse(body, len, q, out, e, read_events);
}
