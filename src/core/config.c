/* The configuration read from INI text: see core/config.h.
 *
 * Keys of [source.NAME], [ui], [store] and [net] are rows of config_options.c. Lists ([watch], [sites], [canaries]) are
 * read here. A second file read over the first replaces what it names: the watch list, the canaries, and the sites of
 * each territory it mentions. Everything happens on a copy, so a file with an error changes nothing. */
#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "config_options.h"
#include "core/territory.h"

#define SOURCE_PREFIX "source."
#define ALERT_PREFIX  "alert."

enum { CANARIES_MAX = sizeof(((struct config *)0)->canaries) / sizeof(struct config_target), NAMES_MAX = 32 };

/* A parse in work. */
struct reading {
	struct config next;
	bool watch_given, canaries_given;
	struct config_target sites[CONFIG_TARGETS_MAX]; /* of this text */
	size_t site_count;
	char mentioned[CONFIG_TARGETS_MAX][56]; /* territories whose sites this text gives, perhaps none */
	size_t mentioned_count;
};

/* Checked directly from the start: the sites of North Korea, whose return was once taken for the country's. */
static const char default_sites[] = "[sites]\n"
				    "KP = http://www.kcna.kp http://www.rodong.rep.kp http://naenara.com.kp "
				    "dns://ns1.kptc.kp/kp dns://ns2.kptc.kp/kp\n";

/* Root name servers k, m, f and a: four operators in four ASes, anycast on every continent, made to answer one small
 * packet. */
static const char default_canaries[] =
	"[canaries]\n"
	"urls = dns://193.0.14.129/. dns://202.12.27.33/. dns://192.5.5.241/. dns://198.41.0.4/.\n";

/* ---- lists ---- */

/* Copy the next word of a list separated by blanks or commas; 0 at the end, else the word's length (it may exceed cap).
 */
static size_t next_word(const char **list, char *word, size_t cap)
{
	const char *s = *list + strspn(*list, " \t,");
	size_t len = strcspn(s, " \t,"), kept = len < cap ? len : cap - 1;

	memcpy(word, s, kept);
	word[kept] = '\0';
	*list = s + len;
	return len;
}

static bool is_port(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 5 || strspn(s, "0123456789") != len)
		return false;
	long port = strtol(s, NULL, 10);
	return port >= 1 && port <= 65535;
}

static bool is_host_only(const char *rest)
{
	return rest[0] != '\0' && rest[0] != '/' && rest[0] != ':';
}

static bool is_host_port(const char *rest)
{
	const char *colon = strrchr(rest, ':');

	return is_host_only(rest) && colon && is_port(colon + 1) && !strchr(rest, '/');
}

static bool is_server_zone(const char *rest)
{
	const char *slash = strchr(rest, '/');

	return is_host_only(rest) && slash && slash[1] != '\0' && !strchr(slash + 1, '/');
}

static bool target_is_valid(const char *url)
{
	static const struct {
		const char *scheme;
		bool (*check)(const char *rest);
	} schemes[] = {
		{"http://", is_host_only},
		{"https://", is_host_only},
		{"tcp://", is_host_port},
		{"dns://", is_server_zone},
	};

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t len = strlen(schemes[i].scheme);
		if (strncmp(url, schemes[i].scheme, len) == 0)
			return schemes[i].check(url + len) && option_is_url_text(url);
	}
	return false;
}

/* Read the targets of one line into list[*count..max). */
static int read_targets(const struct inifile_item *at, const char *territory, struct config_target *list, size_t *count,
			size_t max, struct err *e)
{
	const char *rest = at->value;
	struct config_target t = {0};
	size_t len;

	snprintf(t.territory, sizeof(t.territory), "%s", territory);
	while ((len = next_word(&rest, t.url, sizeof(t.url))) > 0) {
		if (len >= sizeof(t.url) || !target_is_valid(t.url))
			return inifile_error(
				e, at,
				"bad target '%.60s': http://HOST, https://HOST, tcp://HOST:PORT or dns://SERVER/ZONE",
				t.url);
		if (*count == max)
			return inifile_error(e, at, "more than %zu targets", max);
		list[(*count)++] = t;
	}
	return 0;
}

static int read_territory(const char *word, char code[56], const struct inifile_item *at, struct err *e)
{
	struct territory_spec spec;

	if (territory_parse(word, &spec, e) != 0) {
		err_prefix(e, "%s:%u", at->file, at->line);
		return ERR_USAGE;
	}
	snprintf(code, 56, "%s", spec.code);
	return 0;
}

static int take_watch(struct reading *r, const struct inifile_item *at, struct err *e)
{
	static const char *const keys[] = {"territories", NULL};
	const char *rest = at->value;
	char word[64], code[56];
	size_t len;

	if (strcmp(at->key, keys[0]) != 0)
		return inifile_unknown(e, at, "key", at->key, " in [watch]", keys);
	if (!r->watch_given)
		r->next.watch_count = 0;
	r->watch_given = true;
	while ((len = next_word(&rest, word, sizeof(word))) > 0) {
		if (len >= sizeof(word))
			return inifile_error(e, at, "territory '%.24s...' is too long", word);
		if (read_territory(word, code, at, e) != 0)
			return ERR_USAGE;
		if (r->next.watch_count == CONFIG_WATCH_MAX)
			return inifile_error(e, at, "more than %d territories", CONFIG_WATCH_MAX);
		memcpy(r->next.watch[r->next.watch_count++], code, sizeof(code));
	}
	return 0;
}

static bool is_mentioned(const struct reading *r, const char *code)
{
	for (size_t i = 0; i < r->mentioned_count; i++)
		if (strcmp(r->mentioned[i], code) == 0)
			return true;
	return false;
}

static int take_sites(struct reading *r, const struct inifile_item *at, struct err *e)
{
	char code[56];

	if (read_territory(at->key, code, at, e) != 0)
		return ERR_USAGE;
	if (!is_mentioned(r, code)) {
		if (r->mentioned_count == CONFIG_TARGETS_MAX)
			return inifile_error(e, at, "more than %d territories with sites", CONFIG_TARGETS_MAX);
		memcpy(r->mentioned[r->mentioned_count++], code, sizeof(code));
	}
	return read_targets(at, code, r->sites, &r->site_count, CONFIG_TARGETS_MAX, e);
}

static int take_canaries(struct reading *r, const struct inifile_item *at, struct err *e)
{
	static const char *const keys[] = {"urls", NULL};

	if (strcmp(at->key, keys[0]) != 0)
		return inifile_unknown(e, at, "key", at->key, " in [canaries]", keys);
	if (!r->canaries_given)
		r->next.canary_count = 0;
	r->canaries_given = true;
	return read_targets(at, "", r->next.canaries, &r->next.canary_count, CANARIES_MAX, e);
}

/* Old sites of territories that were not mentioned, then the new ones. */
static int merge_sites(struct reading *r, const char *name, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->next.site_count; i++)
		if (!is_mentioned(r, r->next.sites[i].territory))
			r->next.sites[kept++] = r->next.sites[i];
	if (kept + r->site_count > CONFIG_TARGETS_MAX)
		return err_set(e, ERR_USAGE, "%s: more than %d sites in all", name, CONFIG_TARGETS_MAX);
	for (size_t i = 0; i < r->site_count; i++)
		r->next.sites[kept++] = r->sites[i];
	r->next.site_count = kept;
	return 0;
}

/* ---- sections ---- */

static size_t source_index(const struct config *c, const char *name)
{
	size_t i = 0;

	while (i < c->source_count && strcmp(c->sources[i].name, name) != 0)
		i++;
	return i;
}

/* A key of the option table. base: struct config, or the source's. */
static int take_option(const char *section, void *base, const struct inifile_item *at, struct err *e)
{
	const char *names[NAMES_MAX + 1] = {0};
	char where[80];
	size_t n = 0;

	const char *source = strcmp(section, "source") ? "" : at->section + strlen(SOURCE_PREFIX);
	for (size_t i = 0; i < option_count; i++) {
		if (strcmp(option_table[i].section, section) != 0 || !option_is_of(&option_table[i], source))
			continue;
		if (strcmp(option_table[i].key, at->key) == 0)
			return option_set(&option_table[i], base, at, e);
		if (n < NAMES_MAX)
			names[n++] = option_table[i].key;
	}
	snprintf(where, sizeof(where), " in [%s]", at->section);
	return inifile_unknown(e, at, "key", at->key, where, names);
}

static int take_ui(struct reading *r, const struct inifile_item *at, struct err *e)
{
	return take_option("ui", &r->next, at, e);
}

static int take_store(struct reading *r, const struct inifile_item *at, struct err *e)
{
	return take_option("store", &r->next, at, e);
}

static int take_net(struct reading *r, const struct inifile_item *at, struct err *e)
{
	return take_option("net", &r->next, at, e);
}

static void print_watch(const struct config *c, struct strbuf *out)
{
	strbuf_adds(out, "territories =");
	for (size_t i = 0; i < c->watch_count; i++)
		strbuf_addf(out, " %s", c->watch[i]);
	strbuf_addc(out, '\n');
}

static void print_sites(const struct config *c, struct strbuf *out)
{
	for (size_t i = 0; i < c->site_count; i++) {
		bool first = i == 0 || strcmp(c->sites[i].territory, c->sites[i - 1].territory) != 0;
		if (first)
			strbuf_addf(out, "%s%s =", i ? "\n" : "", c->sites[i].territory);
		strbuf_addf(out, " %s", c->sites[i].url);
	}
	if (c->site_count)
		strbuf_addc(out, '\n');
}

static void print_canaries(const struct config *c, struct strbuf *out)
{
	strbuf_adds(out, "urls =");
	for (size_t i = 0; i < c->canary_count; i++)
		strbuf_addf(out, " %s", c->canaries[i].url);
	strbuf_addc(out, '\n');
}

/* In the order of the printed file; print: NULL for a section of the option table. Sections of sources and alerts
 * have names of their own and are not rows. */
static const struct section {
	const char *name;
	int (*take)(struct reading *, const struct inifile_item *, struct err *);
	void (*print)(const struct config *, struct strbuf *);
	const char *help;
} sections[] = {
	{"watch", take_watch, print_watch,
	 "What `landline` shows when no territory is named: KP, AS131279, 175.45.176.0/22, @file, world"},
	{"ui", take_ui, NULL, "The screen"},
	{"store", take_store, NULL, "Events, evidence and samples"},
	{"net", take_net, NULL, "Every request"},
	{"sites", take_sites, print_sites,
	 "Named hosts that are checked directly, by territory: http:// https:// tcp://HOST:PORT dns://SERVER/ZONE"},
	{"canaries", take_canaries, print_canaries,
	 "Hosts far apart that tell an outage of theirs from one of ours; at most 8"},
};

static int unknown_section(const struct reading *r, const struct inifile_item *at, struct err *e)
{
	static const char alert_form[] = ALERT_PREFIX "NAME";
	char source_names[CONFIG_SOURCES_MAX][40];
	const char *names[ARRAY_LEN(sections) + CONFIG_SOURCES_MAX + 2] = {0};
	size_t n = 0;

	if (at->section[0] == '\0')
		return inifile_error(e, at, "key '%.24s' stands before the first [section]", at->key ? at->key : "");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		names[n++] = sections[i].name;
	for (size_t i = 0; i < r->next.source_count; i++) {
		snprintf(source_names[i], sizeof(source_names[i]), SOURCE_PREFIX "%s", r->next.sources[i].name);
		names[n++] = source_names[i];
	}
	names[n] = alert_form;
	return inifile_unknown(e, at, "section", at->section, "", names);
}

static bool has_beginning(const char *s, const char *beginning)
{
	return strncmp(s, beginning, strlen(beginning)) == 0;
}

static int take_item(void *ctx, const struct inifile_item *at, struct err *e)
{
	struct reading *r = ctx;

	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (strcmp(at->section, sections[i].name) == 0)
			return at->key ? sections[i].take(r, at, e) : 0;
	if (has_beginning(at->section, SOURCE_PREFIX)) {
		size_t i = source_index(&r->next, at->section + strlen(SOURCE_PREFIX));
		if (i < r->next.source_count)
			return at->key ? take_option("source", &r->next.sources[i], at, e) : 0;
	}
	/* alert rules are read by a later version: the section is kept for it and must not stop this one */
	if (has_beginning(at->section, ALERT_PREFIX) && at->section[strlen(ALERT_PREFIX)] != '\0')
		return 0;
	return unknown_section(r, at, e);
}

int config_parse(struct config *c, const char *name, const char *text, size_t len, struct err *e)
{
	struct reading *r = xcalloc(1, sizeof(*r));

	r->next = *c;
	int rc = inifile_read(name, text, len, take_item, r, e);
	if (rc == 0)
		rc = merge_sites(r, name, e);
	if (rc == 0)
		*c = r->next;
	free(r);
	return rc;
}

/* ---- defaults and the full file ---- */

static void set_defaults(const char *section, void *base)
{
	struct err e;

	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		struct inifile_item at = {.file = "defaults", .section = section, .key = o->key, .value = o->fallback};
		if (strcmp(o->section, section) == 0 && o->fallback && option_set(o, base, &at, &e) != 0)
			BUG("%s", e.msg);
	}
}

static void parse_default(struct config *c, const char *text)
{
	struct err e;

	if (config_parse(c, "defaults", text, strlen(text), &e) != 0)
		BUG("%s", e.msg);
}

void config_init(struct config *c, const struct config_source_default *sources, size_t count)
{
	if (count > CONFIG_SOURCES_MAX)
		BUG("%zu sources, room for %d", count, CONFIG_SOURCES_MAX);
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < count; i++) {
		struct config_source *s = &c->sources[c->source_count++];
		snprintf(s->name, sizeof(s->name), "%s", sources[i].name);
		snprintf(s->url, sizeof(s->url), "%s", sources[i].url ? sources[i].url : "");
		s->enabled = sources[i].enabled;
		set_defaults("source", s);
	}
	set_defaults("ui", c);
	set_defaults("store", c);
	set_defaults("net", c);
	parse_default(c, default_sites);
	parse_default(c, default_canaries);
}

static void print_option(const struct option *o, const void *base, struct strbuf *out)
{
	struct strbuf value;

	strbuf_init(&value, INIFILE_LINE_MAX);
	option_format(o, base, &value);
	/* a source without a base of its own (our own checks) has no url that could be given back */
	bool no_url = o->type == OPTION_BASE && value.len == 0;
	strbuf_addf(out, "%s%s =%s%s\n", no_url ? "# " : "", o->key, value.len ? " " : "", value.text);
	strbuf_release(&value);
}

static void print_options(const char *section, const char *source, const void *base, bool with_help, struct strbuf *out)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		if (strcmp(o->section, section) != 0 || !option_is_of(o, source))
			continue;
		if (with_help || o->only)
			strbuf_addf(out, "# %s\n", o->help);
		print_option(o, base, out);
	}
}

void config_print_template(const struct config *defaults, struct strbuf *out)
{
	strbuf_adds(out,
		    "# landline.conf: every key with its default. Read from $XDG_CONFIG_HOME/landline/landline.conf,\n"
		    "# then /etc/landline.conf. A line that begins with # or ; is a comment; what is left out keeps "
		    "its default.\n");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		strbuf_addf(out, "\n# %s\n[%s]\n", sections[i].help, sections[i].name);
		if (sections[i].print)
			sections[i].print(defaults, out);
		else
			print_options(sections[i].name, "", defaults, true, out);
	}
	for (size_t i = 0; i < defaults->source_count; i++) {
		strbuf_addf(out, "\n[" SOURCE_PREFIX "%s]\n", defaults->sources[i].name);
		print_options("source", defaults->sources[i].name, &defaults->sources[i], i == 0, out);
	}
}

const struct config_source *config_source_find(const struct config *c, const char *name)
{
	size_t i = source_index(c, name);

	return i < c->source_count ? &c->sources[i] : NULL;
}
