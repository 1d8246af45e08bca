/* Theme files by name. The user's folder wins over the installed one, that over the binary. */
#include "themes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/embedded.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/files.h"

static char *names[THEMES_MAX + 1];
static size_t name_count;

static void folders(char user[600], char installed[600])
{
	char dir[512];
	files_dir(dir, PLACE_CONFIG);
	snprintf(user, 600, "%s%s", dir, *dir ? "/themes" : "");
	snprintf(installed, 600, "%s/themes", LANDLINE_DATADIR);
}

static int load_file(const char *path, struct theme *out, struct err *e)
{
	struct strbuf text;
	strbuf_init(&text, 1 << 18);
	int rc = files_read(path, &text, e);
	if (rc == 0)
		rc = theme_parse(path, text.text, text.len, out, e);
	strbuf_release(&text);
	return rc;
}

static const struct embedded *embedded_find(const char *name)
{
	for (const struct embedded *t = embedded_themes; t->name; t++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

int themes_load(const char *name, struct theme *out, struct err *e)
{
	char user[600], installed[600], path[700];
	if (strchr(name, '/'))
		return load_file(name, out, e);
	folders(user, installed);
	const char *dirs[] = {user, installed};
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (!*dirs[i])
			continue;
		snprintf(path, sizeof(path), "%s/%s.theme", dirs[i], name);
		int rc = load_file(path, out, e);
		if (rc != ERR_NOT_FOUND)
			return rc;
	}
	const struct embedded *t = embedded_find(name);
	if (t)
		return theme_parse(t->name, (const char *)t->text, t->len, out, e);
	const char *near = text_nearest(name, themes_names());
	return err_set(e, ERR_USAGE, "unknown theme '%s'%s%s%s", name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void add_name(const char *name, size_t len)
{
	for (size_t i = 0; i < name_count; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return;
	if (name_count < THEMES_MAX)
		names[name_count++] = xstrndup(name, len);
}

const char *const *themes_names(void)
{
	char user[600], installed[600];
	char *files[THEMES_MAX];
	if (name_count)
		return (const char *const *)names;
	for (const struct embedded *t = embedded_themes; t->name; t++)
		if (strcmp(t->name, "default"))
			add_name(t->name, strlen(t->name));
	folders(user, installed);
	const char *dirs[] = {user, installed};
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		size_t n = *dirs[i] ? files_list(dirs[i], ".theme", files, THEMES_MAX) : 0;
		for (size_t k = 0; k < n; k++) {
			add_name(files[k], strlen(files[k]) - strlen(".theme"));
			free(files[k]);
		}
	}
	return (const char *const *)names;
}

void themes_release(void)
{
	for (size_t i = 0; i < name_count; i++)
		free(names[i]);
	memset(names, 0, sizeof(names));
	name_count = 0;
}
