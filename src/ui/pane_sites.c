/* The sites pane: named hosts checked directly, each with where it is hosted.
 *
 * In 2014 two news sites that came back were taken for the country coming back, though they were hosted abroad. So each
 * line says where its host is, and a site abroad says that it never votes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/key.h"
#include "core/prefix.h"
#include "draw.h"
#include "pane.h"

enum { HOST_MAX = 28, WORDS_MAX = 30, PREFIX_COLS = 19 };

/* While our own line is down, a silent host says something of us, not of itself. */
static struct look_of look_of_site(const struct model *m, const struct site *s)
{
	if (s->measured && m->own_line == LINE_BLIND)
		return draw_look_net(NET_STALE);
	return draw_look_net(!s->measured ? NET_UNKNOWN : s->reachable ? NET_UP : NET_DOWN);
}

static bool is_abroad(const struct territory *t, const struct site *s)
{
	return t->spec.kind == TERRITORY_COUNTRY && s->country[0] && strcmp(s->country, t->spec.code) != 0;
}

static const char *words_of(const struct site *s)
{
	return !s->measured && !s->told ? "not checked yet" : s->words[0] ? s->words : s->reachable ? "reachable" : "not reachable";
}

/* Where it is hosted and whether it counts; in few columns without the AS. */
static void place_of(const struct territory *t, const struct site *s, bool brief, char *dst, size_t cap)
{
	char as[16] = "";

	if (s->asn && !brief)
		snprintf(as, sizeof(as), "AS%u ", (unsigned)s->asn);
	if (is_abroad(t, s) && !strcmp(s->country, SITE_ABROAD))
		snprintf(dst, cap, "%s%sabroad: never votes", as, brief ? "" : "hosted ");
	else if (is_abroad(t, s))
		snprintf(dst, cap, "%s%sabroad (%s): never votes", as, brief ? "" : "hosted ", s->country);
	else if (!s->country[0])
		snprintf(dst, cap, "%snot located: never votes", as);
	else
		snprintf(dst, cap, "%s%s, %s", as, s->country, s->votes ? "votes" : "does not vote yet");
}

static void draw_site(const struct view_context *ctx, const struct site *s, struct rect line, struct canvas *c)
{
	struct pen p = pen_at(c, ctx->charset, line.y, line.x + 1, line.cols - 1);
	char text[96];
	int host = line.cols >= 100 ? HOST_MAX : line.cols >= 66 ? 20 : 16;
	int words = line.cols >= 100 ? WORDS_MAX : line.cols >= 62 ? 19 : line.cols - host - 3;

	pen_field(&p, ROLE_TEXT, host, s->host[0] ? s->host : s->url);
	pen_gap(&p, 1);
	pen_state(&p, look_of_site(ctx->model, s), words, words_of(s));
	if (pen_left(&p) < 16)
		return;
	pen_gap(&p, 1);
	if (pen_left(&p) >= PREFIX_COLS + 40) {
		char prefix[PREFIX_TEXT_MAX];
		pen_field(&p, ROLE_DIM, PREFIX_COLS, s->prefix.family ? prefix_format(prefix, &s->prefix) : "");
		pen_gap(&p, 1);
	}
	place_of(ctx->territory, s, pen_left(&p) < 38, text, sizeof(text));
	pen_text(&p, is_abroad(ctx->territory, s) ? ROLE_STRONG : ROLE_DIM, text);
}

static void sites_draw(const struct pane_state *s, const struct view_context *ctx, struct rect r, bool focused,
		       struct canvas *c)
{
	const struct territory *t = ctx->territory;
	struct rect body = pane_body(r);
	size_t page = (size_t)body.rows, top = list_top(&s->list, t->site_count, page), up = 0, abroad = 0, told = 0, known = 0;
	char title[80];

	for (size_t i = 0; i < t->site_count; i++) {
		up += t->sites[i].measured && t->sites[i].reachable;
		told += t->sites[i].told;
		known += t->sites[i].told && t->sites[i].measured;
		abroad += is_abroad(t, &t->sites[i]);
	}
	if (ctx->model->own_line == LINE_BLIND)
		snprintf(title, sizeof(title), "Sites: not judged, this host is offline");
	else if (told && !known)
		snprintf(title, sizeof(title), "Sites: %zu, whether they answer is not known", t->site_count);
	else if (told)
		snprintf(title, sizeof(title), "Sites reported to answer: %zu of %zu, %zu hosted abroad", up, t->site_count, abroad);
	else
		snprintf(title, sizeof(title), "Sites answering: %zu of %zu, %zu hosted abroad", up, t->site_count, abroad);
	draw_title(c, ctx->charset, r, title, focused);
	for (size_t i = 0; i < page && top + i < t->site_count; i++) {
		struct rect line = {.y = body.y + (int)i, .x = r.x, .rows = 1, .cols = r.cols};
		draw_site(ctx, &t->sites[top + i], line, c);
		draw_match(c, line, ctx->filter);
		if (focused && top + i == list_at(&s->list, t->site_count))
			pane_select(c, ctx, line);
	}
	pane_more(c, ctx, r, top, page, t->site_count);
}

static int sites_want(const struct view_context *ctx, int cols, int rows)
{
	(void)cols, (void)rows;
	return ctx->territory->site_count > 0 ? 1 + (int)ctx->territory->site_count : 0;
}

static bool sites_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a, struct key k)
{
	return pane_list_act(s, ctx->territory->site_count, r, a, k);
}

static void sites_why(const struct pane_state *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct territory *t = ctx->territory;
	char text[PREFIX_TEXT_MAX], when[WALL_TEXT_MAX], since[WALL_TEXT_MAX], place[96];

	if (t->site_count == 0)
		return;
	const struct site *s = &t->sites[list_at(&state->list, t->site_count)];
	strbuf_addf(out, "# %s\n%s\n", s->url, words_of(s));
	if (s->told)
		strbuf_addf(out, "%s%s.\nIt was not checked by landline.\n",
			    s->measured ? "As others reported it at " : "Nobody has reported whether it answered",
			    s->measured ? wall_format(since, s->since) : "");
	else if (s->measured && wall_is_set(s->checked))
		strbuf_addf(out, "Checked %s; so since %s. %u of %u checks answered.\n", wall_format(when, s->checked),
			    wall_is_set(s->since) ? wall_format(since, s->since) : "the first look", s->good, s->tries);
	if (s->addr.family)
		strbuf_addf(out, "Address %s", addr_format(text, &s->addr));
	if (s->addr.family && s->prefix.family)
		strbuf_addf(out, " in %s", prefix_format(text, &s->prefix));
	strbuf_adds(out, s->addr.family ? ".\n" : "");
	if (s->asn)
		strbuf_addf(out, "Origin AS%u %s.\n", (unsigned)s->asn, s->asn_name);
	place_of(t, s, false, place, sizeof(place));
	if (!strcmp(s->country, SITE_ABROAD))
		strbuf_adds(out, "In which country and network it is hosted is not known.\n");
	strbuf_addf(out, "%s.\nA site votes when it is hosted inside the territory and answered for 24 h.\n", place);
}

static void sites_copy(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct territory *t = ctx->territory;

	if (t->site_count > 0)
		strbuf_adds(out, t->sites[list_at(&s->list, t->site_count)].url);
}

const struct pane_ops pane_sites = {
	.name = "sites",
	.want = sites_want,
	.draw = sites_draw,
	.act = sites_act,
	.why = sites_why,
	.copy = sites_copy,
};
