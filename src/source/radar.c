/* Cloudflare Radar: traffic of a country as Cloudflare sees it, queries to its resolver, attacks that it absorbed, and the
 * outages and anomalies that it states. sources/radar.md. There is no access without a token, and the licence is not for
 * commercial use: so it is off until the user sets one.
 *
 * Everything comes in one envelope: success, errors[], result. Its errors come with a status of 400 and up and say why in
 * errors[0]; a token that is not accepted ends all asking (`refused`). Series are scaled to their own highest bucket:
 * radar_series.c says what is made of that. radar_said.c reads statements and users. */
#include "radar.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/state.h"

enum { RATE_LIMIT_S = 300 }; /* beyond the limit all calls are refused for 5 minutes */

int radar_fail(const struct radar_reply *r, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(r->err, code, fmt, ap);
	va_end(ap);
	err_prefix(r->err, "radar %s", r->query->call->name);
	return code;
}

struct fact *radar_fact(const struct radar_reply *r, enum fact_kind kind)
{
	struct fact *f = batch_add(r->out, kind);

	if (!f)
		radar_fail(r, ERR_LIMIT, "more than %d facts in one answer", BATCH_FACTS_MAX);
	return f;
}

struct wall radar_time(const cJSON *object, const char *key)
{
	const char *text = json_string(object, key);
	struct wall t;

	return text && *text && wall_parse(text, &t, NULL) == 0 ? t : WALL_NONE;
}

/* ---- the envelope ---- */

/* errors[0] in words, clean: "Authentication error (code 10000)". "" when it says nothing. */
static void error_words(const cJSON *tree, char *dst, size_t cap, int64_t *code)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(tree, "errors"), 0);
	const char *message = json_string(first, "message");
	size_t n = text_clean_str(dst, cap, message);

	*code = 0;
	if (json_int(first, "code", code) && n + 24 < cap)
		snprintf(dst + n, cap - n, "%s(code %lld)", n ? " " : "", (long long)*code);
}

static int open_reply(struct radar_reply *r, const char *body, size_t len)
{
	char said[160];
	int64_t code;

	r->tree = json_parse(body, len, r->err);
	if (!r->tree)
		return err_prefix(r->err, "radar %s", r->query->call->name);
	if (!cJSON_IsObject(r->tree))
		return radar_fail(r, ERR_SHAPE, "not an object");
	if (!json_bool(r->tree, "success", false)) {
		error_words(r->tree, said, sizeof(said), &code);
		return radar_fail(r, ERR_HTTP, "%s", *said ? said : "no success, without a reason");
	}
	r->result = json_get(r->tree, "result");
	return cJSON_IsObject(r->result) ? 0 : radar_fail(r, ERR_SHAPE, "missing 'result'");
}

int radar_parse(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e, radar_reader *read)
{
	struct err unseen = {0};
	struct radar_reply r = {.query = q, .out = out, .err = e ? e : &unseen};
	int rc = open_reply(&r, body, len);

	if (rc == 0)
		rc = read(&r);
	cJSON_Delete(r.tree);
	return rc;
}

/* 10000: authentication error; 9109: invalid access token or no permission. Some come with status 400. */
static bool refused(const char *body, size_t len, int status, struct err *e)
{
	cJSON *tree = len ? json_parse(body, len, NULL) : NULL;
	char said[120];
	int64_t code;

	error_words(tree, said, sizeof(said), &code);
	cJSON_Delete(tree);
	if (*said)
		err_prefix(e, "%s", said);
	return status == 401 || status == 403 || (status == 400 && (code == 10000 || code == 9109));
}

/* ---- requests ---- */

/* A token goes over TLS, or to this very machine (a test server, a proxy). */
static bool is_safe(const char *base)
{
	static const char *const here[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

	if (!strncmp(base, "https://", 8))
		return true;
	for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++) {
		size_t len = strlen(here[i]);
		if (!strncmp(base, here[i], len) && (!base[len] || base[len] == ':' || base[len] == '/'))
			return true;
	}
	return false;
}

/* The call's own path and parameters; %s stands for the country. */
static const struct { const char *call, *path; } paths[] = {
	{"netflows", "netflows/timeseries?location=%s&aggInterval=15m&normalization=MIN0_MAX"},
	{"dns", "dns/timeseries?location=%s&aggInterval=15m&normalization=MIN0_MAX"},
	{"attacks-l3", "attacks/layer3/timeseries?location=%s&direction=TARGET&aggInterval=1h&normalization=MIN0_MAX"},
	{"outages", "annotations/outages?location=%s&limit=100"},
	{"anomalies", "traffic_anomalies?location=%s&limit=100"},
	{"entities", "entities/asns?location=%s&orderBy=POPULATION&limit=1000"},
};

/* A week, so that two answers share enough to be brought to one scale; or as far back as is asked for. A list of
 * what is there now (entities) has no span. */
static void add_span(struct strbuf *url, const struct query *q)
{
	char from[WALL_TEXT_MAX], until[WALL_TEXT_MAX];

	if (!q->call->data_step_s || !wall_is_set(q->since) || q->since.ms >= q->now.ms)
		strbuf_adds(url, q->call->data_step_s || q->call->period_s < 86400 ? "&dateRange=7d" : "");
	else
		strbuf_addf(url, "&dateStart=%s&dateEnd=%s", wall_format(from, (struct wall){q->since.ms / 1000 * 1000}),
			    wall_format(until, (struct wall){q->now.ms / 1000 * 1000}));
}

static int request(const struct query *q, struct request *out, struct err *e)
{
	const char *cc = q->subject, *at = NULL;

	if (!isupper((unsigned char)cc[0]) || !isupper((unsigned char)cc[1]) || cc[2])
		return err_set(e, ERR_USAGE, "radar %s: no country asked for", q->call->name);
	if (q->token && !is_safe(q->base))
		return err_set(e, ERR_USAGE, "radar %s: a token is not sent without TLS: set an https url", q->call->name);
	strbuf_clear(&out->url);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!strcmp(paths[i].call, q->call->name))
			at = paths[i].path;
	if (!at)
		return err_set(e, ERR_USAGE, "radar %s: no such call", q->call->name);
	const char *mark = strstr(at, "%s");
	strbuf_addf(&out->url, "%s/client/v4/radar/%.*s%s%s", q->base, (int)(mark - at), at, cc, mark + 2);
	add_span(&out->url, q);
	strbuf_adds(&out->url, "&format=JSON");
	return out->url.cut ? err_set(e, ERR_LIMIT, "radar %s: URL too long", q->call->name) : 0;
}

/* About 25 calls an hour for a country; 1,200 in 5 minutes are allowed. */
static const struct source_call calls[] = {
	{
		.name = "netflows",
		.help = "traffic of a country through Cloudflare, in steps of 15 minutes",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 600, .retry_s = 60, .timeout_s = 30, .body_max = 1 << 20, .urgency = 3,
		.data_step_s = 900, .data_delay_s = 2400,
		.request = request, .parse = radar_parse_series,
	},
	{
		.name = "dns",
		.help = "queries from a country to the resolver 1.1.1.1, in steps of 15 minutes",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 900, .retry_s = 60, .timeout_s = 30, .body_max = 1 << 20, .urgency = 4,
		.data_step_s = 900, .data_delay_s = 2700, .optional = true,
		.request = request, .parse = radar_parse_series,
	},
	{
		.name = "anomalies",
		.help = "drops of traffic that Radar found by itself, last 7 days",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 600, .retry_s = 60, .timeout_s = 30, .body_max = 512 << 10, .urgency = 4,
		.optional = true,
		.request = request, .parse = radar_parse_anomalies,
	},
	{
		.name = "outages",
		.help = "outages that people at Radar describe, last 7 days, often hours later",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 900, .retry_s = 60, .timeout_s = 30, .body_max = 512 << 10, .urgency = 4,
		.optional = true,
		.request = request, .parse = radar_parse_outages,
	},
	{
		.name = "attacks-l3",
		.help = "attacks on a country's networks that Cloudflare absorbed, in steps of an hour",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 1800, .retry_s = 120, .timeout_s = 30, .body_max = 512 << 10, .urgency = 5,
		.data_step_s = 3600, .data_delay_s = 7200, .optional = true,
		.request = request, .parse = radar_parse_series,
	},
	{
		.name = "entities",
		.help = "how many users an AS has, once a day",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 86400, .retry_s = 300, .timeout_s = 60, .body_max = 2 << 20, .urgency = 5,
		.optional = true,
		.request = request, .parse = radar_parse_users,
	},
	{.name = NULL},
};

static const struct source_signal signals[] = {
	{"netflows", "traffic (Radar)", "of peak", CLASS_T, 900, 2400},
	{"dns", "DNS queries (Radar)", "of peak", CLASS_T, 900, 2700},
	{"attacks-l3", "attacks (Radar)", "of peak", 0, 3600, 7200}, /* what was absorbed: never evidence of anything */
	{.name = NULL},
};

const struct source_ops source_radar = {
	.name = "radar",
	.title = "Radar",
	.about = "Cloudflare's view: traffic, DNS queries, attacks it absorbed, outages and anomalies it states",
	.attribution = "Source: Cloudflare Radar (CC BY-NC 4.0)",
	.url = "https://api.cloudflare.com",
	.classes = CLASS_T | CLASS_X,
	.parallel = 2,
	.gap_ms = 250,
	.busy_s = RATE_LIMIT_S,
	.needs_token = true,
	.refused = refused,
	.calls = calls,
	.signals = signals,
};
