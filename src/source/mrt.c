/* The stream of MRT records: see source/mrt.h.
 *
 * A record that lies whole in its chunk is decoded where it is; only one that is cut by the chunk's end is copied. A
 * header that cannot be one (a type nobody registered, a length beyond the cap) means the length before it was wrong,
 * as in RIS files of 2000: the reader then walks on byte by byte to the next header of a kind it reads, dated within a
 * day of the last good record. What was walked over is one broken record. */
#include "source/mrt.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mrt_private.h"

enum { LOST_STEP = 4096, DAY_S = 86400 };

struct sink {
	mrt_record_fn *fn;
	void *arg;
};

struct mrt_reader *mrt_reader_new(void)
{
	struct mrt_reader *r = xcalloc(1, sizeof(*r));

	r->need = MRT_HEADER;
	return r;
}

void mrt_reader_free(struct mrt_reader *r)
{
	if (!r)
		return;
	free(r->held);
	free(r->peers);
	free(r->withdrawn.list);
	free(r->announced.list);
	free(r->entries);
	free(r->merged);
	free(r);
}

void mrt_reader_keep(struct mrt_reader *r, mrt_keep_fn *keep, void *arg)
{
	r->keep = keep;
	r->keep_arg = arg;
}

void mrt_reader_guess_addpath(struct mrt_reader *r, bool on)
{
	r->guess_addpath = on;
}

static void begin_record(struct mrt_reader *r, const uint8_t *header)
{
	r->number++;
	r->withdrawn.count = r->announced.count = 0;
	r->rec = (struct mrt_record){
		.kind = MRT_SKIPPED,
		.number = r->number,
		.offset = r->offset,
		.time_s = be32(header),
		.type = be16(header + 4),
		.subtype = be16(header + 6),
	};
}

static void give_broken(struct mrt_reader *r, const char *why, const struct sink *to)
{
	r->rec = (struct mrt_record){
		.kind = MRT_BROKEN,
		.number = r->rec.number,
		.offset = r->rec.offset,
		.time_s = r->rec.time_s,
		.type = r->rec.type,
		.subtype = r->rec.subtype,
		.why = why,
	};
	to->fn(&r->rec, to->arg);
}

static void give_record(struct mrt_reader *r, const uint8_t *body, size_t len, const struct sink *to)
{
	const char *why = mrt_read_record(r, body, len);

	if (why) {
		give_broken(r, why, to);
		return;
	}
	r->begun = true;
	r->last_time = r->rec.time_s;
	r->rec.withdrawn = r->withdrawn.list;
	r->rec.withdrawn_count = r->withdrawn.count;
	r->rec.announced = r->announced.list;
	r->rec.announced_count = r->announced.count;
	to->fn(&r->rec, to->arg);
}

static bool is_near(const struct mrt_reader *r, uint32_t t)
{
	return !r->begun || (t < r->last_time ? r->last_time - t : t - r->last_time) <= DAY_S;
}

/* Where a header must stand. One that nobody reads says little for itself: zeros make a type, too. So it must be dated.
 */
static bool is_header(const struct mrt_reader *r, const uint8_t *h)
{
	uint16_t type = be16(h + 4);

	return mrt_type_is_read(type, be16(h + 6)) || (mrt_type_is_known(type) && is_near(r, be32(h)));
}

/* Could these 12 bytes, found by walking, be a header? */
static bool is_plausible(const struct mrt_reader *r, const uint8_t *h)
{
	uint32_t len = be32(h + 8);

	return mrt_type_is_read(be16(h + 4), be16(h + 6)) && len >= 8 && len <= MRT_RECORD_MAX && is_near(r, be32(h));
}

/* Walk to a plausible header; returns the bytes walked over. */
static size_t walk(struct mrt_reader *r, const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (n - i >= MRT_HEADER && !is_plausible(r, p + i))
		i++;
	r->lost = n - i < MRT_HEADER;
	r->offset += i;
	return i;
}

/* Everything complete in p; returns the bytes used and leaves in r->need how many the next step wants. */
static size_t take(struct mrt_reader *r, const uint8_t *p, size_t n, const struct sink *to)
{
	size_t used = 0;

	for (;;) {
		r->need = MRT_HEADER;
		if (r->lost)
			used += walk(r, p + used, n - used);
		if (r->refused || n - used < MRT_HEADER)
			return used;
		const uint8_t *h = p + used;
		uint32_t len = be32(h + 8);
		bool known = is_header(r, h);
		if (!known || len > MRT_RECORD_MAX) {
			begin_record(r, h);
			if (r->number == 1) {
				r->refused = true;
				return used;
			}
			give_broken(r, known ? "longer than 8 MiB" : "no MRT header here", to);
			r->lost = true;
			r->offset++;
			used++;
			continue;
		}
		r->need = MRT_HEADER + len;
		if (n - used < r->need)
			return used;
		begin_record(r, h);
		r->rec.raw = (struct mrt_bytes){h, r->need};
		give_record(r, h + MRT_HEADER, len, to);
		r->offset += r->need;
		used += r->need;
	}
}

static void hold(struct mrt_reader *r, const uint8_t *p, size_t n)
{
	if (r->held_len + n > r->held_cap)
		mem_grow(&r->held, &r->held_cap, r->held_len + n, 1);
	memcpy(r->held + r->held_len, p, n);
	r->held_len += n;
}

int mrt_feed(struct mrt_reader *r, const void *bytes, size_t len, mrt_record_fn *fn, void *arg, struct err *e)
{
	const struct sink to = {fn, arg};
	const uint8_t *p = bytes;

	while (len > 0 && !r->refused) {
		if (r->held_len > 0) {
			size_t want = r->lost ? r->held_len + LOST_STEP : r->need;
			size_t n = want - r->held_len < len ? want - r->held_len : len;
			hold(r, p, n);
			p += n;
			len -= n;
			if (r->held_len < r->need)
				break;
			size_t used = take(r, r->held, r->held_len, &to);
			r->held_len -= used;
			memmove(r->held, r->held + used, r->held_len);
			continue;
		}
		size_t used = take(r, p, len, &to);
		if (used < len && !r->refused)
			hold(r, p + used, len - used);
		break;
	}
	if (r->refused)
		return err_set(e, ERR_PARSE, "not MRT: it begins with type %u, which is not one", r->rec.type);
	return 0;
}

void mrt_end(struct mrt_reader *r, mrt_record_fn *fn, void *arg)
{
	const struct sink to = {fn, arg};
	uint8_t header[MRT_HEADER] = {0};

	if (r->held_len == 0 || r->refused)
		return;
	if (!r->lost) { /* what was walked over has been reported already */
		memcpy(header, r->held, r->held_len < MRT_HEADER ? r->held_len : MRT_HEADER);
		begin_record(r, header);
		give_broken(r, "cut short by the end of the file", &to);
	}
	r->held_len = 0;
}
