/* RIS Live's HTTP stream as it is sent today (sources/bgp.md 2 to 4): one JSON object a line, filtered by the one
 * object in X-RIS-Subscribe. Peer states are called "STATE", hosts end in .ripe.net, withdrawn IPv6 prefixes are
 * written out. */
#include "private.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FLOOD_BYTES (3u << 20)

/* ---- subscriptions ---- */

static void filter_prefix(struct conn *c, const cJSON *item)
{
	const char *s = cJSON_GetStringValue(item);
	if (s && c->filter.count < ARRAY_LEN(c->filter.prefixes) &&
	    prefix_parse(s, strlen(s), &c->filter.prefixes[c->filter.count]))
		c->filter.count++;
}

void stream_open(struct conn *c, const char *subscription)
{
	cJSON *tree = subscription ? cJSON_Parse(subscription) : NULL;
	const cJSON *prefix = cJSON_GetObjectItem(tree, "prefix"), *item;
	const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(tree, "type"));
	const char *host = cJSON_GetStringValue(cJSON_GetObjectItem(tree, "host"));
	memset(&c->filter, 0, sizeof(c->filter));
	c->filter.all = !prefix;
	if (cJSON_IsArray(prefix))
		cJSON_ArrayForEach(item, prefix) filter_prefix(c, item);
	else if (prefix)
		filter_prefix(c, prefix);
	const cJSON *more = cJSON_GetObjectItem(tree, "moreSpecific");
	c->filter.more = !more || cJSON_IsTrue(more);
	c->filter.less = cJSON_IsTrue(cJSON_GetObjectItem(tree, "lessSpecific"));
	snprintf(c->filter.type, sizeof(c->filter.type), "%s", type ? type : "");
	snprintf(c->filter.host, sizeof(c->filter.host), "%.*s", host ? (int)strcspn(host, ".") : 0, host ? host : "");
	cJSON_Delete(tree);
	c->stream = true;
	strbuf_init(&c->out, 64u << 20);
}

static bool wants_prefix(const struct conn *c, const struct prefix *p)
{
	for (size_t i = 0; i < c->filter.count; i++) {
		const struct prefix *f = &c->filter.prefixes[i];
		if (prefix_equal(f, p) || (c->filter.more && prefix_covers(f, p)) ||
		    (c->filter.less && prefix_covers(p, f)))
			return true;
	}
	return false;
}

/* All keys must match. A prefix filter lets nothing through that has no prefix. */
static bool wants(const struct conn *c, const struct wire *m)
{
	if (c->filter.type[0] && strcmp(c->filter.type, m->type))
		return false;
	if (c->filter.host[0] && strcmp(c->filter.host, m->host))
		return false;
	if (c->filter.all)
		return true;
	for (size_t i = 0; i < m->count; i++)
		if (wants_prefix(c, &m->prefixes[i]))
			return true;
	return false;
}

/* ---- sending ---- */

void stream_put(struct server *s, struct conn *c, const char *bytes, size_t len)
{
	(void)s;
	strbuf_add(&c->out, bytes, len);
	http_wake(c);
}

static bool is_cut(const struct server *s)
{
	const struct fault *f = fault_find(s, "rislive/stream");
	return s->now_ms < s->feed_cut_until || s->now_ms < s->line_cut_until || (f && f->kind == FAULT_SILENT);
}

static void wire_release(struct wire *m)
{
	free(m->prefixes);
	free(m->text);
}

/* Messages whose time has come go to whoever wants them; what is sent while the line is cut is never seen. */
void stream_release(struct server *s)
{
	size_t done = 0;
	while (done < s->wire_count && s->wires[done].release_ms <= s->now_ms) {
		struct wire *m = &s->wires[done++];
		for (size_t i = 0; i < CONNS_MAX && !is_cut(s); i++) {
			struct conn *c = &s->conns[i];
			if (c->used && c->stream && !c->end && !c->kill && wants(c, m))
				stream_put(s, c, m->text, strlen(m->text));
		}
		wire_release(m);
	}
	s->wire_count -= done;
	if (done && s->wire_count)
		memmove(s->wires, s->wires + done, s->wire_count * sizeof(*s->wires));
}

int64_t stream_due(const struct server *s)
{
	return s->wire_count ? s->wires[0].release_ms : INT64_MAX;
}

static void queue(struct server *s, const char *type, const struct world_peer *p, struct strbuf *text,
		  const struct prefix *prefixes, size_t count)
{
	const struct fault *f = fault_find(s, "rislive/stream");
	mem_grow(&s->wires, &s->wire_cap, s->wire_count + 1, sizeof(*s->wires));
	struct wire *m = &s->wires[s->wire_count++];
	*m = (struct wire){.release_ms = s->now_ms + (f && f->kind == FAULT_SLOW ? f->number * 1000LL : 0),
			   .count = count};
	snprintf(m->type, sizeof(m->type), "%s", type);
	snprintf(m->host, sizeof(m->host), "%s", p->collector);
	if (count) {
		m->prefixes = xcalloc(count, sizeof(*prefixes));
		memcpy(m->prefixes, prefixes, count * sizeof(*prefixes));
	}
	m->text = strbuf_take(text);
}

/* Withdrawn IPv6 prefixes come written out: 2a12:ca42:0:0:0:0:0:0/32. */
static void add_withdrawn(struct strbuf *out, const struct prefix *p)
{
	char text[PREFIX_TEXT_MAX];
	if (p->family == 4) {
		strbuf_addf(out, "\"%s\"", prefix_format(text, p));
		return;
	}
	strbuf_addc(out, '"');
	for (int i = 0; i < 8; i++)
		strbuf_addf(out, "%s%x", i ? ":" : "", (unsigned)p->bytes[2 * i] << 8 | p->bytes[2 * i + 1]);
	strbuf_addf(out, "/%u\"", p->len);
}

static void add_head(struct server *s, struct strbuf *out, const char *type, const struct world_peer *p, uint8_t family)
{
	char addr[PREFIX_TEXT_MAX];
	addr_format(addr, family == 6 ? &p->v6 : &p->v4);
	strbuf_addf(out,
		    "{\"type\":\"ris_message\",\"data\":{\"timestamp\":%lld.%03d,\"peer\":\"%s\",\"peer_asn\":\"%u\","
		    "\"id\":\"%s-%012llx%04llx\","
		    "\"host\":\"%s.ripe.net\",\"type\":\"%s\"",
		    (long long)(s->now_ms / 1000), (int)(s->now_ms % 1000), addr, p->asn, addr,
		    (unsigned long long)s->now_ms, (unsigned long long)(s->message_id++ & 0xffff), p->collector, type);
}

static void add_routes(struct server *s, struct strbuf *out, const struct world_peer *p, uint8_t family,
		       const int *nets, size_t count, bool up)
{
	const struct world_net *first = &s->world.nets[nets[0]];
	char text[PREFIX_TEXT_MAX];
	if (up) {
		addr_format(text, family == 6 ? &p->v6 : &p->v4);
		uint32_t path[WORLD_PATH_MAX];
		size_t len = world_path(&s->world, first, p, path);
		for (size_t i = 0; i < len; i++)
			strbuf_addf(out, "%s%u", i ? "," : ",\"path\":[", path[i]);
		strbuf_addf(out,
			    "],\"community\":[[%u,100]],\"origin\":\"IGP\",\"announcements\":[{"
			    "\"next_hop\":\"%s%s\",\"prefixes\":[",
			    p->asn & 0xffff, text, family == 6 ? ",fe80::1" : "");
		for (size_t i = 0; i < count; i++)
			strbuf_addf(out, "%s\"%s\"", i ? "," : "", prefix_format(text, &s->world.nets[nets[i]].prefix));
		strbuf_adds(out, "]}],\"withdrawals\":[]");
		return;
	}
	strbuf_adds(out, ",\"path\":[],\"community\":[],\"announcements\":[],\"withdrawals\":[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			strbuf_addc(out, ',');
		add_withdrawn(out, &s->world.nets[nets[i]].prefix);
	}
	strbuf_addc(out, ']');
}

void stream_say(struct server *s, const char *type, const struct world_peer *p, uint8_t family, const int *nets,
		size_t count, bool up, const char *state)
{
	struct prefix prefixes[512];
	struct strbuf out;
	strbuf_init(&out, 1 << 20);
	add_head(s, &out, type, p, family);
	for (size_t i = 0; i < count && i < ARRAY_LEN(prefixes); i++)
		prefixes[i] = s->world.nets[nets[i]].prefix;
	if (count)
		add_routes(s, &out, p, family, nets, count, up);
	if (state)
		strbuf_addf(&out, ",\"state\":\"%s\"", state);
	strbuf_adds(&out, "}}\n");
	queue(s, type, p, &out, prefixes, count);
	strbuf_release(&out);
}

/* One message has one path: networks of one operator by one upstream go together, the others in a message of their own.
 */
static void on_update(void *arg, const struct world_peer *p, const int *nets, size_t count, bool up)
{
	struct server *s = arg;
	const struct world_net *all = s->world.nets;
	for (size_t i = 0, k; i < count; i = k) {
		for (k = i + 1;
		     k < count &&
		     (!up || (world_origin(&s->world, &all[nets[k]]) == world_origin(&s->world, &all[nets[i]]) &&
			      all[nets[k]].upstream == all[nets[i]].upstream));
		     k++)
			;
		stream_say(s, "UPDATE", p, all[nets[i]].prefix.family, nets + i, k - i, up, NULL);
	}
}

static void on_peer_state(void *arg, const struct world_peer *p, const char *state)
{
	stream_say(arg, "STATE", p, 4, NULL, 0, false, state);
	if (p->v6.family)
		stream_say(arg, "STATE", p, 6, NULL, 0, false, state);
}

static void on_words(void *arg, const char *words)
{
	fault_words(arg, words);
}

const struct world_says *stream_says(struct server *s)
{
	static struct world_says says = {.update = on_update, .peer_state = on_peer_state, .words = on_words};
	says.arg = s;
	return &says;
}

/* ---- faults on streams that are open ---- */

static void flood(struct server *s, struct conn *c)
{
	char *junk = xmalloc(FLOOD_BYTES);
	memset(junk, 'x', FLOOD_BYTES);
	stream_put(s, c, junk, FLOOD_BYTES);
	free(junk);
}

static void spoil(struct server *s, struct conn *c, enum fault_kind kind)
{
	static const char half[] = "{\"type\":\"ris_message\",\"data\":{\"timestamp\":17",
			  garbage[] = "\033[31m\033]0;pwned\007\xff\xfe\x80{{{[[[\"\\u0000 not json at "
				      "all\n{\"type\":\"ris_message\",\"data\":{\"timestamp\":\"x\"}}\n";
	static const char error[] = "{\"type\":\"ris_error\",\"data\":{\"message\":\"too slow to keep up\"}}\n";
	switch (kind) {
	case FAULT_GARBAGE:
		for (int i = 0; i < 50; i++)
			stream_put(s, c, garbage, sizeof(garbage) - 1);
		break;
	case FAULT_GIGANTIC: flood(s, c); break;
	case FAULT_ERROR:
		stream_put(s, c, error, sizeof(error) - 1);
		c->end = true;
		break;
	case FAULT_CUT:
	case FAULT_TRUNCATED:
		stream_put(s, c, half, sizeof(half) - 1);
		c->end = c->end_badly = true;
		break;
	case FAULT_NONE:
	case FAULT_SLOW:
	case FAULT_SILENT: return;
	default: c->end = c->end_badly = true; break;
	}
	http_wake(c);
}

void stream_fault(struct server *s, const struct fault *f)
{
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (s->conns[i].used && s->conns[i].stream && !s->conns[i].end)
			spoil(s, &s->conns[i], f->kind);
}
