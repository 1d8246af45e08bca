/* RIPEstat's bgplay: who had which of some networks at one moment, and every change from there to another. Like the real one
 * it is an hour and a half behind, and has nothing of what is newer. Every peer follows the network's turns within half a
 * minute, so that the majority crosses at the turn. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BEHIND_MS = 90 * 60 * 1000, EVENTS_MAX = 20000 };

struct asked {
	struct server *s;
	struct strbuf *out;
	int64_t from_ms, until_ms;
	int nets[64]; /* -1: a control prefix */
	struct prefix prefixes[64];
	size_t count;
	bool first;
};

/* When peer k takes part in a turn. */
static int64_t moment(const struct world *w, const struct world_turn *turn, size_t k)
{
	int64_t n = (int64_t)w->peer_count;
	return turn->t_ms + ((int64_t)k - (turn->up ? n - 1 : n) / 2) * 500;
}

static bool had(const struct world *w, const struct world_net *n, size_t k, int64_t t_ms)
{
	bool up = true;
	for (size_t i = 0; i < n->turn_count && moment(w, &n->turns[i], k) <= t_ms; i++)
		up = n->turns[i].up;
	return up && (n->prefix.family == 4 || w->peers[k].v6.family) && w->peers[k].full;
}

static void put_id(struct asked *a, const struct world_peer *p, uint8_t family)
{
	char text[PREFIX_TEXT_MAX];
	strbuf_addf(a->out, "\"%s-%s\"", p->collector + 3, addr_format(text, family == 4 ? &p->v4 : &p->v6));
}

static void put_route(struct asked *a, size_t which, const struct world_peer *p, bool up)
{
	char text[PREFIX_TEXT_MAX];
	uint32_t path[WORLD_PATH_MAX] = {p->asn, 1299, 3333};
	const struct world *w = &a->s->world;
	int net = a->nets[which];
	size_t len = net < 0 ? 3 : world_path(w, &w->nets[net], p, path);
	strbuf_adds(a->out, "\"source_id\":");
	put_id(a, p, a->prefixes[which].family);
	strbuf_addf(a->out, ",\"target_prefix\":\"%s\"", prefix_format(text, &a->prefixes[which]));
	for (size_t i = 0; i < len && up; i++)
		strbuf_addf(a->out, "%s%u", i ? "," : ",\"path\":[", path[i]);
	strbuf_adds(a->out, up ? "],\"community\":[]" : "");
}

static void put_sources(struct asked *a)
{
	const struct world *w = &a->s->world;
	bool first = true;
	for (size_t k = 0; k < w->peer_count; k++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			if (family == 6 && !w->peers[k].v6.family)
				continue;
			reply_comma(a->out, &first);
			strbuf_adds(a->out, "{\"id\":");
			put_id(a, &w->peers[k], family);
			strbuf_addf(a->out, ",\"as_number\":%u,\"rrc\":\"%s\"}", w->peers[k].asn, w->peers[k].collector + 3);
		}
}

static void put_rows(struct asked *a)
{
	const struct world *w = &a->s->world;
	bool first = true;
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < w->peer_count; k++) {
			if (a->nets[i] >= 0 && !had(w, &w->nets[a->nets[i]], k, a->from_ms))
				continue;
			reply_comma(a->out, &first);
			strbuf_addc(a->out, '{');
			put_route(a, i, &w->peers[k], true);
			strbuf_addc(a->out, '}');
		}
}

static void put_events(struct asked *a)
{
	const struct world *w = &a->s->world;
	unsigned count = 0;
	bool first = true;
	for (size_t i = 0; i < a->count; i++) {
		const struct world_net *n = a->nets[i] < 0 ? NULL : &w->nets[a->nets[i]];
		for (size_t turn = 0; n && turn < n->turn_count; turn++)
			for (size_t k = 0; k < w->peer_count && count < EVENTS_MAX; k++) {
				int64_t t = moment(w, &n->turns[turn], k);
				if (t < a->from_ms || t > a->until_ms || !w->peers[k].full)
					continue;
				reply_comma(a->out, &first);
				strbuf_addf(a->out, "{\"type\":\"%s\",\"timestamp\":", n->turns[turn].up ? "A" : "W");
				reply_time(a->out, t);
				strbuf_adds(a->out, ",\"attrs\":{");
				put_route(a, i, &w->peers[k], n->turns[turn].up);
				strbuf_adds(a->out, "}}");
				count++;
			}
	}
}

static bool read_list(struct asked *a, const char *resource)
{
	while (*resource && a->count < ARRAY_LEN(a->nets)) {
		size_t len = strcspn(resource, ",");
		struct prefix *p = &a->prefixes[a->count];
		if (!prefix_parse(resource, len, p))
			return false;
		a->nets[a->count++] = world_find_net(&a->s->world, p);
		resource += len + (resource[len] == ',');
	}
	return a->count > 0;
}

bool reply_bgplay(struct server *s, const char *resource, int64_t from_ms, int64_t until_ms, struct strbuf *out)
{
	struct asked a = {.s = s, .out = out, .from_ms = from_ms, .until_ms = until_ms};
	if (!resource || from_ms >= until_ms || !read_list(&a, resource))
		return false;
	if (a.until_ms > s->now_ms - BEHIND_MS)
		a.until_ms = s->now_ms - BEHIND_MS;
	bool kept = a.until_ms > a.from_ms;
	reply_ripestat_begin(s, out, "bgplay", "1.2");
	strbuf_adds(out, "\"resource\":");
	strbuf_add_json(out, resource);
	strbuf_adds(out, ",\"query_starttime\":");
	reply_time(out, from_ms);
	strbuf_adds(out, ",\"query_endtime\":");
	reply_time(out, kept ? a.until_ms : until_ms);
	strbuf_adds(out, ",\"nodes\":[],\"targets\":[],\"sources\":[");
	if (kept)
		put_sources(&a);
	strbuf_adds(out, "],\"initial_state\":[");
	if (kept)
		put_rows(&a);
	strbuf_adds(out, "],\"events\":[");
	if (kept)
		put_events(&a);
	strbuf_adds(out, "]}}\n");
	return true;
}
