/* Decoding of one RIS Live message (sources/bgp.md 4 and 5).
 *
 * The members are read in whatever order they come and kept in one struct; only when the whole line has proved to be an
 * object is the message looked at, so a line that is cut short says nothing instead of half. A member of an unexpected
 * type costs that member: a parser that gave up on one odd next hop once lost a fifth of all updates. */
#include "rislive_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "rislive_value.h"

#define PATH_NONE (-2)  /* no element yet */
#define PATH_SET (-1)   /* an AS set, or something else that is not an AS number */

/* What the members of a line say, before it is known which of them matter. */
struct members {
	struct slice envelope, type, state, host, time, peer, asn, text;
	int64_t before, last;      /* the last two different elements of the path */
	size_t lists;              /* lists of prefixes that were not empty */
};

/* Reads the value at the cursor, whatever it is, and stops behind it. False only when the line is not JSON. */
typedef bool read_value(struct scan *s, struct members *f, struct ris_message *m);

/* A member we want, or one we know to skip: the service writes its keys in this order. */
struct member_row {
	char literal[24];          /* with quotes and colon, as it stands in a line without spaces; 16 bytes at most */
	size_t len;
	uint64_t masks[2];         /* of its bytes as two little-endian words */
	size_t offset;             /* of a slice in struct members; used when read is NULL */
	read_value *read;
};

static read_value read_data, read_path, read_announcements, read_announced, read_withdrawn, read_nothing;

#define MASK(n) ((n) >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * ((n) & 7)) - 1)
#define LEN(key) (sizeof("\"" key "\":") - 1)
#define ROW(key) "\"" key "\":", LEN(key), {MASK(LEN(key)), LEN(key) > 8 ? MASK(LEN(key) - 8) : 0}
#define PLAIN(key, member) {ROW(key), offsetof(struct members, member), NULL}
#define CALL(key, function) {ROW(key), 0, function}

static const struct member_row envelope_rows[] = {
	PLAIN("type", envelope),
	CALL("data", read_data),
};

static const struct member_row data_rows[] = {
	PLAIN("timestamp", time),
	PLAIN("peer", peer),
	PLAIN("peer_asn", asn),
	CALL("id", read_nothing),
	PLAIN("host", host),
	PLAIN("type", type),
	CALL("path", read_path),
	CALL("community", read_nothing),
	CALL("origin", read_nothing),
	CALL("announcements", read_announcements),
	CALL("withdrawals", read_withdrawn),
	CALL("raw", read_nothing),
	PLAIN("state", state),
	PLAIN("message", text),
};

static const struct member_row group_rows[] = {
	CALL("next_hop", read_nothing),
	CALL("prefixes", read_announced),
};

/* ---- text ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Four hex digits at p, or -1. */
static int32_t hex4(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_value(p[i]);
		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* The code point of the \uXXXX whose digits begin at *p, surrogate pairs joined (RFC 8259, 7); *p moves behind it. */
static uint32_t unicode_escape(const char **p, const char *end)
{
	int32_t high = hex4(*p, end);

	if (high < 0)
		return 0xfffd;
	*p += 4;
	if (high < 0xd800 || high > 0xdfff)
		return (uint32_t)high;
	if (high > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return 0xfffd;
	int32_t low = hex4(*p + 2, end);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*p += 6;
	return 0x10000 + ((uint32_t)(high - 0xd800) << 10 | (uint32_t)(low - 0xdc00));
}

size_t slice_unescape(struct slice s, char *dst, size_t cap)
{
	static const char escapes[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *p = s.at, *end = s.at + s.len;
	size_t n = 0;

	while (p < end && n + 5 <= cap) {
		char c = *p++;
		if (c != '\\' || p == end) {
			dst[n++] = c;
			continue;
		}
		c = *p++;
		if (c == 'u') {
			n += text_put(dst + n, unicode_escape(&p, end));
			continue;
		}
		const char *known = c ? strchr(escapes, c) : NULL;
		dst[n++] = known ? plain[known - escapes] : c;
	}
	dst[n] = '\0';
	return n;
}

/* s itself, or its unescaped copy in buf when it has escapes. */
static struct slice unescaped(struct slice s, char *buf, size_t cap)
{
	if (s.len == 0 || !memchr(s.at, '\\', s.len))
		return s;
	size_t len = slice_unescape(s, buf, cap);
	return (struct slice){buf, len};
}

/* ---- members ---- */

static const struct member_row *find_row(const struct member_row *rows, size_t count, struct slice key)
{
	char buf[32];

	key = unescaped(key, buf, sizeof(buf));
	for (size_t i = 0; i < count; i++)
		if (slice_is(key, rows[i].literal + 1, rows[i].len - 3))
			return &rows[i];
	return NULL;
}

/* Does the line go on with the row's key? Two words are compared at once: this is asked of every member. */
static inline bool row_is_next(const struct scan *s, const struct member_row *row)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (s->end - s->at >= 16) {
		uint64_t line[2], want[2];
		memcpy(line, s->at, 16);
		memcpy(want, row->literal, 16);
		return (((line[0] ^ want[0]) & row->masks[0]) | ((line[1] ^ want[1]) & row->masks[1])) == 0;
	}
#endif
	return (size_t)(s->end - s->at) >= row->len && memcmp(s->at, row->literal, row->len) == 0;
}

/* The key at the cursor; *row is NULL for one that is not in the table. The two rows after the last one are tried
 * first; any other order, spaces and escapes are looked up. */
static inline bool next_row(struct scan *s, const struct member_row *rows, size_t count, size_t *hint,
			    const struct member_row **row)
{
	struct slice key;

	for (size_t i = *hint; i < count && i < *hint + 2; i++) {
		if (row_is_next(s, &rows[i])) {
			*row = &rows[i];
			s->at += rows[i].len;
			scan_space(s);
			*hint = i + 1;
			return true;
		}
	}
	if (!scan_key(s, &key))
		return false;
	*row = find_row(rows, count, key);
	if (*row)
		*hint = (size_t)(*row - rows) + 1;
	return true;
}

/* A string or a number; null is as if it were not there. */
static inline bool read_plain(struct scan *s, struct slice *out)
{
	bool bare = *s->at == 'n';

	if (!scan_plain(s, out))
		return false;
	if (bare && slice_is(*out, "null", 4))
		*out = (struct slice)NO_SLICE;
	return true;
}

/* An object whose members are those of a table; others are skipped. */
static bool read_object(struct scan *s, const struct member_row *rows, size_t count, struct members *f,
			struct ris_message *m)
{
	enum scan_step step;
	size_t hint = 0;

	if (!scan_take(s, '{'))
		return scan_skip(s);
	for (step = scan_first(s, '}'); step == SCAN_MORE; step = scan_next(s, '}')) {
		const struct member_row *row;
		bool ok;

		if (!next_row(s, rows, count, &hint, &row))
			return false;
		if (row && row->read)
			ok = row->read(s, f, m);
		else if (row && *s->at != '[' && *s->at != '{')
			ok = read_plain(s, (struct slice *)(void *)((char *)f + row->offset));
		else
			ok = scan_skip_member(s);
		if (!ok)
			return false;
	}
	return step == SCAN_END;
}

static bool read_nothing(struct scan *s, struct members *f, struct ris_message *m)
{
	(void)f;
	(void)m;
	return scan_skip_member(s);
}

static bool read_data(struct scan *s, struct members *f, struct ris_message *m)
{
	return read_object(s, data_rows, ARRAY_LEN(data_rows), f, m);
}

/* Each element of an array; a value that is no array is skipped. */
static inline bool read_array(struct scan *s, struct members *f, struct ris_message *m, read_value *element)
{
	enum scan_step step;

	if (!scan_take(s, '['))
		return scan_skip(s);
	for (step = scan_first(s, ']'); step == SCAN_MORE; step = scan_next(s, ']'))
		if (!element(s, f, m))
			return false;
	return step == SCAN_END;
}

/* Prepending repeats an AS: equal neighbours are one. A set is left out of the path; `last` and `before` know it. */
static bool path_element(struct scan *s, struct members *f, struct ris_message *m)
{
	const char *from = s->at;
	int64_t as = 0;

	for (unsigned d = digit(*from); d <= 9 && as <= UINT32_MAX; d = digit(*s->at)) {
		as = as * 10 + d;
		s->at++;
	}
	if (as == 0 || as > UINT32_MAX || !scan_is_delimiter(*s->at)) {
		as = PATH_SET;
		s->at = from;
		if (!scan_skip(s))
			return false;
	}
	if (as != f->last || as == PATH_SET) {
		f->before = f->last;
		f->last = as;
		if (as != PATH_SET && m->path_len < FACT_PATH_MAX)
			m->path[m->path_len] = (uint32_t)as;
		m->path_len += as != PATH_SET;
	}
	return true;
}

static bool read_path(struct scan *s, struct members *f, struct ris_message *m)
{
	f->before = f->last = PATH_NONE;
	m->path_len = 0;
	return read_array(s, f, m, path_element);
}

static bool add_prefix(struct scan *s, struct ris_message *m, bool withdrawn)
{
	struct slice text;
	struct prefix p;
	char buf[64];

	if (*s->at != '"') {
		m->odd++;
		return scan_skip(s);
	}
	if (!scan_string(s, &text))
		return false;
	if (!parse_v4_prefix(text, &p) && !prefix_parse(text.at, text.len, &p)) {
		text = unescaped(text, buf, sizeof(buf)); /* "193.0.0.0\/21" is JSON too */
		if (slice_is(text, "eor", 3)) /* end of RIB, as one parser expects it */
			return true;
		if (!prefix_parse(text.at, text.len, &p)) {
			m->odd++;
			return true;
		}
	}
	if (m->count == RIS_ROUTES_MAX)
		return false;
	if (m->count == m->cap)
		mem_grow(&m->routes, &m->cap, m->count + 1, sizeof(*m->routes));
	m->routes[m->count++] = (struct ris_route){p, withdrawn};
	return true;
}

static bool announced_element(struct scan *s, struct members *f, struct ris_message *m)
{
	(void)f;
	return add_prefix(s, m, false);
}

static bool withdrawn_element(struct scan *s, struct members *f, struct ris_message *m)
{
	(void)f;
	return add_prefix(s, m, true);
}

static bool read_announced(struct scan *s, struct members *f, struct ris_message *m)
{
	size_t before = m->count;
	bool ok = read_array(s, f, m, announced_element);

	f->lists += m->count > before;
	return ok;
}

static bool read_withdrawn(struct scan *s, struct members *f, struct ris_message *m)
{
	size_t before = m->count;
	bool ok = read_array(s, f, m, withdrawn_element);

	f->lists += m->count > before;
	return ok;
}

static bool announcement_element(struct scan *s, struct members *f, struct ris_message *m)
{
	return read_object(s, group_rows, ARRAY_LEN(group_rows), f, m);
}

static bool read_announcements(struct scan *s, struct members *f, struct ris_message *m)
{
	return read_array(s, f, m, announcement_element);
}

/* ---- the whole line ---- */

/* By prefix, an announcement first: what is kept of equal ones (RFC 4271, 4.3). */
static int compare_routes(const void *va, const void *vb)
{
	const struct ris_route *a = va, *b = vb;
	int order = prefix_cmp(&a->prefix, &b->prefix);

	return order ? order : (int)a->withdrawn - (int)b->withdrawn;
}

/* Messages of 2019 list a prefix once for each next hop, and a prefix may be withdrawn and announced in one message. */
static void drop_doubles(struct ris_message *m)
{
	size_t kept = 0;

	qsort(m->routes, m->count, sizeof(*m->routes), compare_routes);
	for (size_t i = 0; i < m->count; i++)
		if (kept == 0 || !prefix_equal(&m->routes[kept - 1].prefix, &m->routes[i].prefix))
			m->routes[kept++] = m->routes[i];
	m->count = kept;
}

static const struct {
	const char *type;
	size_t len;
	enum ris_kind kind;
} types[] = {
	{"UPDATE", 6, RIS_UPDATE},
	{"STATE", 5, RIS_PEER_UP},           /* since 2022 or so; up or down is told by "state" */
	{"RIS_PEER_STATE", 14, RIS_PEER_UP}, /* in 2019 and in the manual */
};

static enum ris_kind kind_of(const struct members *f)
{
	char buf[32];
	struct slice envelope = unescaped(f->envelope, buf, sizeof(buf));

	if (slice_is(envelope, "ris_error", 9))
		return RIS_ERROR;
	if (!slice_is(envelope, "ris_message", 11))
		return RIS_OTHER;

	struct slice type = unescaped(f->type, buf, sizeof(buf));
	size_t i = 0;
	while (i < ARRAY_LEN(types) && !slice_is(type, types[i].type, types[i].len))
		i++;
	if (i == ARRAY_LEN(types))
		return RIS_OTHER;
	if (types[i].kind == RIS_UPDATE)
		return RIS_UPDATE;

	struct slice state = unescaped(f->state, buf, sizeof(buf));
	if (slice_is(state, "down", 4))
		return RIS_PEER_DOWN;
	return slice_is(state, "up", 2) ? RIS_PEER_UP : RIS_OTHER; /* "connected" is TCP only, not yet BGP */
}

/* Turn the texts of the members into the message. False: a kind that needs them has no session or time. */
static bool conclude(struct ris_message *m, const struct members *f)
{
	char buf[64];
	struct slice peer = unescaped(f->peer, buf, sizeof(buf));
	bool dated = parse_time(f->time, &m->t);

	collector_from_host(m->collector, f->host);
	m->has_session = m->collector[0] != '\0' && addr_parse(peer.at, peer.len, &m->peer) &&
			 parse_u32(f->asn, &m->asn) && m->asn != 0;
	m->kind = kind_of(f);
	m->text = f->text;
	m->origin = f->last > 0 ? (uint32_t)f->last : 0;
	m->upstream = f->before > 0 ? (uint32_t)f->before : 0;
	if (m->path_len > FACT_PATH_MAX || f->last == PATH_SET)
		m->path_len = 0;
	if (m->kind != RIS_UPDATE)
		m->count = 0;
	else if (f->lists > 1)
		drop_doubles(m);
	return (dated && m->has_session) || m->kind == RIS_OTHER || m->kind == RIS_ERROR;
}

bool ris_decode(struct ris_message *m, const char *line, const char *end, const char **why)
{
	struct members f = {
		NO_SLICE, NO_SLICE, NO_SLICE, NO_SLICE, NO_SLICE, NO_SLICE, NO_SLICE, NO_SLICE,
		.before = PATH_NONE, .last = PATH_NONE,
	};
	struct scan s = {line, end};

	m->kind = RIS_OTHER;
	m->t = WALL_NONE;
	m->count = m->odd = m->path_len = 0;

	scan_space(&s);
	*why = "not a JSON object";
	if (*s.at != '{' || !read_object(&s, envelope_rows, ARRAY_LEN(envelope_rows), &f, m)) {
		if (m->count == RIS_ROUTES_MAX)
			*why = "more prefixes than a BGP message can hold";
		return false;
	}
	scan_space(&s);
	if (s.at != end)
		return false;
	*why = "without a peer, collector or time";
	return conclude(m, &f);
}

void ris_message_release(struct ris_message *m)
{
	free(m->routes);
	*m = (struct ris_message){0};
}
