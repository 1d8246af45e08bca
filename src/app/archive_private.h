/* What the files of an archive tape share: archive_tables.c reads the table dumps, archive_tape.c the updates. */
#ifndef LANDLINE_SRC_APP_ARCHIVE_PRIVATE_H
#define LANDLINE_SRC_APP_ARCHIVE_PRIVATE_H

#include "archive_tape.h"

#include "base/strbuf.h"
#include "source/mrt.h"

#define ARCHIVE_KEPT_MAX ((size_t)512 << 20) /* bytes of table records kept */

/* A peer of a collector, and how large its tables were. */
struct archive_peer {
	struct addr addr;
	uint32_t asn, v4, v6;
};

/* Where a kept record stands in the blob. */
struct kept {
	struct prefix prefix;
	uint32_t collector, origin;
	size_t at, len;
};

struct archive_tables {
	struct strbuf records; /* raw, one after the other */
	struct kept *kept;     /* by prefix, then collector */
	size_t kept_count, kept_cap;
	struct {
		struct archive_peer *list;
		size_t count, cap;
		char *index;
		size_t index_len;
	} peers[ARCHIVE_COLLECTORS_MAX];
	/* index: its PEER_INDEX_TABLE, with our name of the collector; NULL: none (old dumps) */
	struct prefix *ranges; /* of the territories, aggregated */
	size_t range_count, range_cap;
	uint32_t *ases; /* whose networks count wherever they are */
	size_t as_count, as_cap;
	struct prefix *space; /* ranges and kept networks, aggregated: what updates are kept of */
	size_t space_count, space_cap;
};

/* A collector that is heard again after a hole: what its table dump of that moment has of the space, as records to play. */
struct archive_return {
	size_t collector; /* of the plan */
	struct wall at;
	struct strbuf bytes;
};
/* The plan's later table dumps, by collector and time. One that cannot be read brings nothing back. *out: malloced. */
size_t archive_returns_read(const struct archive_tables *t, const struct archive_tape_options *o,
			    struct archive_return **out);
void archive_returns_release(struct archive_return *list, size_t count);

/* BGP4MP_STATE_CHANGE_AS4 (RFC 6396 4.4.4): the session leaves Established, or reaches it. */
void archive_put_state(struct strbuf *out, uint32_t time_s, const struct addr *peer, uint32_t asn, bool up);

/* Whether p lies in one of the list's prefixes, which prefix_aggregate has sorted. */
bool archive_covers(const struct prefix *list, size_t count, const struct prefix *p);
/* Network byte order, as MRT has it. */
void archive_put16(struct strbuf *out, unsigned v);
void archive_put32(struct strbuf *out, uint32_t v);
/* A PEER_INDEX_TABLE without peers whose view is `name`; "": the tables are over. */
void archive_view(struct strbuf *out, uint32_t time_s, const char *name);
/* Every record of an archive's file, which is unpacked on the way; ERR_FILE, ERR_PARSE where it ends before its end. */
int archive_records(const char *path, mrt_record_fn *fn, void *arg, struct err *e) MUST_CHECK;
int archive_tables_read(struct archive_tables *t, const struct archive_tape_options *o, struct err *e) MUST_CHECK;
void archive_tables_release(struct archive_tables *t);
void archive_full_path(char dst[800], const char *cache_dir, const struct archive_file *f);

#endif
