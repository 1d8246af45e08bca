/* Collectors that come back after a hole: of a table dump in the middle of the tape every watched route is played as what the
 * peer would have sent on a new session, its opening first. So the session is out of the vote until its table is there, as
 * after any reset, and nobody else's routes are touched.
 *
 * A peer that has none of the watched networks in the dump is not heard to be back: its silence could mean either. */
#include "archive_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PEERS_MAX 4096
#define BYTES_MAX ((size_t)64 << 20)

struct gather {
	const struct archive_tables *tables;
	uint32_t time_s;
	struct mrt_peer peers[PEERS_MAX]; /* that have something */
	size_t peer_count;
	struct strbuf routes;
};

/* BGP4MP_MESSAGE_AS4's head, up to the BGP message (RFC 6396 4.4.3). */
static void put_session(struct strbuf *out, uint32_t time_s, unsigned subtype, size_t len, const struct addr *peer,
			uint32_t asn)
{
	static const char zeros[16];
	size_t addr = peer->family == 6 ? 16 : 4;
	archive_put32(out, time_s);
	archive_put16(out, MRT_BGP4MP);
	archive_put16(out, subtype);
	archive_put32(out, (uint32_t)(4 + 4 + 2 + 2 + 2 * addr + len));
	archive_put32(out, asn);
	archive_put32(out, 0);
	archive_put16(out, 0);
	archive_put16(out, peer->family == 6 ? 2 : 1);
	strbuf_add(out, (const char *)peer->bytes, addr);
	strbuf_add(out, zeros, addr);
}

void archive_put_state(struct strbuf *out, uint32_t time_s, const struct addr *peer, uint32_t asn, bool up)
{
	put_session(out, time_s, 5, 4, peer, asn);
	archive_put16(out, up ? MRT_OPEN_CONFIRM : MRT_ESTABLISHED);
	archive_put16(out, up ? MRT_ESTABLISHED : MRT_IDLE);
}

static void put_attr(struct strbuf *out, unsigned code, const char *bytes, size_t len)
{
	strbuf_addc(out, 0x50); /* transitive, length in two bytes (RFC 4271 4.3) */
	strbuf_addc(out, (char)code);
	archive_put16(out, (unsigned)len);
	strbuf_add(out, bytes, len);
}

static void put_nlri(struct strbuf *out, const struct prefix *p)
{
	strbuf_addc(out, (char)p->len);
	strbuf_add(out, (const char *)p->bytes, (p->len + 7u) / 8u);
}

/* The UPDATE that this row of a table came with, as far as anybody here reads it. False: its path is too long for one. */
static bool put_route(struct gather *g, const struct prefix *p, const struct mrt_entry *entry)
{
	static const char zeros[16];
	uint32_t path[FACT_PATH_MAX];
	size_t n = mrt_path_list(&entry->attrs, path, ARRAY_LEN(path));
	struct strbuf attrs, text;
	if (!n)
		return false;
	strbuf_init(&attrs, 4096);
	strbuf_init(&text, 1024);
	put_attr(&attrs, MRT_ORIGIN, zeros, 1);
	strbuf_addc(&text, MRT_SEQUENCE);
	strbuf_addc(&text, (char)n);
	for (size_t i = 0; i < n; i++)
		archive_put32(&text, path[i]);
	put_attr(&attrs, MRT_AS_PATH, text.text, text.len);
	strbuf_clear(&text);
	if (p->family == 6) { /* RFC 4760 3 */
		archive_put16(&text, 2);
		strbuf_addc(&text, MRT_SAFI_UNICAST);
		strbuf_addc(&text, 16);
		strbuf_add(&text, zeros, 16);
		strbuf_addc(&text, 0);
		put_nlri(&text, p);
		put_attr(&attrs, MRT_MP_REACH, text.text, text.len);
		strbuf_clear(&text);
	} else {
		put_attr(&attrs, MRT_NEXT_HOP, zeros, 4);
		put_nlri(&text, p);
	}
	size_t len = 19 + 2 + 2 + attrs.len + text.len;
	put_session(&g->routes, g->time_s, 4, len, &entry->peer->addr, entry->peer->asn);
	for (int i = 0; i < 16; i++)
		strbuf_addc(&g->routes, (char)0xff);
	archive_put16(&g->routes, (unsigned)len);
	strbuf_addc(&g->routes, 2);
	archive_put16(&g->routes, 0);
	archive_put16(&g->routes, (unsigned)attrs.len);
	strbuf_add(&g->routes, attrs.text, attrs.len);
	strbuf_add(&g->routes, text.text, text.len);
	strbuf_release(&attrs);
	strbuf_release(&text);
	return true;
}

static void note_peer(struct gather *g, const struct mrt_peer *peer)
{
	for (size_t i = 0; i < g->peer_count; i++)
		if (g->peers[i].asn == peer->asn && addr_equal(&g->peers[i].addr, &peer->addr))
			return;
	if (g->peer_count < PEERS_MAX)
		g->peers[g->peer_count++] = *peer;
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct gather *g = arg;
	const struct archive_tables *t = g->tables;
	if (rec->kind != MRT_RIB || !archive_covers(t->space, t->space_count, &rec->prefix))
		return;
	for (size_t i = 0; i < rec->entry_count; i++)
		if (rec->entries[i].peer->addr.family && put_route(g, &rec->prefix, &rec->entries[i]))
			note_peer(g, rec->entries[i].peer);
}

static void finish(struct gather *g, const char *name, struct archive_return *out)
{
	strbuf_init(&out->bytes, BYTES_MAX);
	archive_view(&out->bytes, g->time_s, name);
	for (size_t i = 0; i < g->peer_count; i++)
		archive_put_state(&out->bytes, g->time_s, &g->peers[i].addr, g->peers[i].asn, true);
	strbuf_add(&out->bytes, g->routes.text, g->routes.len);
}

size_t archive_returns_read(const struct archive_tables *t, const struct archive_tape_options *o,
			    struct archive_return **out)
{
	const struct archive_plan *p = o->plan;
	struct gather *g = xcalloc(1, sizeof(*g));
	struct archive_return *list = NULL;
	size_t count = 0, cap = 0;
	char path[800];
	struct err unseen = {0};
	for (size_t i = 0; i < p->count && p->files[i].table; i++) {
		const struct archive_file *f = &p->files[i];
		if (!f->have || f->from.ms == p->base.ms)
			continue;
		if (o->progress && !o->progress(o->arg, 1, f->path))
			break;
		g->tables = t;
		g->time_s = (uint32_t)(f->from.ms / 1000);
		g->peer_count = 0;
		strbuf_init(&g->routes, BYTES_MAX - (1 << 20));
		archive_full_path(path, o->cache_dir, f);
		if (archive_records(path, take_record, g, &unseen) == 0 && g->peer_count && !g->routes.cut) {
			mem_grow(&list, &cap, count + 1, sizeof(*list));
			list[count] = (struct archive_return){.at = f->from};
			while (p->collectors[list[count].collector] != f->collector)
				list[count].collector++;
			finish(g, f->collector->key, &list[count++]);
		}
		strbuf_release(&g->routes);
	}
	free(g);
	*out = list;
	return count;
}

void archive_returns_release(struct archive_return *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strbuf_release(&list[i].bytes);
	free(list);
}
