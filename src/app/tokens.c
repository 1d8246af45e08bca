/* Where a token comes from: the first line of a file of the user's own, or an environment variable, named in the
 * configuration. Never the configuration itself, nor a command line: both are read by others.
 *
 * What is read is handed to the app, which alone keeps it, and wiped here. Words about it name the file or the variable. */
#include "tokens.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "source/source.h"

#define TOKEN_MAX 1024
#define ADVICE_MAX 160

/* "~/x" is in the user's home. */
static void place_of(const char *path, char *dst, size_t cap)
{
	const char *home = getenv("HOME");
	if (!strncmp(path, "~/", 2) && home && *home == '/')
		snprintf(dst, cap, "%.500s/%.255s", home, path + 2);
	else
		snprintf(dst, cap, "%s", path);
}

static void explain(char advice[ADVICE_MAX], const char *before, const char *path, const char *after)
{
	char clean[96];
	text_clean_str(clean, sizeof(clean), path);
	snprintf(advice, ADVICE_MAX, "%s'%s' %s", before, clean, after);
}

/* The bytes of the file, at most cap - 1; false with advice. */
static bool read_file(const char *path, char *dst, size_t cap, char advice[ADVICE_MAX])
{
	struct stat st;
	size_t len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		explain(advice, "token file ", path, errno == ENOENT ? "is not there" : strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		explain(advice, "token file ", path, "is not a file");
		close(fd);
		return false;
	}
	for (ssize_t n; len + 1 < cap && (n = read(fd, dst + len, cap - 1 - len)) != 0;) {
		if (n < 0 && errno != EINTR)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	dst[len] = '\0';
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		explain(advice, "token file ", path, "is open to others: chmod 600");
	return true;
}

/* The first line without the spaces around it. A byte order mark and quotes are not part of a token either. */
static bool take_line(char *text)
{
	static const char marks[] = "\xef\xbb\xbf";
	char *from = text, *end;
	if (!strncmp(from, marks, 3))
		from += 3;
	from[strcspn(from, "\r\n")] = '\0';
	while (isspace((unsigned char)*from))
		from++;
	for (end = from + strlen(from); end > from && isspace((unsigned char)end[-1]);)
		*--end = '\0';
	memmove(text, from, strlen(from) + 1);
	for (const char *p = text; *p; p++)
		if (!isgraph((unsigned char)*p))
			return false;
	return *text != '\0';
}

/* False: no token, and advice says why ("": none is configured). */
static bool find_token(const struct config_source *c, char token[TOKEN_MAX], char advice[ADVICE_MAX])
{
	char path[800];
	if (c->token_file[0]) {
		place_of(c->token_file, path, sizeof(path));
		if (!read_file(path, token, TOKEN_MAX, advice))
			return false;
		if (!take_line(token)) {
			explain(advice, "token file ", path, "has no token in its first line");
			return false;
		}
		return true;
	}
	const char *value = c->token_env[0] ? getenv(c->token_env) : NULL;
	if (!c->token_env[0])
		return false;
	if (!value || strlen(value) >= TOKEN_MAX) {
		explain(advice, "environment variable ", c->token_env, value ? "is too long" : "is not set");
		return false;
	}
	snprintf(token, TOKEN_MAX, "%s", value);
	if (!take_line(token)) {
		explain(advice, "environment variable ", c->token_env, "holds no token");
		return false;
	}
	return true;
}

void tokens_read(struct app *a, const struct config *c)
{
	for (size_t i = 0; i < source_count; i++) {
		const struct config_source *s = config_source_find(c, source_table[i]->name);
		char token[TOKEN_MAX] = "", advice[ADVICE_MAX] = "";
		if (!source_table[i]->needs_token || !s)
			continue;
		bool found = find_token(s, token, advice);
		app_set_token(a, (int)i, found ? token : NULL, advice);
		explicit_bzero(token, sizeof(token));
	}
}
