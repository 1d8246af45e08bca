/* A case file's lines, by a table of words. Lines of the happening begin with `at TIME`; what takes time (a withdrawal
 * that spreads, a day of flapping) becomes single changes of single peers here, from the file's seed, so that half of
 * the peers have changed at exactly the published moment. */
#include "app_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define WORDS_MAX      40
#define LINE_MAX_BYTES 1024
#define BLIP_SPREAD_MS 6000 /* a swing reaches all peers within so long */

struct reading {
	struct case_data *c;
	const char *file;
	unsigned line;
	const char *words[WORDS_MAX];
	size_t word_count;
	const char *rest; /* of the line, from the word after the first that matched */
	struct wall at;
	uint64_t random;
	struct err *err;
};

static int wrong(struct reading *r, const char *what, const char *word)
{
	return err_set(r->err, ERR_USAGE, "%s:%u: %s '%.60s'", r->file, r->line, what, word);
}

/* xorshift64*: the same numbers on every machine. */
static uint32_t random_next(struct reading *r)
{
	r->random ^= r->random >> 12;
	r->random ^= r->random << 25;
	r->random ^= r->random >> 27;
	return (uint32_t)(r->random * 2685821657736338717u >> 32);
}

static double random_share(struct reading *r)
{
	return (double)random_next(r) / 4294967296.0;
}

/* ---- values ---- */

static int read_span(struct reading *r, const char *word, int64_t *out)
{
	return duration_parse(word, out, NULL) < 0 ? wrong(r, "not a span", word) : 0;
}

static int read_time(struct reading *r, const char *word, struct wall *out)
{
	return wall_parse(word, out, NULL) < 0 ? wrong(r, "not a time", word) : 0;
}

static int read_number(struct reading *r, const char *word, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || v == 0 || v > max)
		return wrong(r, "not a number in range", word);
	*out = (uint32_t)v;
	return 0;
}

static int read_asn(struct reading *r, const char *word, uint32_t *out)
{
	return read_number(r, strncmp(word, "AS", 2) ? word : word + 2, UINT32_MAX, out);
}

static int read_prefix(struct reading *r, const char *word, struct prefix *out)
{
	return prefix_parse(word, strlen(word), out) ? 0 : wrong(r, "not a prefix", word);
}

/* "all" or "1,3". */
static int read_nets(struct reading *r, const char *word, uint16_t *out)
{
	*out = 0;
	if (!strcmp(word, "all")) {
		*out = (uint16_t)((1u << r->c->net_count) - 1);
		return *out ? 0 : wrong(r, "no network is named before", word);
	}
	for (const char *p = word; *p; p++) {
		unsigned n = (unsigned)strtoul(p, (char **)&p, 10);
		if (n == 0 || n > r->c->net_count || (*p && *p != ','))
			return wrong(r, "not networks of this case", word);
		*out |= (uint16_t)(1u << (n - 1));
		if (!*p)
			break;
	}
	return *out ? 0 : wrong(r, "not networks of this case", word);
}

/* The word after `name`, from word `from` on; NULL: not given. */
static const char *named(const struct reading *r, size_t from, const char *name)
{
	for (size_t i = from; i + 1 < r->word_count; i++)
		if (!strcmp(r->words[i], name))
			return r->words[i + 1];
	return NULL;
}

/* ---- what happened ---- */

static int add_change(struct reading *r, int64_t ms, uint16_t nets, unsigned peer, bool up)
{
	struct case_data *c = r->c;
	if (c->change_count == CASE_CHANGES_MAX)
		return wrong(r, "more changes than a case may have", r->words[0]);
	mem_grow(&c->changes, &c->change_cap, c->change_count + 1, sizeof(*c->changes));
	c->changes[c->change_count++] = (struct case_change){ms, nets, (uint8_t)peer, up};
	return 0;
}

/* Every peer changes once, spread over span_ms, in an order of its own; the one that makes or breaks the half does at
 * `ms`. early_ms: the first eighth does so much before, when all that is known is "by then". */
static int spread(struct reading *r, int64_t ms, uint16_t nets, bool up, int64_t span_ms, int64_t early_ms)
{
	unsigned n = r->c->peer_count, half = up ? (n - 1) / 2 : n / 2;
	unsigned order[CASE_PEERS_MAX];
	int64_t offset[CASE_PEERS_MAX];
	for (unsigned i = 0; i < n; i++) {
		double share = (i + random_share(r)) / n; /* quick at first, with a long tail, as withdrawals are */
		offset[i] = (int64_t)((double)span_ms * (0.3 * share + 0.7 * share * share * share));
		order[i] = i;
	}
	for (unsigned i = n - 1; i > 0; i--) {
		unsigned k = random_next(r) % (i + 1), kept = order[i];
		order[i] = order[k];
		order[k] = kept;
	}
	for (unsigned i = 0; i < n; i++) {
		int64_t t = ms + offset[i] - offset[half];
		if (early_ms && i <= n / 8)
			t = ms - early_ms + (int64_t)i * 1000;
		if (add_change(r, t, nets, order[i], up) < 0)
			return ERR_USAGE;
	}
	return 0;
}

static int take_move(struct reading *r, bool up)
{
	struct case_data *c = r->c;
	const char *over = named(r, 4, "over"), *early = named(r, 4, "early");
	int64_t span_ms = 0, early_ms = 0;
	uint16_t nets;
	if (read_nets(r, r->words[3], &nets) < 0 || (over && read_span(r, over, &span_ms) < 0) ||
	    (early && read_span(r, early, &early_ms) < 0))
		return ERR_USAGE;
	if (c->move_count == CASE_MOVES_MAX)
		return wrong(r, "too many moves", r->words[2]);
	mem_grow(&c->moves, &c->move_cap, c->move_count + 1, sizeof(*c->moves));
	c->moves[c->move_count++] = r->at;
	return spread(r, r->at.ms, nets, up, span_ms, early_ms);
}

static int take_down(struct reading *r)
{
	return take_move(r, false);
}

static int take_up(struct reading *r)
{
	return take_move(r, true);
}

/* Some of the networks, never the same, drop and come straight back. */
static int take_flap(struct reading *r)
{
	const char *every = named(r, 4, "every"), *length = named(r, 4, "for"), *until = named(r, 4, "until");
	int64_t every_ms, for_ms;
	struct wall end;
	uint16_t nets;
	if (!every || !length || !until)
		return wrong(r, "a flap needs every, for and until:", r->words[3]);
	if (read_nets(r, r->words[3], &nets) < 0 || read_span(r, every, &every_ms) < 0 ||
	    read_span(r, length, &for_ms) < 0 || read_time(r, until, &end) < 0)
		return ERR_USAGE;
	if (every_ms < 4 * (for_ms + BLIP_SPREAD_MS) / 2)
		return wrong(r, "flaps would overlap:", every);
	for (int64_t t = r->at.ms; t < end.ms;) {
		uint16_t some = (uint16_t)(random_next(r) & nets);
		int64_t gone_ms = (int64_t)((double)for_ms * (0.85 + 0.15 * random_share(r)));
		some = some ? some : nets;
		if (spread(r, t, some, false, BLIP_SPREAD_MS, 0) < 0 ||
		    spread(r, t + gone_ms, some, true, BLIP_SPREAD_MS, 0) < 0)
			return ERR_USAGE;
		t += (int64_t)((double)every_ms * (0.7 + 0.6 * random_share(r)));
	}
	return 0;
}

static int take_mark(struct reading *r)
{
	struct case_data *c = r->c;
	if (c->mark_count == CASE_MARKS_MAX)
		return wrong(r, "too many marks", r->rest);
	c->marks[c->mark_count].t = r->at;
	text_clean_str(c->marks[c->mark_count++].text, sizeof(c->marks->text), r->rest);
	return 0;
}

static int take_sites(struct reading *r)
{
	struct case_data *c = r->c;
	bool up = !strcmp(r->words[3], "up");
	if (!up && strcmp(r->words[3], "down"))
		return wrong(r, "sites go up or down, not", r->words[3]);
	mem_grow(&c->site_moves, &c->site_move_cap, c->site_move_count + 1, sizeof(*c->site_moves));
	c->site_moves[c->site_move_count++] = (struct case_site_move){r->at.ms, up};
	return 0;
}

/* ---- what there was ---- */

static int take_name(struct reading *r)
{
	text_clean_str(r->c->name, sizeof(r->c->name), r->rest);
	return 0;
}

static int take_note(struct reading *r)
{
	text_clean_str(r->c->note, sizeof(r->c->note), r->rest);
	return 0;
}

static int take_about(struct reading *r)
{
	char line[LINE_MAX_BYTES];
	text_clean_str(line, sizeof(line), r->rest);
	strbuf_addf(&r->c->about, "%s\n", line);
	return 0;
}

static int take_territory(struct reading *r)
{
	return territory_parse(r->words[1], &r->c->territory, NULL) < 0 ? wrong(r, "not a territory", r->words[1]) : 0;
}

static int take_from(struct reading *r)
{
	return read_time(r, r->words[1], &r->c->from);
}

static int take_until(struct reading *r)
{
	return read_time(r, r->words[1], &r->c->until);
}

static int take_seed(struct reading *r)
{
	if (read_number(r, r->words[1], UINT32_MAX, &r->c->seed) < 0)
		return ERR_USAGE;
	r->random = 0x9e3779b97f4a7c15u ^ r->c->seed;
	return 0;
}

/* peers 44 of 510000 routes on rrc00 rrc01 */
static int take_peers(struct reading *r)
{
	struct case_data *c = r->c;
	uint32_t n;
	if (read_number(r, r->words[1], CASE_PEERS_MAX, &n) < 0 || read_number(r, r->words[3], 5000000, &c->table) < 0)
		return ERR_USAGE;
	c->peer_count = n;
	for (size_t i = 6; i < r->word_count; i++) {
		if (c->collector_count == CASE_COLLECTORS_MAX || strlen(r->words[i]) >= sizeof(*c->collectors))
			return wrong(r, "not a collector", r->words[i]);
		snprintf(c->collectors[c->collector_count++], sizeof(*c->collectors), "%s", r->words[i]);
	}
	return c->collector_count ? 0 : wrong(r, "no collector in", r->rest);
}

static int take_range(struct reading *r)
{
	return read_prefix(r, r->words[1], &r->c->range);
}

static int take_origin(struct reading *r)
{
	const char *name = strchr(r->rest, ' ');
	text_clean_str(r->c->origin_name, sizeof(r->c->origin_name), name ? name + 1 : "");
	return read_asn(r, r->words[1], &r->c->origin);
}

static int take_upstream(struct reading *r)
{
	const char *name = strchr(r->rest, ' ');
	text_clean_str(r->c->upstream_name, sizeof(r->c->upstream_name), name ? name + 1 : "");
	return read_asn(r, r->words[1], &r->c->upstream);
}

static int take_net(struct reading *r)
{
	struct case_data *c = r->c;
	if (c->net_count == CASE_NETS_MAX - 1)
		return wrong(r, "too many networks at", r->words[1]);
	return read_prefix(r, r->words[1], &c->nets[c->net_count++]);
}

/* site URL abroad */
static int take_site(struct reading *r)
{
	struct case_data *c = r->c;
	if (c->site_count == CASE_SITES_MAX)
		return wrong(r, "too many sites at", r->words[1]);
	struct case_site *s = &c->sites[c->site_count++];
	if (strcmp(r->words[2], "abroad"))
		return wrong(r, "a site of a case is hosted abroad, not", r->words[2]);
	if (strlen(r->words[1]) >= sizeof(s->url))
		return wrong(r, "too long a URL:", r->words[1]);
	snprintf(s->url, sizeof(s->url), "%s", r->words[1]);
	return 0;
}

/* ---- lines ---- */

static const struct line {
	const char *word;
	size_t words_min; /* with the word itself, and `at TIME` before it */
	int (*take)(struct reading *);
} heads[] =
	{
		{"name", 2, take_name},         {"note", 2, take_note},
		{"about", 1, take_about},       {"territory", 2, take_territory},
		{"from", 2, take_from},         {"until", 2, take_until},
		{"seed", 2, take_seed},         {"peers", 7, take_peers},
		{"range", 2, take_range},       {"origin", 3, take_origin},
		{"upstream", 3, take_upstream}, {"net", 2, take_net},
		{"site", 3, take_site},         {NULL, 0, NULL},
},
  happenings[] = {
	  {"down", 4, take_down}, {"up", 4, take_up},       {"flap", 10, take_flap},
	  {"mark", 4, take_mark}, {"sites", 4, take_sites}, {NULL, 0, NULL},
};

static int take_line(struct reading *r)
{
	bool dated = !strcmp(r->words[0], "at");
	const struct line *l = dated ? happenings : heads;
	size_t at = dated ? 2 : 0;
	if (dated && (r->word_count < 3 || read_time(r, r->words[1], &r->at) < 0))
		return r->word_count < 3 ? wrong(r, "nothing happens", r->words[0]) : ERR_USAGE;
	while (l->word && strcmp(l->word, r->words[at]))
		l++;
	if (!l->word)
		return wrong(r, "unknown word", r->words[at]);
	if (r->word_count < l->words_min)
		return wrong(r, "too little after", l->word);
	if (dated && (!r->c->peer_count || !r->random))
		return wrong(r, "peers and seed stand before", r->words[0]);
	for (size_t i = 0; i <= at; i++) { /* the words are copies: find the rest in the line itself */
		r->rest += strspn(r->rest, " \t");
		r->rest += strcspn(r->rest, " \t");
	}
	r->rest += strspn(r->rest, " \t");
	return l->take(r);
}

static void cut_words(struct reading *r, char *copy)
{
	char *p = copy;
	r->word_count = 0;
	while (*(p += strspn(p, " \t")) && r->word_count < WORDS_MAX) {
		r->words[r->word_count++] = p;
		p += strcspn(p, " \t");
		if (*p)
			*p++ = '\0';
	}
}

static int read_lines(struct reading *r, const char *text, size_t len)
{
	for (const char *p = text, *end = text + len; p < end;) {
		char line[LINE_MAX_BYTES], copy[LINE_MAX_BYTES];
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((lf ? lf : end) - p);
		r->line++;
		if (n >= sizeof(line))
			return wrong(r, "a line is too long", "");
		memcpy(line, p, n);
		line[n] = '\0';
		memcpy(copy, line, n + 1);
		p += n + (lf != NULL);
		cut_words(r, copy);
		if (!r->word_count || r->words[0][0] == '#')
			continue;
		r->rest = line;
		if (take_line(r) < 0)
			return ERR_USAGE;
	}
	return 0;
}

/* ---- the whole ---- */

static int by_time(const void *x, const void *y)
{
	const struct case_change *a = x, *b = y;
	if (a->ms != b->ms)
		return a->ms < b->ms ? -1 : 1;
	return a->peer != b->peer ? (int)a->peer - (int)b->peer : (int)a->up - (int)b->up;
}

static int moves_by_time(const void *x, const void *y)
{
	const struct wall *a = x, *b = y;
	return a->ms < b->ms ? -1 : a->ms > b->ms;
}

static int site_moves_by_time(const void *x, const void *y)
{
	const struct case_site_move *a = x, *b = y;
	return a->ms < b->ms ? -1 : a->ms > b->ms;
}

static int marks_by_time(const void *x, const void *y)
{
	const struct tape_mark *a = x, *b = y;
	return a->t.ms < b->t.ms ? -1 : a->t.ms > b->t.ms;
}

static void write_config(struct case_data *c)
{
	strbuf_addf(&c->config, "[sites]\n%s =", c->territory.code);
	for (size_t i = 0; i < c->site_count; i++)
		strbuf_addf(&c->config, " %s", c->sites[i].url);
	strbuf_addc(&c->config, '\n');
}

static int check_whole(struct reading *r)
{
	const struct case_data *c = r->c;
	const struct {
		const char *word;
		bool there;
	} needs[] = {
		{"name", c->name[0]},
		{"note", c->note[0]},
		{"territory", c->territory.code[0]},
		{"from", wall_is_set(c->from)},
		{"until", wall_is_set(c->until)},
		{"peers", c->peer_count},
		{"range", c->range.family},
		{"origin", c->origin},
		{"upstream", c->upstream},
		{"net", c->net_count},
	};
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (!needs[i].there)
			return wrong(r, "the file does not say its", needs[i].word);
	return c->until.ms > c->from.ms ? 0 : wrong(r, "until is not after", "from");
}

int case_parse(struct case_data *c, const char *file, const char *text, size_t len, struct err *e)
{
	struct reading r = {.c = c, .file = file, .err = e};
	*c = (struct case_data){.from = WALL_NONE, .until = WALL_NONE};
	strbuf_init(&c->about, 8192);
	strbuf_init(&c->config, 4096);
	if (read_lines(&r, text, len) < 0 || check_whole(&r) < 0)
		return ERR_USAGE;
	write_config(c);
	qsort(c->changes, c->change_count, sizeof(*c->changes), by_time);
	qsort(c->marks, c->mark_count, sizeof(*c->marks), marks_by_time);
	if (c->move_count)
		qsort(c->moves, c->move_count, sizeof(*c->moves), moves_by_time);
	if (c->site_move_count)
		qsort(c->site_moves, c->site_move_count, sizeof(*c->site_moves), site_moves_by_time);
	return 0;
}

void case_release(struct case_data *c)
{
	strbuf_release(&c->about);
	strbuf_release(&c->config);
	free(c->site_moves);
	free(c->changes);
	free(c->moves);
	*c = (struct case_data){0};
}
