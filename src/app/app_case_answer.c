/* What the services would have written, in their own layouts (sources/ripestat.md, sources/bgp.md 4). The peers are
 * invented and say so: documentation addresses (RFC 5737) and private AS numbers (RFC 6996). */
#include "app_case.h"

#include <stdio.h>
#include <string.h>

#define FIRST_PEER_AS 64512u
#define CONTROL_V4    0

const char *const case_controls[2] = {"193.0.0.0/21", "2001:67c:2e8::/48"};

static const char *collector_of(const struct case_data *c, unsigned peer)
{
	return c->collectors[peer % c->collector_count];
}

static char *peer_addr(char dst[24], unsigned peer)
{
	snprintf(dst, 24, "198.51.100.%u", peer + 1);
	return dst;
}

/* RIPEstat writes times without a zone. */
static char *stamp(char dst[WALL_TEXT_MAX], struct wall t)
{
	wall_format(dst, t);
	dst[19] = '\0';
	return dst;
}

static void open_envelope(const struct case_scene *s, const char *call, const char *version, struct strbuf *out)
{
	char t[WALL_TEXT_MAX];
	strbuf_addf(out,
		    "{\"messages\":[],\"version\":\"%s\",\"data_call_name\":\"%s\",\"data_call_status\":\"supported\","
		    "\"cached\":false,\"status\":\"ok\",\"status_code\":200,\"time\":\"%s\",\"data\":{",
		    version, call, stamp(t, s->now));
}

/* ---- who sees it ---- */

static void glass(const struct case_scene *s, const char *prefix, uint32_t upstream, uint32_t origin, uint16_t bit,
		  struct strbuf *out)
{
	const struct case_data *c = s->c;
	char t[WALL_TEXT_MAX], addr[24];
	stamp(t, s->now);
	open_envelope(s, "looking-glass", "2.1", out);
	strbuf_adds(out, "\"rrcs\":[");
	for (unsigned k = 0; k < c->collector_count; k++) {
		bool first = true;
		strbuf_addf(out, "%s{\"rrc\":\"RRC%s\",\"location\":\"\",\"peers\":[", k ? "," : "",
			    c->collectors[k] + 3);
		for (unsigned p = k; p < c->peer_count; p += (unsigned)c->collector_count) {
			if (bit && !(s->has[p] & bit))
				continue;
			strbuf_addf(out,
				    "%s{\"asn_origin\":\"%u\",\"as_path\":\"%u %u "
				    "%u\",\"community\":\"\",\"last_updated\":\"%s\","
				    "\"prefix\":\"%s\",\"peer\":\"%s\",\"origin\":\"IGP\",\"next_hop\":\"%s\",\"latest_"
				    "time\":\"%s\"}",
				    first ? "" : ",", origin, FIRST_PEER_AS + p, upstream, origin, t, prefix,
				    peer_addr(addr, p), addr, t);
			first = false;
		}
		strbuf_adds(out, "]}");
	}
	strbuf_addf(out, "],\"query_time\":\"%s\",\"latest_time\":\"%s\",\"parameters\":{\"resource\":\"%s\"}}}", t, t,
		    prefix);
}

void case_looking_glass(const struct case_scene *s, int which, struct strbuf *out)
{
	char prefix[PREFIX_TEXT_MAX];
	prefix_format(prefix, &s->c->nets[which]);
	glass(s, prefix, s->c->upstream, s->c->origin, (uint16_t)(1u << which), out);
}

void case_control_glass(const struct case_scene *s, int which, struct strbuf *out)
{
	if (which == CONTROL_V4)
		glass(s, case_controls[which], 1299, 3333, 0, out);
	else
		glass(s, case_controls[which], 1299, 3333, (uint16_t)(1u << 15), out); /* a bit that no network has */
}

void case_peers(const struct case_scene *s, int which, struct strbuf *out)
{
	const struct case_data *c = s->c;
	char t[WALL_TEXT_MAX], addr[24];
	(void)which;
	open_envelope(s, "ris-peers", "1.0", out);
	strbuf_adds(out, "\"peers\":{");
	for (unsigned k = 0; k < c->collector_count; k++) {
		strbuf_addf(out, "%s\"%s\":[", k ? "," : "", c->collectors[k]);
		for (unsigned p = k; p < c->peer_count; p += (unsigned)c->collector_count)
			strbuf_addf(out,
				    "%s{\"asn\":\"%u\",\"ip\":\"%s\",\"v4_prefix_count\":%u,\"v6_prefix_count\":0}",
				    p > k ? "," : "", FIRST_PEER_AS + p, peer_addr(addr, p), c->table + 37 * p);
		strbuf_addc(out, ']');
	}
	strbuf_addf(out, "},\"latest_time\":\"%s\",\"earliest_time\":\"2001-01-01T00:00:00\",\"parameters\":{}}}",
		    stamp(t, s->snapshot));
}

/* ---- what there is ---- */

void case_resources(const struct case_scene *s, int which, struct strbuf *out)
{
	char t[WALL_TEXT_MAX], range[PREFIX_TEXT_MAX];
	bool v6 = s->c->range.family == 6;
	(void)which;
	prefix_format(range, &s->c->range);
	open_envelope(s, "country-resource-list", "0.2", out);
	strbuf_addf(out, "\"query_time\":\"%s\",\"resources\":{\"asn\":[\"%u\"],\"ipv4\":[%s%s%s],\"ipv6\":[%s%s%s]}}}",
		    stamp(t, s->snapshot), s->c->origin, v6 ? "" : "\"", v6 ? "" : range, v6 ? "" : "\"",
		    v6 ? "\"" : "", v6 ? range : "", v6 ? "\"" : "");
}

void case_country_asns(const struct case_scene *s, int which, struct strbuf *out)
{
	char t[WALL_TEXT_MAX];
	(void)which;
	stamp(t, s->snapshot);
	open_envelope(s, "country-asns", "0.2", out);
	strbuf_addf(out,
		    "\"countries\":[{\"resource\":\"%s\",\"stats\":{\"registered\":1,\"routed\":1},\"routed\":\"{"
		    "AsnSingle(%u)}\","
		    "\"non_routed\":\"{}\"}],\"resource\":[\"%s\"],\"lod\":[\"1\"],\"query_time\":\"%s\",\"latest_"
		    "time\":\"%s\",\"cache\":null}}",
		    s->c->territory.code, s->c->origin, s->c->territory.code, t, t);
}

void case_announced(const struct case_scene *s, int which, struct strbuf *out)
{
	const struct case_data *c = s->c;
	char from[WALL_TEXT_MAX], t[WALL_TEXT_MAX], prefix[PREFIX_TEXT_MAX];
	(void)which;
	stamp(from, (struct wall){s->snapshot.ms - 14 * 86400000LL});
	open_envelope(s, "announced-prefixes", "1.2", out);
	strbuf_adds(out, "\"prefixes\":[");
	for (size_t i = 0; i < c->net_count; i++)
		strbuf_addf(out, "%s{\"prefix\":\"%s\",\"timelines\":[{\"starttime\":\"%s\",\"endtime\":\"%s\"}]}",
			    i ? "," : "", prefix_format(prefix, &c->nets[i]), from, stamp(t, s->listed[i]));
	strbuf_addf(out, "],\"resource\":\"%u\",\"query_starttime\":\"%s\",\"query_endtime\":\"%s\",", c->origin, from,
		    stamp(t, s->snapshot));
	strbuf_addf(out, "\"latest_time\":\"%s\",\"earliest_time\":\"2000-08-01T00:00:00\"}}", t);
}

void case_neighbours(const struct case_scene *s, int which, struct strbuf *out)
{
	char t[WALL_TEXT_MAX];
	(void)which;
	stamp(t, s->snapshot);
	open_envelope(s, "asn-neighbours", "3.2", out);
	strbuf_addf(out,
		    "\"resource\":\"%u\",\"query_starttime\":\"%s\",\"query_endtime\":\"%s\",\"latest_time\":\"%s\",",
		    s->c->origin, t, t, t);
	strbuf_addf(out,
		    "\"neighbour_counts\":{\"left\":1,\"right\":0,\"unique\":1,\"uncertain\":0},\"neighbours\":[{"
		    "\"asn\":%u,"
		    "\"type\":\"left\",\"power\":%u,\"v4_peers\":%u,\"v6_peers\":0}]}}",
		    s->c->upstream, s->c->peer_count, s->c->peer_count);
}

void case_overview(const struct case_scene *s, int which, struct strbuf *out)
{
	char t[WALL_TEXT_MAX];
	const struct case_data *c = s->c;
	stamp(t, s->snapshot);
	open_envelope(s, "as-overview", "1.3", out);
	strbuf_addf(out, "\"type\":\"as\",\"resource\":\"%u\",\"holder\":", which ? c->upstream : c->origin);
	strbuf_add_json(out, which ? c->upstream_name : c->origin_name);
	strbuf_addf(out, ",\"announced\":true,\"query_starttime\":\"%s\",\"query_endtime\":\"%s\"}}", t, t);
}

/* ---- RIS Live ---- */

static void open_message(const struct case_data *c, struct wall t, unsigned peer, const char *type, struct strbuf *out)
{
	char addr[24];
	strbuf_addf(out,
		    "{\"type\":\"ris_message\",\"data\":{\"timestamp\":%lld.%03lld,\"peer\":\"%s\",\"peer_asn\":\"%u\","
		    "\"id\":\"case\","
		    "\"host\":\"%s.ripe.net\",\"type\":\"%s\"",
		    (long long)(t.ms / 1000), (long long)(t.ms % 1000), peer_addr(addr, peer), FIRST_PEER_AS + peer,
		    collector_of(c, peer), type);
}

static void prefix_list(const struct case_data *c, uint16_t nets, struct strbuf *out)
{
	char prefix[PREFIX_TEXT_MAX];
	bool first = true;
	for (size_t i = 0; i < c->net_count; i++)
		if (nets >> i & 1) {
			strbuf_addf(out, "%s\"%s\"", first ? "" : ",", prefix_format(prefix, &c->nets[i]));
			first = false;
		}
}

void case_update(const struct case_scene *s, const struct case_change *change, struct strbuf *out)
{
	const struct case_data *c = s->c;
	char addr[24];
	open_message(c, (struct wall){change->ms}, change->peer, "UPDATE", out);
	if (change->up) {
		strbuf_addf(out,
			    ",\"path\":[%u,%u,%u],\"community\":[],\"origin\":\"IGP\",\"announcements\":[{\"next_hop\":"
			    "\"%s\",\"prefixes\":[",
			    FIRST_PEER_AS + change->peer, c->upstream, c->origin, peer_addr(addr, change->peer));
		prefix_list(c, change->nets, out);
		strbuf_adds(out, "]}],\"withdrawals\":[]}}\n");
	} else {
		strbuf_adds(out, ",\"announcements\":[],\"withdrawals\":[");
		prefix_list(c, change->nets, out);
		strbuf_adds(out, "]}}\n");
	}
}

void case_keepalive(const struct case_scene *s, struct strbuf *out)
{
	open_message(s->c, s->now, 0, "KEEPALIVE", out);
	strbuf_adds(out, "}}\n");
}
