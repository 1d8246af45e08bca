/* The configuration: INI text to a checked struct, by one table of options.
 *
 * Parsing, defaults, checking, `landline help config` and the commented full file are loops over the table (options.c);
 * unknown sections or keys are errors that name file, line and the nearest valid name. */
#ifndef LANDLINE_CORE_CONFIG_H
#define LANDLINE_CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "core/glyph.h"
#include "core/theme.h"

#define CONFIG_SOURCES_MAX 16
#define CONFIG_TARGETS_MAX 64
#define CONFIG_WATCH_MAX 32

struct config_source {
	char name[24];
	bool enabled;
	char url[256];          /* base, no trailing slash; mrt: that of RIPE RIS (url_ris) */
	char url_routeviews[256]; /* mrt only: that of RouteViews */
	unsigned period_s;      /* 0: each call's own */
	char token_file[256], token_env[64];
};

/* A named host that is checked directly, or a canary (territory ""). */
struct config_target {
	char territory[56];
	char url[256];          /* http://, https://, tcp://host:port, dns://server/zone */
};

struct config {
	char path[512];         /* file that was read, or "" */
	char watch[CONFIG_WATCH_MAX][56];
	size_t watch_count;
	struct config_source sources[CONFIG_SOURCES_MAX]; /* in the order of source_table */
	size_t source_count;
	struct config_target sites[CONFIG_TARGETS_MAX];
	size_t site_count;
	struct config_target canaries[8];
	size_t canary_count;
	/* [ui] */
	char theme[64];         /* name or path */
	enum charset charset; bool charset_auto;
	enum color_level color; bool color_auto;
	bool mouse, title, sync_output, bell;
	unsigned history_h;     /* span of the sparklines */
	/* [store] */
	char store_url[512];    /* "": the default path */
	unsigned keep_days;     /* samples; events are kept for ever */
	bool keep_inputs;       /* the black box (app/blackbox.h) */
	/* [net] */
	char user_agent[160], ca_file[256];
};

/* What the option table needs to know of the sources, so that core does not see them: name, default URL, default state. */
struct config_source_default { const char *name, *url; bool enabled; };

void config_init(struct config *c, const struct config_source_default *sources, size_t count);
/* Read INI text over what is there. name is for errors: "landline.conf:7: unknown key 'perod' in [source.ioda]; did you mean
 * 'period'?". Returns 0 or ERR_USAGE and changes nothing in c on error. */
int config_parse(struct config *c, const char *name, const char *text, size_t len, struct err *e) MUST_CHECK;
/* The commented full file with every key, its default and its help: `landline help config`. */
void config_print_template(const struct config *defaults, struct strbuf *out);
const struct config_source *config_source_find(const struct config *c, const char *name);

#endif
