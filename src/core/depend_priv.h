/* What the two files of dependence share: depend.c is what paths mean, depend_paths.c keeps them. */
#ifndef LANDLINE_CORE_DEPEND_PRIV_H
#define LANDLINE_CORE_DEPEND_PRIV_H

#include "core/depend.h"

#define PATH_NODES_MAX (1u << 18) /* ASes on paths, together; 3 MB. More are not kept */
#define PATH_SESSIONS_MAX RIB_SESSIONS_MAX

/* One AS on a path; its parent is the next AS towards the origin. A path is known by its node at the peer's end. Node 0 is
 * the outside of every origin and means "not known". A parent's number is always less than its children's. */
struct path_node { uint32_t asn, parent, next; }; /* next: of the hash chain */

/* What is kept of one network. */
struct depend_slot {
	int net;
	bool fresh;             /* heard of since the last look */
	uint32_t *row;          /* node by session; owned */
	size_t row_len, row_cap;
	uint32_t *votes;        /* nodes, one a peer AS, at the last good look; owned */
	size_t vote_count, vote_cap;
	struct depend_net view;
};

struct depend {
	struct depend_slot *slots; /* by net, ascending; owned */
	size_t slot_count, slot_cap;
	struct path_node *nodes;
	size_t node_count, node_cap;
	uint32_t *heads;        /* hash of (asn, parent) to its newest node; as many as node_cap */
	size_t head_count;
	size_t packed;          /* nodes that were left when they were last packed together */
};

/* The slot of a network; NULL: none. */
struct depend_slot *depend_slot(const struct depend *d, int net);
uint32_t paths_intern(struct depend *d, const uint32_t *path, size_t len); /* 0: no room */

#endif
