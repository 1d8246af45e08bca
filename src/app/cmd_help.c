/* landline help: from the tables that the program itself runs on, so that it cannot drift. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

#include "base/mem.h"
#include "base/text.h"
#include "source/source.h"
#include "ui/action.h"

static void help_config(struct strbuf *out)
{
	static struct config defaults;
	struct config_source_default sources[CONFIG_SOURCES_MAX];
	config_init(&defaults, sources, cli_source_defaults(sources, ARRAY_LEN(sources)));
	config_print_template(&defaults, out);
}

static void help_keys(struct strbuf *out)
{
	for (int a = 1; a < ACTION_COUNT; a++) {
		char keys[64] = "";
		size_t len = 0;
		for (const struct key_binding *b = key_table; b->key; b++) {
			char name[16];
			if ((int)b->action != a || len + 16 > sizeof(keys))
				continue;
			len += (size_t)snprintf(keys + len, sizeof(keys) - len, "%s%s", len ? " " : "", key_name(name, b->key));
		}
		strbuf_addf(out, "  %-24s %s\n", keys, action_table[a].help);
	}
}

static void help_sources(struct strbuf *out)
{
	for (size_t i = 0; i < source_count; i++) {
		const struct source_ops *s = source_table[i];
		const char *kind = s->past_only        ? ", for replay --at"
				   : s->off_by_default ? ", off by default"
				   : s->needs_token    ? ", needs a token (token_file)"
						       : "";
		strbuf_addf(out, "%s (%s)%s\n  %s\n  %s\n  %s\n", s->name, s->title, kind, s->about, s->url ? s->url : "",
			    s->attribution);
		for (const struct source_call *k = s->calls; k->name; k++)
			strbuf_addf(out, "    %-24s %s\n", k->name, k->help ? k->help : "");
	}
}

static void help_themes(struct strbuf *out)
{
	strbuf_adds(out, "Themes: dark, light, contrast, colorblind, mono, and every NAME.theme in the themes folder beside the\n"
			 "configuration. `t` switches them. A theme file gives roles looks: role = #RRGGBB [on #RRGGBB] [bold] [underline]\n"
			 "[reverse] | the same for 16 colours | the same for mono. Roles:\n");
	for (int r = 0; r < ROLE_COUNT; r++)
		strbuf_addf(out, "  %-12s %s\n", role_table[r].name, role_table[r].help);
}

static void help_territories(struct strbuf *out)
{
	strbuf_adds(out, "A territory is one of\n"
			 "  KP                  a country, by ISO 3166-1 code or English name\n"
			 "  AS131279            an AS\n"
			 "  175.45.176.0/22     a prefix\n"
			 "  @name               a file of those, a line each, in the territories folder beside the configuration\n"
			 "  world               the list of all countries\n\nCountries:\n");
	for (size_t i = 0; i < country_count; i++)
		strbuf_addf(out, "  %s  %s\n", countries[i].code, countries[i].name);
}

static const struct topic { const char *name; void (*print)(struct strbuf *); } topics[] = {
	{"config", help_config}, {"keys", help_keys}, {"sources", help_sources}, {"themes", help_themes},
	{"territories", help_territories},
};

int run_help(const struct cli *c)
{
	struct strbuf out;
	struct err e = {0};
	int code = EXIT_DONE;
	strbuf_init(&out, 1 << 18);
	const char *name = c->word_count ? c->words[0] : "";
	bool found = false;
	if (!*name) {
		cli_usage(&out);
		found = true;
	}
	for (size_t i = 0; i < ARRAY_LEN(topics) && !found; i++)
		if (!strcmp(topics[i].name, name)) {
			topics[i].print(&out);
			found = true;
		}
	if (!found)
		found = cli_command_help(name, &out);
	if (found) {
		cli_print(&out);
	} else {
		err_set(&e, ERR_USAGE, "no help on '%.60s': a command, or config, keys, sources, themes, territories", name);
		code = cli_fail(EXIT_USED_WRONGLY, &e);
	}
	strbuf_release(&out);
	return code;
}
