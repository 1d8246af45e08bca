/* RIPE Atlas: volunteers' probes that keep a session to a controller. How many of a country's are connected, and who left
 * when: the last mile, seen within minutes. sources/atlas.md.
 *
 * One list a day says which probes a country has (status 1 connected, 2 disconnected; the others are gone for good), and
 * decides what else is asked: nothing where there are none. Lists come in pages, and `next` is followed as it stands on
 * the same host only. Each page asks for the connect and disconnect events of its probes (measurement 7000, which knows no
 * countries) by the hundred, and the first for the two counts. atlas_event.c reads those.
 *
 * Polling, though there is a live stream: it is a WebSocket, which libcurl has only from 8.11 on (Debian 12 has 7.88), and a
 * disconnect is noticed minutes late in any case. */
#include "atlas.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/state.h"

enum {
	PAGE_SIZE = 500,         /* seen to be served */
	PAGES_MAX = 16,
	ROWS_MAX = 2000,         /* of one page, however many were asked for */
	IDS_MAX = 100,           /* of one call of measurement 7000, for the length of its URL */
	NEXT_MAX = 1000,         /* bytes of a `next` */
};

int atlas_fail(const struct atlas_reply *r, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(r->err, code, fmt, ap);
	va_end(ap);
	err_prefix(r->err, "atlas %s", r->query->call->name);
	return code;
}

struct fact *atlas_fact(const struct atlas_reply *r, enum fact_kind kind)
{
	struct fact *f = batch_add(r->out, kind);

	if (!f)
		atlas_fail(r, ERR_LIMIT, "more than %d facts in one answer", BATCH_FACTS_MAX);
	return f;
}

/* {"error":{"status":400,"code":102,"detail":"...","title":"..."}}, with any status. */
static const char *said_of(const cJSON *tree)
{
	const cJSON *error = json_get(tree, "error");
	const char *detail = json_string(error, "detail");

	return detail && *detail ? detail : json_string(error, "title");
}

int atlas_parse(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e, atlas_reader *read)
{
	struct err unseen = {0};
	struct atlas_reply r = {.query = q, .out = out, .err = e ? e : &unseen};
	char said[160];
	int rc;

	r.tree = json_parse(body, len, r.err);
	if (!r.tree)
		return err_prefix(r.err, "atlas %s", q->call->name);
	if (json_get(r.tree, "error")) {
		const char *words = said_of(r.tree);
		text_clean_str(said, sizeof(said), words ? words : "an error without words");
		rc = atlas_fail(&r, ERR_HTTP, "%s", said);
	} else {
		snprintf(r.country, sizeof(r.country), "%.2s", q->subject);
		rc = read(&r);
	}
	cJSON_Delete(r.tree);
	return rc;
}

static bool refused(const char *body, size_t len, int status, struct err *e)
{
	cJSON *tree = len ? json_parse(body, len, NULL) : NULL;
	const char *words = said_of(tree);
	char said[120];

	(void)status;
	if (words && text_clean_str(said, sizeof(said), words))
		err_prefix(e, "%s", said);
	cJSON_Delete(tree);
	return false;
}

/* ---- the list of probes ---- */

/* 1 connected, 0 disconnected, -1 gone, or no status. Rows before 2017 have a bare number. */
static int status_of(const cJSON *row)
{
	const cJSON *status = json_get(row, "status");
	int64_t id;

	if (!(cJSON_IsObject(status) ? json_int(status, "id", &id) : json_int(row, "status", &id)))
		return -1;
	return id == 1 ? 1 : id == 2 ? 0 : -1;
}

/* Since when it has been so. Two forms; what lies in the future is not known. */
static struct wall since_of(const struct atlas_reply *r, const cJSON *row)
{
	const char *text = json_string(json_get(row, "status"), "since");
	struct wall t = WALL_NONE;
	int64_t s;

	if (json_int(row, "status_since", &s) && s > 0 && s <= UINT32_MAX)
		t = wall_from_s(s);
	else if (!text || wall_parse(text, &t, NULL))
		return WALL_NONE;
	return wall_is_set(r->query->now) && t.ms > r->query->now.ms ? WALL_NONE : t;
}

/* Of the country that was asked for, or of no stated country (null or ""). */
static bool is_of(const struct atlas_reply *r, const cJSON *row)
{
	const char *cc = json_string(row, "country_code");

	return !cc || !*cc || !strcmp(cc, r->country);
}

static int add_probe(struct atlas_reply *r, const cJSON *row, const char *country, uint32_t *ids, size_t *count)
{
	int64_t id;
	int status = status_of(row);

	if (status < 0 || !json_int(row, "id", &id) || id < 1 || id > UINT32_MAX || !is_of(r, row)) {
		r->out->skipped++;
		return 0;
	}
	struct fact *f = atlas_fact(r, FACT_HOST);
	if (!f)
		return ERR_LIMIT;
	f->subject = country;
	f->count = (uint32_t)id;
	f->flag = status == 1;
	f->t = since_of(r, row);
	if (!json_asn(json_get(row, "asn_v4"), &f->asn))
		json_asn(json_get(row, "asn_v6"), &f->asn);
	ids[(*count)++] = f->count;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int ask(struct atlas_reply *r, const char *call, const char *subject, size_t len)
{
	struct fact *f = atlas_fact(r, FACT_ASK);
	char *copy = f ? arena_alloc(&r->out->arena, len + 1) : NULL; /* longer than batch_text takes, and of our own making */

	if (!f)
		return ERR_LIMIT;
	if (!copy)
		return atlas_fail(r, ERR_LIMIT, "answer too large");
	memcpy(copy, subject, len + 1);
	f->name = call;
	f->subject = copy;
	return 0;
}

/* "IR:7000001,7000002,..." for measurement 7000. */
static int ask_events(struct atlas_reply *r, uint32_t *ids, size_t count)
{
	struct strbuf subject;
	int rc = 0;

	strbuf_init(&subject, 8000);
	qsort(ids, count, sizeof(*ids), ascending);
	for (size_t i = 0; i < count && rc == 0;) {
		strbuf_clear(&subject);
		strbuf_addf(&subject, "%s:", r->country);
		for (size_t k = 0; k < IDS_MAX && i < count; k++, i++)
			strbuf_addf(&subject, "%s%u", k ? "," : "", ids[i]);
		rc = ask(r, "events", subject.text, subject.len);
	}
	strbuf_release(&subject);
	return rc;
}

/* Which page the query is for: "IR" is the first, "IR#2?..." the second. */
static int page_of(const struct query *q)
{
	int64_t n = q->subject[2] == '#' ? strtol(q->subject + 3, NULL, 10) : 1;

	return n < 1 || n > PAGES_MAX ? PAGES_MAX : (int)n;
}

static const char *after_scheme(const char *url)
{
	const char *at = strstr(url, "://");

	return at ? at + 3 : url;
}

/* What follows PROBES_PATH in a next page's address, when that is on the host (and folder) that we ask; else NULL. */
static const char *next_query(const struct query *q, const char *next)
{
	const char *base = after_scheme(q->base), *at = after_scheme(next);
	size_t len = strlen(base), path = strlen(ATLAS_PROBES "?");

	if (strlen(next) > NEXT_MAX || strncasecmp(at, base, len) || strncmp(at + len, ATLAS_PROBES "?", path))
		return NULL;
	at += len + path;
	for (const char *p = at; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr("#\"<>\\^`{|}", *p))
			return NULL;
	return at;
}

static void note(struct atlas_reply *r, const char *text)
{
	struct fact *f = batch_add(r->out, FACT_NOTE);

	if (f)
		f->text = text;
}

/* The list goes on, or is complete. */
static int end_page(struct atlas_reply *r, const char *country, int64_t total)
{
	const char *next = json_string(r->tree, "next"), *query = next && *next ? next_query(r->query, next) : NULL;
	char subject[NEXT_MAX + 16];
	int page = page_of(r->query);

	if (query && page < PAGES_MAX) {
		int n = snprintf(subject, sizeof(subject), "%s#%d?%s", r->country, page + 1, query);
		return ask(r, "page", subject, (size_t)n);
	}
	if (next && *next)
		note(r, query ? "more probes than are followed" : "next page of probes is at another address: not followed");
	struct fact *end = atlas_fact(r, FACT_HOSTS_END);
	if (!end)
		return ERR_LIMIT;
	end->subject = country;
	end->count = (uint32_t)total;
	return atlas_fact(r, FACT_ASK_END) ? 0 : ERR_LIMIT;
}

/* A count may come as a text (older libraries met that): json_int takes both. */
static int read_page(struct atlas_reply *r)
{
	const cJSON *results = json_get(r->tree, "results"), *row;
	const char *country = batch_text(r->out, r->country, 2, 4);
	uint32_t *ids = xcalloc(ROWS_MAX, sizeof(*ids));
	size_t count = 0, rows = 0;
	int64_t total;
	int rc = 0;

	if (!json_int(r->tree, "count", &total) || total < 0 || total > UINT32_MAX)
		rc = atlas_fail(r, ERR_SHAPE, "missing 'count'");
	else if (!cJSON_IsArray(results))
		rc = atlas_fail(r, ERR_SHAPE, "missing 'results'");
	if (rc)
		goto out;
	cJSON_ArrayForEach(row, results) {
		rc = ++rows > ROWS_MAX ? atlas_fail(r, ERR_LIMIT, "more than %d probes in a page", ROWS_MAX)
				       : add_probe(r, row, country, ids, &count);
		if (rc)
			goto out;
	}
	if (page_of(r->query) == 1 && total > 0) {
		rc = ask(r, "connected", r->country, 2);
		if (rc == 0)
			rc = ask(r, "disconnected", r->country, 2);
	}
	if (rc == 0)
		rc = ask_events(r, ids, count);
	if (rc == 0)
		rc = end_page(r, country, total);
out:
	free(ids);
	return rc;
}

static int parse_page(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return atlas_parse(body, len, q, out, e, read_page);
}

/* ---- requests ---- */

int atlas_check_country(const struct query *q, char after, struct err *e)
{
	if (!isupper((unsigned char)q->subject[0]) || !isupper((unsigned char)q->subject[1]) || q->subject[2] != after)
		return err_set(e, ERR_USAGE, "atlas %s: no country asked for", q->call->name);
	return 0;
}

int atlas_end_url(const struct query *q, const struct request *out, struct err *e)
{
	return out->url.cut ? err_set(e, ERR_LIMIT, "atlas %s: URL too long", q->call->name) : 0;
}

static int request_probes(const struct query *q, struct request *out, struct err *e)
{
	int rc = atlas_check_country(q, '\0', e);

	if (rc)
		return rc;
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s" ATLAS_PROBES "?country_code=%s&status=1,2&page_size=%d", q->base, q->subject, PAGE_SIZE);
	strbuf_adds(&out->url, "&fields=id,asn_v4,asn_v6,country_code,status,status_since&format=json");
	return atlas_end_url(q, out, e);
}

static int request_page(const struct query *q, struct request *out, struct err *e)
{
	int rc = atlas_check_country(q, '#', e);
	const char *query = strchr(q->subject, '?');

	if (rc)
		return rc;
	if (!query)
		return err_set(e, ERR_USAGE, "atlas %s: no page asked for", q->call->name);
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s" ATLAS_PROBES "%s", q->base, query);
	return atlas_end_url(q, out, e);
}

/* Counts come a little more often than every 5 minutes, so that jitter leaves no bucket of 5 minutes without one. */
static const struct source_call calls[] = {
	{
		.name = "probes",
		.help = "which probes a country has, once a day; what else is asked follows from it",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 86400, .retry_s = 60, .timeout_s = 60, .body_max = 2 << 20, .urgency = 3,
		.request = request_probes, .parse = parse_page,
	},
	{
		.name = "page",
		.help = "the following pages of that list",
		.scope = SCOPE_CALL_ASKED,
		.retry_s = 60, .timeout_s = 60, .body_max = 2 << 20, .urgency = 3,
		.optional = true,
		.request = request_page, .parse = parse_page,
	},
	{
		.name = "connected",
		.help = "how many probes of a country are connected, every 5 minutes",
		.scope = SCOPE_CALL_ASKED,
		.period_s = 270, .retry_s = 60, .timeout_s = 30, .body_max = 256 << 10, .urgency = 3,
		.data_step_s = ATLAS_STEP_S, .data_delay_s = 300,
		.request = atlas_request_count, .parse = atlas_parse_count,
	},
	{
		.name = "disconnected",
		.help = "how many are disconnected and may return, every 5 minutes",
		.scope = SCOPE_CALL_ASKED,
		.period_s = 270, .retry_s = 60, .timeout_s = 30, .body_max = 256 << 10, .urgency = 4,
		.data_step_s = ATLAS_STEP_S, .data_delay_s = 300, .optional = true,
		.request = atlas_request_count, .parse = atlas_parse_count,
	},
	{
		.name = "events",
		.help = "which probes connected and disconnected (measurement 7000), every 5 minutes",
		.scope = SCOPE_CALL_ASKED,
		.period_s = 300, .retry_s = 60, .timeout_s = 60, .body_max = 4 << 20, .urgency = 3,
		.data_delay_s = 600, .resumes = true,
		.request = atlas_request_events, .parse = atlas_parse_events,
	},
	{.name = NULL},
};

static const struct source_signal signals[] = {
	{"probes-connected", "Atlas probes", "probes", CLASS_H, ATLAS_STEP_S, 300},
	{"probes-disconnected", "Atlas probes gone", "probes", 0, ATLAS_STEP_S, 300},
	{.name = NULL},
};

const struct source_ops source_atlas = {
	.name = "atlas",
	.title = "RIPE Atlas",
	.about = "volunteers' probes: how many are connected per country, and who leaves when",
	.attribution = "Source: RIPE Atlas, RIPE NCC",
	.url = "https://atlas.ripe.net",
	.classes = CLASS_H,
	.parallel = 2,
	.gap_ms = 500,
	.refused = refused,
	.calls = calls,
	.signals = signals,
};
