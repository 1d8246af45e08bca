/* The memory of paths: see depend_priv.h.
 *
 * A tree from the origins outwards: peers that reach a network through the same ASes share their nodes. Paths that nobody
 * uses any more stay until there is no room, then what is still in use is packed together: parents come before their
 * children, so one pass in order does it. */
#include "depend_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NODES_MIN = 256 };

struct depend *depend_new(void)
{
	struct depend *d = xcalloc(1, sizeof(*d));

	mem_grow(&d->nodes, &d->node_cap, NODES_MIN, sizeof(*d->nodes));
	d->nodes[0] = (struct path_node){0};
	d->node_count = 1;
	return d;
}

void depend_free(struct depend *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->slot_count; i++) {
		free(d->slots[i].row);
		free(d->slots[i].votes);
	}
	free(d->slots);
	free(d->nodes);
	free(d->heads);
	free(d);
}

size_t depend_memory(const struct depend *d)
{
	size_t bytes = sizeof(*d) + d->node_cap * sizeof(*d->nodes) + d->head_count * sizeof(*d->heads);

	bytes += d->slot_cap * sizeof(*d->slots);
	for (size_t i = 0; i < d->slot_count; i++)
		bytes += d->slots[i].row_cap * sizeof(uint32_t) + d->slots[i].vote_cap * sizeof(uint32_t);
	return bytes;
}

/* ---- the tree ---- */

static size_t head_of(const struct depend *d, uint32_t asn, uint32_t parent)
{
	uint32_t h = asn * 2654435761u ^ parent * 2246822519u;

	return (h ^ h >> 15) & (d->head_count - 1);
}

static void link_node(struct depend *d, uint32_t node)
{
	size_t head = head_of(d, d->nodes[node].asn, d->nodes[node].parent);

	d->nodes[node].next = d->heads[head];
	d->heads[head] = node;
}

/* Room for the hash of so many nodes: a power of two. */
static void rehash(struct depend *d)
{
	size_t want = NODES_MIN;

	while (want < d->node_count)
		want *= 2;
	if (want != d->head_count) {
		free(d->heads);
		d->heads = xcalloc(want, sizeof(*d->heads));
		d->head_count = want;
	} else {
		memset(d->heads, 0, want * sizeof(*d->heads));
	}
	for (uint32_t i = 1; i < d->node_count; i++)
		link_node(d, i);
}

static void remap(uint32_t *list, size_t count, const uint32_t *to)
{
	for (size_t i = 0; i < count; i++)
		list[i] = to[list[i]];
}

static void mark(const uint32_t *list, size_t count, uint32_t *used)
{
	for (size_t i = 0; i < count; i++)
		used[list[i]] = 1;
}

/* Drop the nodes that no path in use goes through. */
static void pack(struct depend *d)
{
	uint32_t *to = xcalloc(d->node_count, sizeof(*to));
	uint32_t n = 1;

	for (size_t i = 0; i < d->slot_count; i++) {
		mark(d->slots[i].row, d->slots[i].row_len, to);
		mark(d->slots[i].votes, d->slots[i].vote_count, to);
	}
	for (size_t i = d->node_count - 1; i > 0; i--)
		if (to[i])
			to[d->nodes[i].parent] = 1;
	to[0] = 0;
	for (size_t i = 1; i < d->node_count; i++) {
		if (!to[i])
			continue;
		d->nodes[n] = (struct path_node){.asn = d->nodes[i].asn, .parent = to[d->nodes[i].parent]};
		to[i] = n++;
	}
	for (size_t i = 0; i < d->slot_count; i++) {
		remap(d->slots[i].row, d->slots[i].row_len, to);
		remap(d->slots[i].votes, d->slots[i].vote_count, to);
	}
	d->node_count = d->packed = n;
	free(to);
	rehash(d);
}

static uint32_t find_child(const struct depend *d, uint32_t parent, uint32_t asn)
{
	uint32_t at = d->head_count ? d->heads[head_of(d, asn, parent)] : 0;

	while (at && (d->nodes[at].asn != asn || d->nodes[at].parent != parent))
		at = d->nodes[at].next;
	return at;
}

static uint32_t add_child(struct depend *d, uint32_t parent, uint32_t asn)
{
	uint32_t node = (uint32_t)d->node_count++;

	mem_grow(&d->nodes, &d->node_cap, d->node_count, sizeof(*d->nodes));
	d->nodes[node] = (struct path_node){.asn = asn, .parent = parent};
	if (d->node_count > d->head_count)
		rehash(d);
	else
		link_node(d, node);
	return node;
}

uint32_t paths_intern(struct depend *d, const uint32_t *path, size_t len)
{
	uint32_t node = 0;

	if (d->node_count + len > PATH_NODES_MAX && d->node_count > d->packed + PATH_NODES_MAX / 8)
		pack(d); /* not again before it is worth it */
	if (d->node_count + len > PATH_NODES_MAX)
		return 0;
	for (size_t i = len; i > 0; i--) {
		uint32_t child = find_child(d, node, path[i - 1]);
		node = child ? child : add_child(d, node, path[i - 1]);
	}
	return node;
}

/* ---- networks ---- */

/* Where the network's slot is, or would be. */
static size_t slot_place(const struct depend *d, int net)
{
	size_t lo = 0, hi = d->slot_count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (d->slots[mid].net < net)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct depend_slot *depend_slot(const struct depend *d, int net)
{
	size_t at = slot_place(d, net);

	return at < d->slot_count && d->slots[at].net == net ? &d->slots[at] : NULL;
}

static struct depend_slot *add_slot(struct depend *d, int net)
{
	size_t at = slot_place(d, net);

	mem_grow(&d->slots, &d->slot_cap, d->slot_count + 1, sizeof(*d->slots));
	memmove(&d->slots[at + 1], &d->slots[at], (d->slot_count - at) * sizeof(*d->slots));
	d->slot_count++;
	d->slots[at] = (struct depend_slot){.net = net};
	return &d->slots[at];
}

void depend_path(struct depend *d, int net, int session, const uint32_t *path, size_t len, bool whole)
{
	struct depend_slot *s = depend_slot(d, net);

	if (net < 0 || session < 0 || session >= PATH_SESSIONS_MAX)
		return;
	if (!s && d->slot_count < (whole ? DEPEND_NETS_MAX : DEPEND_STREAM_NETS) && len > 0)
		s = add_slot(d, net);
	if (!s)
		return;
	if ((size_t)session >= s->row_len) {
		size_t want = (size_t)session + 1;
		mem_grow(&s->row, &s->row_cap, want, sizeof(*s->row));
		memset(s->row + s->row_len, 0, (want - s->row_len) * sizeof(*s->row));
		s->row_len = want;
	}
	uint32_t node = path ? paths_intern(d, path, len) : 0;
	if (s->row[session] == node)
		return;
	s->row[session] = node;
	s->fresh = true;
}

bool depend_is_new(const struct depend *d, int net)
{
	const struct depend_slot *s = depend_slot(d, net);

	return s && s->fresh;
}
