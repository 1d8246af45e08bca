/* The HTTP cache: see fetch_cache.h.
 *
 * A file is a text header, one "name value" a line, an empty line, then the body:
 *
 *     landline-cache 1
 *     url https://stat.ripe.net/data/...
 *     etag "5d8c72a5edda"
 *     length 4711
 *     sum 9ae16a3b2f90404f
 *
 * The name is a hash of URL and request header, both of which stand inside too, so that a collision is only a miss.
 * The time of last use is the file's own. Written without waiting for the disk: the checksum finds what a power cut
 * tore. */
#include "fetch_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "files_atomic.h"
#include "io/files.h"

enum {
	HEADER_MAX = 20 * 1024, /* bytes: a URL and a header of 8 KB each, and the rest */
	FILES_MAX = 65536,      /* looked at by a trim */
};

#define CACHE_MAGIC "landline-cache 1"

#define FNV_START 0xcbf29ce484222325ull

static uint64_t fnv1a(uint64_t h, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		h ^= (unsigned char)bytes[i];
		h *= 0x100000001b3ull;
	}
	return h;
}

static bool entry_path(char dst[PATH_MAX], const char *dir, const char *url, const char *header)
{
	uint64_t h = fnv1a(FNV_START, url, strlen(url) + 1);

	if (header)
		h = fnv1a(h, header, strlen(header));
	int n = snprintf(dst, PATH_MAX, "%s/%016" PRIx64 ".http", dir, h);
	return n > 0 && n < PATH_MAX;
}

/* The next line of the header, NUL put in place of its line feed; NULL at the end. */
static char *next_line(char **cursor)
{
	char *line = *cursor, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*cursor = end + 1;
	return line;
}

/* A header being read: what it must say, and what it said. */
struct reading {
	const char *url, *header;
	struct cache_entry *entry;
};

static bool keep_validator(char dst[CACHE_VALIDATOR_MAX], const char *value)
{
	size_t len = strlen(value);

	if (len >= CACHE_VALIDATOR_MAX)
		return false;
	memcpy(dst, value, len + 1);
	return true;
}

static bool read_number(const char *value, int base, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, base);
	return *value && *value != '-' && !*end && !errno;
}

static bool read_url(struct reading *r, const char *value)
{
	return strcmp(value, r->url) == 0;
}

static bool read_request_header(struct reading *r, const char *value)
{
	return r->header && strcmp(value, r->header) == 0;
}

static bool read_etag(struct reading *r, const char *value)
{
	return keep_validator(r->entry->validators.etag, value);
}

static bool read_modified(struct reading *r, const char *value)
{
	return keep_validator(r->entry->validators.modified, value);
}

static bool read_length(struct reading *r, const char *value)
{
	uint64_t length;

	if (!read_number(value, 10, &length) || length > SIZE_MAX)
		return false;
	r->entry->body_len = (size_t)length;
	return true;
}

static bool read_sum(struct reading *r, const char *value)
{
	return read_number(value, 16, &r->entry->sum);
}

struct field {
	const char *name;
	bool (*read)(struct reading *r, const char *value); /* false: not ours, or damaged */
	bool needed;
};

static const struct field fields[] = {
	{.name = "url", .read = read_url, .needed = true},
	{.name = "header", .read = read_request_header},
	{.name = "etag", .read = read_etag},
	{.name = "modified", .read = read_modified},
	{.name = "length", .read = read_length, .needed = true},
	{.name = "sum", .read = read_sum, .needed = true},
};

static bool read_field(struct reading *r, char *line, unsigned *seen)
{
	char *value = strchr(line, ' ');

	if (!value)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcmp(line, fields[i].name) != 0)
			continue;
		*seen |= 1u << i;
		return fields[i].read(r, value);
	}
	return false;
}

/* text: the file's beginning, changed in place. False when it is not a header of this very request. */
static bool read_header(char *text, const char *url, const char *header, struct cache_entry *c)
{
	struct reading r = {.url = url, .header = header, .entry = c};
	char *cursor = text, *line = next_line(&cursor);
	unsigned seen = 0;

	if (!line || strcmp(line, CACHE_MAGIC) != 0)
		return false;
	while ((line = next_line(&cursor)) && *line)
		if (!read_field(&r, line, &seen))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		bool needed = fields[i].needed || (fields[i].read == read_request_header && header);
		if (needed && !(seen & 1u << i))
			return false;
	}
	c->body_at = (size_t)(cursor - text);
	return line != NULL;
}

static bool open_entry(const char *path, const char *url, const char *header, struct cache_entry *c)
{
	char *text = xmalloc(HEADER_MAX + 1);
	struct stat st;
	bool good = false;

	c->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (c->fd >= 0 && fstat(c->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		ssize_t n = pread(c->fd, text, HEADER_MAX, 0);
		text[n > 0 ? n : 0] = '\0';
		good = read_header(text, url, header, c) && st.st_size >= 0 &&
		       (uint64_t)st.st_size == (uint64_t)c->body_at + c->body_len;
	}
	free(text);
	return good;
}

void fetch_cache_find(const char *dir, const char *url, const char *header, size_t body_max, struct cache_entry *out)
{
	char path[PATH_MAX];

	memset(out, 0, sizeof(*out));
	if (!entry_path(path, dir, url, header))
		return;
	out->found = open_entry(path, url, header, out) && out->body_len <= body_max &&
		     (out->validators.etag[0] || out->validators.modified[0]);
	if (!out->found && out->fd >= 0)
		close(out->fd);
}

void fetch_cache_close(struct cache_entry *c)
{
	if (c->found)
		close(c->fd);
	memset(c, 0, sizeof(*c));
}

int fetch_cache_load(const struct cache_entry *c, struct strbuf *out, struct err *e)
{
	char buf[65536];
	size_t done = 0;

	strbuf_clear(out);
	while (done < c->body_len) {
		size_t want = c->body_len - done < sizeof(buf) ? c->body_len - done : sizeof(buf);
		ssize_t n = pread(c->fd, buf, want, (off_t)(c->body_at + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		strbuf_add(out, buf, (size_t)n);
		done += (size_t)n;
	}
	if (out->len != c->body_len || fnv1a(FNV_START, out->text, out->len) != c->sum) {
		strbuf_clear(out);
		return err_set(e, ERR_FILE, "unchanged, but our copy of it is damaged");
	}
	(void)futimens(c->fd, NULL); /* used now: the last to be trimmed */
	return 0;
}

void fetch_cache_forget(const char *dir, const char *url, const char *header)
{
	char path[PATH_MAX];

	if (entry_path(path, dir, url, header))
		unlink(path);
}

int fetch_cache_save(const char *dir, const char *url, const char *header, const struct cache_validators *v,
		     const char *body, size_t len, struct err *e)
{
	char path[PATH_MAX];
	struct strbuf head;

	if (!entry_path(path, dir, url, header))
		return err_set(e, ERR_FILE, "cannot cache an answer: the folder's name is too long");
	strbuf_init(&head, HEADER_MAX);
	strbuf_addf(&head, CACHE_MAGIC "\nurl %s\n", url);
	if (header)
		strbuf_addf(&head, "header %s\n", header);
	if (v->etag[0])
		strbuf_addf(&head, "etag %s\n", v->etag);
	if (v->modified[0])
		strbuf_addf(&head, "modified %s\n", v->modified);
	strbuf_addf(&head, "length %zu\nsum %016" PRIx64 "\n\n", len, fnv1a(FNV_START, body, len));
	int code = 0;
	if (!head.cut) {
		const struct files_piece pieces[] = {
			{.bytes = head.text, .len = head.len},
			{.bytes = body, .len = len},
		};
		code = files_replace(path, pieces, ARRAY_LEN(pieces), FILES_NO_SYNC, e);
	}
	strbuf_release(&head);
	return code;
}

struct kept {
	char *name;
	struct timespec used;
	uint64_t bytes;
};

static int by_last_use(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	return x->used.tv_nsec < y->used.tv_nsec ? -1 : x->used.tv_nsec > y->used.tv_nsec;
}

/* Files of ours, and what a killed writer left of one: it grows old and goes the same way. */
static size_t list_kept(const char *dir, struct kept *out, char **names)
{
	char path[PATH_MAX];
	size_t count = files_list(dir, ".http", names, FILES_MAX), kept = 0;

	count += files_list(dir, ".tmp", names + count, FILES_MAX - count);
	for (size_t i = 0; i < count; i++) {
		struct stat st;
		int n = snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (n < 0 || n >= (int)sizeof(path) || lstat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
			free(names[i]);
			continue;
		}
		out[kept++] = (struct kept){.name = names[i], .used = st.st_mtim, .bytes = (uint64_t)st.st_size};
	}
	return kept;
}

void fetch_cache_trim(const char *dir, uint64_t max)
{
	struct kept *kept = xcalloc(FILES_MAX, sizeof(*kept));
	char **names = xcalloc(FILES_MAX, sizeof(*names));
	size_t count = list_kept(dir, kept, names);
	uint64_t total = 0;
	char path[PATH_MAX];

	for (size_t i = 0; i < count; i++)
		total += kept[i].bytes;
	if (count)
		qsort(kept, count, sizeof(*kept), by_last_use);
	for (size_t i = 0; i < count; i++) {
		if (total > max && snprintf(path, sizeof(path), "%s/%s", dir, kept[i].name) < (int)sizeof(path) &&
		    unlink(path) == 0)
			total -= kept[i].bytes;
		free(kept[i].name);
	}
	free(names);
	free(kept);
}
