/* RIPEstat, the Data API of RIPE NCC: what networks a country has, how each is seen, since when, and by whom.
 *
 * Every call is GET base/data/CALL/data.json?resource=...&sourceapp=landline, without a key, with one envelope
 * around `data` (ripestat_reply.c). looking-glass is seconds old and is asked for when a prefix needs a snapshot;
 * all others are tables of hours and days, for what should be there. The rules of use: at most 8 requests at a
 * time from an address (we take 4), and whoever asks more than 1,000 times a day should register with RIPE NCC. */
#include "ripestat.h"

#include <string.h>

#include "core/state.h"

enum { SECONDS_8H = 8 * 3600, SECONDS_DAY = 86400 };

/* RFC 3986: everything but unreserved characters is written as %XX. */
static void add_encoded(struct strbuf *url, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s))
			strbuf_addc(url, *s);
		else
			strbuf_addf(url, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static void begin_url(const struct query *q, struct request *out)
{
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s/data/%s/data.json?", q->base, q->call->name);
	if (*q->subject) {
		strbuf_adds(&out->url, "resource=");
		add_encoded(&out->url, q->subject);
		strbuf_addc(&out->url, '&');
	}
}

static int end_url(const struct query *q, struct request *out, struct err *e)
{
	/* the limit is for browsers: others switch it off and get whole lists */
	strbuf_adds(&out->url, "data_overload_limit=ignore&sourceapp=landline");
	return out->url.cut ? err_set(e, ERR_LIMIT, "ripestat %s: URL too long", q->call->name) : 0;
}

static int request_plain(const struct query *q, struct request *out, struct err *e)
{
	begin_url(q, out);
	return end_url(q, out, e);
}

static int request_resources(const struct query *q, struct request *out, struct err *e)
{
	begin_url(q, out);
	strbuf_adds(&out->url, "v4_format=prefix&");
	return end_url(q, out, e);
}

static int request_country_asns(const struct query *q, struct request *out, struct err *e)
{
	begin_url(q, out);
	strbuf_adds(&out->url, "lod=1&");
	return end_url(q, out, e);
}

/* Two majors are served; the newer one's layout was never seen. */
static int request_network_info(const struct query *q, struct request *out, struct err *e)
{
	begin_url(q, out);
	strbuf_adds(&out->url, "preferred_version=1.1&");
	return end_url(q, out, e);
}

/* "2014-12-22T16:15": UTC, without a zone; fractions of a second are refused by the service, so none are sent. */
static void add_start(struct strbuf *url, struct wall t)
{
	char text[WALL_TEXT_MAX];

	strbuf_addf(url, "starttime=%.16s&", wall_format(text, t));
}

static int request_announced(const struct query *q, struct request *out, struct err *e)
{
	begin_url(q, out);
	add_start(&out->url, ripestat_since(q, RIPESTAT_HISTORY_MS));
	return end_url(q, out, e);
}

static int request_country_stats(const struct query *q, struct request *out, struct err *e)
{
	begin_url(q, out);
	add_start(&out->url, ripestat_since(q, RIPESTAT_STATS_MS));
	strbuf_adds(&out->url, "resolution=5m&");
	return end_url(q, out, e);
}

static int request_bgplay(const struct query *q, struct request *out, struct err *e)
{
	struct query list = *q;
	struct wall from, until;
	char *space = strchr(list.subject, ' ');
	if (!space || ripestat_play_times(q->subject, &from, &until) < 0)
		return err_set(e, ERR_USAGE, "ripestat bgplay: asked without times");
	*space = '\0';
	begin_url(&list, out);
	add_start(&out->url, from);
	char text[WALL_TEXT_MAX];
	strbuf_addf(&out->url, "endtime=%.16s&", wall_format(text, until));
	return end_url(q, out, e);
}

static const struct source_call calls[] = {
	{
		.name = "looking-glass",
		.help = "which peers of the RIS collectors have a route to a network right now",
		.scope = SCOPE_CALL_NET,
		.period_s = 0, .retry_s = 20, .timeout_s = 45, .body_max = 4 << 20, .urgency = 0,
		.data_delay_s = 120,
		.request = request_plain, .parse = ripestat_looking_glass,
	},
	{
		.name = "country-resource-list",
		.help = "address space and ASes that the registries list for a country",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = SECONDS_DAY, .retry_s = 30, .timeout_s = 60, .body_max = 4 << 20, .urgency = 1,
		.data_delay_s = 2 * SECONDS_DAY,
		.request = request_resources, .parse = ripestat_resources,
	},
	{
		.name = "country-asns",
		.help = "which of a country's ASes are routed",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = SECONDS_8H, .retry_s = 30, .timeout_s = 60, .body_max = 2 << 20, .urgency = 1,
		.data_delay_s = 2 * SECONDS_DAY,
		.request = request_country_asns, .parse = ripestat_country_asns,
	},
	{
		.name = "ris-peers",
		.help = "how many routes each peer of the RIS collectors has: who is a full feed",
		.scope = SCOPE_CALL_GLOBAL,
		.period_s = SECONDS_8H, .retry_s = 60, .timeout_s = 60, .body_max = 4 << 20, .urgency = 0,
		.data_delay_s = 3 * 3600,
		.request = request_plain, .parse = ripestat_peers,
	},
	{
		.name = "announced-prefixes",
		.help = "networks that an AS announces, and since when, in steps of 8 hours",
		.scope = SCOPE_CALL_AS,
		.period_s = 3600, .retry_s = 60, .timeout_s = 60, .body_max = 4 << 20, .urgency = 2,
		.data_step_s = SECONDS_8H, .data_delay_s = 4 * 3600,
		.request = request_announced, .parse = ripestat_announced,
	},
	{
		.name = "country-resource-stats",
		.help = "networks and ASes of a country that are routed, every 5 minutes, about 2 hours late",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 1800, .retry_s = 60, .timeout_s = 60, .body_max = 4 << 20, .urgency = 3,
		.data_step_s = 300, .data_delay_s = 4 * 3600, .optional = true,
		.request = request_country_stats, .parse = ripestat_country_stats,
	},
	{
		.name = "asn-neighbours",
		.help = "upstreams of an AS, once a day",
		.scope = SCOPE_CALL_AS,
		.period_s = SECONDS_DAY, .retry_s = 120, .timeout_s = 60, .body_max = 4 << 20, .urgency = 4,
		.data_delay_s = 30 * 3600, .subjects_max = 60, .optional = true,
		.request = request_plain, .parse = ripestat_neighbours,
	},
	{
		.name = "network-info",
		.help = "network and AS that an address is in: where a site is hosted",
		.scope = SCOPE_CALL_HOST,
		.period_s = SECONDS_DAY, .retry_s = 60, .timeout_s = 30, .body_max = 64 << 10, .urgency = 4,
		.data_delay_s = 3600, .optional = true,
		.request = request_network_info, .parse = ripestat_network_info,
	},
	{
		.name = "rir-stats-country",
		.help = "country that an address is registered in",
		.scope = SCOPE_CALL_HOST,
		.period_s = SECONDS_DAY, .retry_s = 60, .timeout_s = 30, .body_max = 1 << 20, .urgency = 5,
		.data_delay_s = 2 * SECONDS_DAY, .optional = true,
		.request = request_plain, .parse = ripestat_located,
	},
	{
		.name = "as-overview",
		.help = "name and holder of an AS",
		.scope = SCOPE_CALL_AS,
		.period_s = 7 * SECONDS_DAY, .retry_s = 120, .timeout_s = 30, .body_max = 64 << 10, .urgency = 5,
		.data_delay_s = SECONDS_DAY, .subjects_max = 200, .optional = true,
		.request = request_plain, .parse = ripestat_overview,
	},
	{
		.name = "bgplay",
		.help = "every change of a few networks between two times: what happened while the stream was gone",
		.scope = SCOPE_CALL_GAP,
		.period_s = 0, .retry_s = 2700, .timeout_s = 120, .body_max = 16 << 20, .urgency = 4,
		.data_delay_s = 3600, .optional = true,
		.request = request_bgplay, .parse = ripestat_bgplay,
	},
	{.name = NULL},
};

static const struct source_signal signals[] = {
	{"networks-v4", "routed v4 (RIPEstat)", "networks", CLASS_R, 300, 3 * 3600},
	{"networks-v6", "routed v6 (RIPEstat)", "networks", CLASS_R, 300, 3 * 3600},
	{"asns", "routed ASes (RIPEstat)", "ASes", CLASS_R, 300, 3 * 3600},
	{.name = NULL},
};

const struct source_ops source_ripestat = {
	.name = "ripestat",
	.title = "RIPEstat",
	.about = "what networks a country has, how each is seen, history, upstreams",
	.attribution = "Source: RIPEstat, RIPE NCC",
	.url = "https://stat.ripe.net",
	.classes = CLASS_R,
	.parallel = 4,
	.gap_ms = 250,
	.calls = calls,
	.signals = signals,
};
