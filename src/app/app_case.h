/* What the files of a case share: app_case_parse.c reads the text, app_case_answer.c writes the sources' bytes,
 * app_case.c puts both on a line of time. */
#ifndef LANDLINE_SRC_APP_CASE_H
#define LANDLINE_SRC_APP_CASE_H

#include <stdint.h>

#include "app/case.h"
#include "base/strbuf.h"

#define CASE_NETS_MAX       16
#define CASE_PEERS_MAX      200
#define CASE_COLLECTORS_MAX 24
#define CASE_SITES_MAX      8
#define CASE_MARKS_MAX      64
#define CASE_CHANGES_MAX    400000
#define CASE_MOVES_MAX      4096

/* One peer gains or loses some networks. */
struct case_change {
	int64_t ms;    /* UTC */
	uint16_t nets; /* bits */
	uint8_t peer;
	bool up;
};

/* A site that was written about, hosted abroad. Checks of it are not made up: only what was reported is told. */
struct case_site {
	char url[128];
};

struct case_site_move {
	int64_t ms;
	bool up;
};

struct case_data {
	char name[64], note[160];
	struct strbuf about, config;
	struct territory_spec territory;
	struct wall from, until;
	uint32_t seed;
	char collectors[CASE_COLLECTORS_MAX][8];
	size_t collector_count;
	unsigned peer_count, table; /* table: IPv4 routes of a full feed then */
	struct prefix range;
	struct prefix nets[CASE_NETS_MAX];
	size_t net_count;
	uint32_t origin, upstream;
	char origin_name[64], upstream_name[64];
	struct case_site sites[CASE_SITES_MAX];
	size_t site_count;
	struct case_site_move *site_moves; /* by time; owned */
	size_t site_move_count, site_move_cap;
	struct tape_mark marks[CASE_MARKS_MAX]; /* by time */
	size_t mark_count;
	struct case_change *changes; /* by time; owned */
	size_t change_count, change_cap;
	struct wall *moves; /* when something larger than a flap begins: looked at by the looking glass too; owned */
	size_t move_count, move_cap;
};

int case_parse(struct case_data *c, const char *file, const char *text, size_t len, struct err *e) MUST_CHECK;
void case_release(struct case_data *c);

/* The state at a moment of playing, as the answers need it. */
struct case_scene {
	const struct case_data *c;
	struct wall now;
	const uint16_t *has;       /* per peer: bits of the networks it has a route to */
	struct wall snapshot;      /* newest table dump, at 00, 08 and 16 UTC */
	const struct wall *listed; /* per network: the newest dump that has it */
};

/* Bodies as the services write them. which: a network's index. */
void case_looking_glass(const struct case_scene *s, int which, struct strbuf *out);
void case_control_glass(const struct case_scene *s, int which,
			struct strbuf *out); /* which 0: IPv4, 1: IPv6, which nobody has */
void case_peers(const struct case_scene *s, int which, struct strbuf *out);
void case_resources(const struct case_scene *s, int which, struct strbuf *out);
void case_country_asns(const struct case_scene *s, int which, struct strbuf *out);
void case_announced(const struct case_scene *s, int which, struct strbuf *out);
void case_neighbours(const struct case_scene *s, int which, struct strbuf *out);
void case_overview(const struct case_scene *s, int which,
		   struct strbuf *out); /* which 0: the origin, 1: its upstream */
/* One line of RIS Live. */
void case_update(const struct case_scene *s, const struct case_change *change, struct strbuf *out);
void case_keepalive(const struct case_scene *s, struct strbuf *out);

extern const char *const case_controls[2];

#endif
