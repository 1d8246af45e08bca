/* What RIPEstat would say of the world in archive_world.h: bgplay's answers about its four networks and the control prefix
 * between any two times, announced-prefixes, ris-peers. Times are whole seconds, as RIPEstat's are. */
#ifndef LANDLINE_TESTS_PLAY_WORLD_H
#define LANDLINE_TESTS_PLAY_WORLD_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "archive_world.h"
#include "base/strbuf.h"
#include "base/when.h"

static const char pw_control[] = "193.0.0.0/21";

/* Narrowed by a test; zeros: nothing of it. */
static struct pw_limits {
	int64_t kept_from, kept_until; /* RIPEstat has nothing outside: Unix seconds */
	int64_t short_s;               /* so much before what was asked for an answer ends */
	size_t rows_max;               /* an answer of more rows is one of too many bytes */
} pw_limits;

static inline char *pw_time(char dst[WALL_TEXT_MAX], int64_t s)
{
	wall_format(dst, wall_from_s(s));
	dst[19] = '\0';
	return dst;
}

static inline void pw_begin(struct strbuf *b, const char *call, const char *version)
{
	strbuf_addf(b, "{\"messages\": [],\n\"see_also\": [], \"version\": \"%s\", \"data_call_name\": \"%s\", \"data_call_status\": "
		       "\"supported\",\n\"status\": \"ok\", \"status_code\": 200, \"time\": \"2026-01-01T00:00:00\", \"data\": {\n",
		    version, call);
}

static inline void pw_id(struct strbuf *b, unsigned c, unsigned p)
{
	char addr[24];
	strbuf_addf(b, "\"%s-%s\"", aw_collectors[c] + 3, aw_addr(addr, c, p));
}

static inline void pw_route(struct strbuf *b, unsigned c, unsigned p, const char *prefix)
{
	bool control = !strcmp(prefix, pw_control);
	strbuf_adds(b, "\"source_id\": ");
	pw_id(b, c, p);
	strbuf_addf(b, ", \"target_prefix\": \"%s\", \"path\": [%u, %s], \"community\": [\"%u:100\"]", prefix, aw_asn(c, p),
		    control ? "1299, 3333" : "4837, 131279, 131279", aw_asn(c, p));
}

/* "resource=..." or "starttime=..." of a URL, decoded. */
static inline char *pw_parameter(char *dst, size_t cap, const char *url, const char *name)
{
	char want[40];
	size_t n = 0;
	snprintf(want, sizeof(want), "%s=", name);
	const char *p = strstr(url, want);
	for (p = p ? p + strlen(want) : ""; *p && *p != '&' && *p != ' ' && n + 1 < cap; p++) {
		char hex[3] = {p[0] == '%' ? p[1] : '\0', p[0] == '%' && p[1] ? p[2] : '\0', '\0'};
		dst[n++] = *p == '%' ? (char)strtol(hex, NULL, 16) : *p;
		p += *p == '%' && p[1] && p[2] ? 2 : 0;
	}
	dst[n] = '\0';
	return dst;
}

static inline int64_t pw_seconds(const char *url, const char *name)
{
	char text[64];
	struct wall t;
	return wall_parse(pw_parameter(text, sizeof(text), url, name), &t, NULL) < 0 ? 0 : wall_to_s(t);
}

static inline void pw_rows(struct strbuf *b, const char *resource, int64_t from)
{
	bool first = true;
	for (int n = -1; n < 4; n++) {
		const char *prefix = n < 0 ? pw_control : aw_nets[n];
		if (!strstr(resource, prefix))
			continue;
		for (unsigned i = 0; i < AW_COLLECTORS * AW_PEERS; i++) {
			unsigned c = i / AW_PEERS, p = i % AW_PEERS;
			if (n >= 0 && !aw_up(c, p, (double)from))
				continue;
			strbuf_adds(b, first ? "\n{" : ",\n{");
			first = false;
			pw_route(b, c, p, prefix);
			strbuf_addc(b, '}');
		}
	}
}

static inline size_t pw_events(struct strbuf *b, const char *resource, int64_t from, int64_t until)
{
	size_t count = 0;
	char t[WALL_TEXT_MAX];
	for (int n = 0; n < 4; n++)
		for (unsigned i = 0; i < 2 * AW_COLLECTORS * AW_PEERS && strstr(resource, aw_nets[n]); i++) {
			unsigned c = i / 2 / AW_PEERS, p = i / 2 % AW_PEERS;
			bool up = i % 2;
			int64_t s = (int64_t)aw_when(c, p, up);
			if (s < from || s > until)
				continue;
			strbuf_addf(b, "%s\n{\"type\": \"%s\", \"timestamp\": \"%s\", \"attrs\": {", count++ ? "," : "",
				    up ? "A" : "W", pw_time(t, s));
			if (up) {
				pw_route(b, c, p, aw_nets[n]);
			} else {
				strbuf_adds(b, "\"source_id\": ");
				pw_id(b, c, p);
				strbuf_addf(b, ", \"target_prefix\": \"%s\"", aw_nets[n]);
			}
			strbuf_adds(b, "}}");
		}
	return count;
}

static inline void pw_play(struct strbuf *b, const char *url)
{
	char resource[2000], t[WALL_TEXT_MAX];
	int64_t from = pw_seconds(url, "starttime"), until = pw_seconds(url, "endtime");
	bool kept = from < until && (!pw_limits.kept_from || until > pw_limits.kept_from) &&
		    (!pw_limits.kept_until || from < pw_limits.kept_until);
	pw_parameter(resource, sizeof(resource), url, "resource");
	if (kept && from < pw_limits.kept_from)
		from = pw_limits.kept_from;
	if (kept && pw_limits.kept_until && until > pw_limits.kept_until)
		until = pw_limits.kept_until;
	until -= pw_limits.short_s;
	pw_begin(b, "bgplay", "1.2");
	strbuf_addf(b, "\"resource\": \"%s\", \"query_starttime\": \"%s\",", resource, pw_time(t, from));
	strbuf_addf(b, " \"query_endtime\": \"%s\", \"nodes\": [], \"targets\": [],\n\"sources\": [", pw_time(t, until));
	for (unsigned i = 0; i < AW_COLLECTORS * AW_PEERS && kept; i++) {
		char addr[24];
		strbuf_adds(b, i ? ",\n{\"id\": " : "{\"id\": ");
		pw_id(b, i / AW_PEERS, i % AW_PEERS);
		strbuf_addf(b, ", \"as_number\": %u, \"ip\": \"%s\", \"rrc\": \"%s\"}", aw_asn(i / AW_PEERS, i % AW_PEERS),
			    aw_addr(addr, i / AW_PEERS, i % AW_PEERS), aw_collectors[i / AW_PEERS] + 3);
	}
	strbuf_adds(b, "],\n\"initial_state\": [");
	if (kept)
		pw_rows(b, resource, from);
	strbuf_adds(b, "],\n\"events\": [");
	size_t events = kept ? pw_events(b, resource, from, until) : 0;
	while (pw_limits.rows_max && events > pw_limits.rows_max && !b->cut)
		strbuf_adds(b, "                                                                                ");
	strbuf_adds(b, "]}}\n");
}

static inline void pw_announced(struct strbuf *b, const char *url)
{
	char t[WALL_TEXT_MAX];
	int64_t until = pw_seconds(url, "endtime");
	pw_begin(b, "announced-prefixes", "1.2");
	strbuf_adds(b, "\"prefixes\": [");
	for (int n = 0; n < 4; n++)
		strbuf_addf(b, "%s{\"prefix\": \"%s\", \"timelines\": [{\"starttime\": \"2014-12-08T00:00:00\", \"endtime\": \"%s\"}]}",
			    n ? ", " : "", aw_nets[n], pw_time(t, until));
	strbuf_addf(b, "], \"resource\": \"131279\", \"query_endtime\": \"%s\", \"latest_time\": \"2026-01-01T00:00:00\"}}",
		    pw_time(t, until));
}

static inline void pw_peers(struct strbuf *b)
{
	char addr[24];
	pw_begin(b, "ris-peers", "1.0");
	strbuf_adds(b, "\"peers\": {");
	for (unsigned c = 0; c < AW_COLLECTORS; c++) {
		strbuf_addf(b, "%s\"%s\": [", c ? ", " : "", aw_collectors[c]);
		for (unsigned p = 0; p < AW_PEERS; p++)
			strbuf_addf(b, "%s{\"asn\": \"%u\", \"ip\": \"%s\", \"v4_prefix_count\": 520000, \"v6_prefix_count\": 0}",
				    p ? ", " : "", aw_asn(c, p), aw_addr(addr, c, p));
		strbuf_addc(b, ']');
	}
	strbuf_adds(b, "}, \"latest_time\": \"2014-12-22T08:00:00\"}}");
}

/* The answer to a URL of RIPEstat's. False: this call is not played here. */
static inline bool pw_answer(struct strbuf *b, const char *url)
{
	if (strstr(url, "/bgplay/"))
		pw_play(b, url);
	else if (strstr(url, "/announced-prefixes/"))
		pw_announced(b, url);
	else if (strstr(url, "/ris-peers/"))
		pw_peers(b);
	else
		return false;
	return true;
}

#endif
