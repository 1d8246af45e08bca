/* landline replay --at by RIPEstat's BGPlay: which networks there were then, the requests about them, the tape.
 *
 * What a country's ASes announced is asked AS by AS, so that this way is one for countries of a few ASes and networks; the
 * answers go to the replayed app too, which knows from them what to expect, as the live one does. */
#include "cmd_past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play_fetch.h"

#include "base/mem.h"
#include "io/clock.h"
#include "source/source.h"

#define SNAPSHOT_MS (8 * 3600000LL)  /* of RIS, which announced-prefixes goes by */
#define GONE_MS     (7 * 86400000LL) /* gone for longer: the new normal (detection.md 5.1) */
#define HISTORY_MS  (14 * 86400000LL)
#define REPLY_MAX   ((size_t)4 << 20)

struct found {
	struct prefix *nets;
	size_t count, cap;
	uint32_t ases[PAST_ASES_MAX];
	size_t as_count;
};

/* ---- answers ---- */

static const struct source_call *call_of(const char *name)
{
	const struct source_call *c = source_table[source_find("ripestat")]->calls;
	while (c->name && strcmp(c->name, name))
		c++;
	if (!c->name)
		BUG("RIPEstat has no %s", name);
	return c;
}

static int read_reply(const char *call, const char *subject, const char *body, struct batch *out, struct err *e)
{
	static struct query q;
	q = (struct query){.call = call_of(call), .now = clock_now().wall, .since = WALL_NONE};
	snprintf(q.subject, sizeof(q.subject), "%s", subject);
	batch_init(out, (size_t)16 << 20);
	return q.call->parse(body, strlen(body), &q, out, e);
}

static void add_reply(struct past *j, const char *call, const char *subject, const char *body)
{
	if (j->reply_count == PAST_REPLIES_MAX)
		return;
	struct play_reply *r = &j->replies[j->reply_count++];
	*r = (struct play_reply){.call = call_of(call)->name, .body = xstrdup(body)};
	snprintf(r->subject, sizeof(r->subject), "%s", subject);
}

/* Who the peers were and how large their tables: worth more than it costs, and not needed. */
static void ask_peers(struct past *j, struct wall then)
{
	char url[400], path[80], day[WALL_TEXT_MAX];
	struct err unseen = {0};
	struct strbuf body;
	struct batch b = {0};
	const struct config_source *s = config_source_find(&j->cli->config, "ripestat");
	strbuf_init(&body, REPLY_MAX);
	wall_format(day, then);
	snprintf(url, sizeof(url), "%s/data/ris-peers/data.json?query_time=%.16s&sourceapp=landline", s->url, day);
	snprintf(path, sizeof(path), "bgplay/ris-peers.%.13s.json", day);
	if (play_fetch_small(&j->fetch, url, path, &body, &unseen) == 0 &&
	    read_reply("ris-peers", "", body.text, &b, &unseen) == 0)
		add_reply(j, "ris-peers", "", body.text);
	batch_release(&b);
	strbuf_release(&body);
}

/* ---- networks ---- */

static void add_net(struct found *f, const struct prefix *p)
{
	mem_grow(&f->nets, &f->cap, f->count + 1, sizeof(*f->nets));
	f->nets[f->count++] = *p;
}

static int add_as(struct found *f, uint32_t asn, struct err *e)
{
	for (size_t i = 0; i < f->as_count; i++)
		if (f->ases[i] == asn)
			return 0;
	if (f->as_count == PAST_ASES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d ASes", PAST_ASES_MAX);
	f->ases[f->as_count++] = asn;
	return 0;
}

static int add_country(struct past *j, size_t i, struct found *f, struct err *e)
{
	const char *code = j->specs[i].code;
	struct batch b;
	int rc = read_reply("country-resource-list", code, j->resources[i], &b, e);
	for (size_t k = 0; k < b.count && rc == 0; k++)
		if (b.facts[k].kind == FACT_AS)
			rc = add_as(f, b.facts[k].asn, e);
	batch_release(&b);
	if (rc == 0)
		add_reply(j, "country-resource-list", code, j->resources[i]);
	return rc;
}

static int ask_announced(struct past *j, uint32_t asn, struct wall then, struct found *f, struct err *e)
{
	char url[512], path[80], subject[16], since[WALL_TEXT_MAX], day[WALL_TEXT_MAX];
	const struct config_source *s = config_source_find(&j->cli->config, "ripestat");
	struct strbuf body;
	struct batch b = {0};
	strbuf_init(&body, REPLY_MAX);
	snprintf(subject, sizeof(subject), "AS%u", asn);
	wall_format(since, (struct wall){then.ms - HISTORY_MS});
	wall_format(day, then);
	snprintf(url, sizeof(url),
		 "%s/data/announced-prefixes/data.json?resource=%s&starttime=%.16s&endtime=%.16s&data_overload_limit="
		 "ignore&sourceapp=landline",
		 s->url, subject, since, day);
	snprintf(path, sizeof(path), "bgplay/announced.%s.%.13s.json", subject, day);
	int rc = play_fetch_small(&j->fetch, url, path, &body, e);
	if (rc == 0)
		rc = read_reply("announced-prefixes", subject, body.text, &b, e);
	for (size_t i = 0; i < b.count && rc == 0; i++)
		if (b.facts[i].kind == FACT_NET && b.facts[i].until.ms >= then.ms - GONE_MS)
			add_net(f, &b.facts[i].prefix);
	if (rc == 0)
		add_reply(j, "announced-prefixes", subject, body.text);
	batch_release(&b);
	strbuf_release(&body);
	return rc;
}

/* What was announced inside a prefix is not asked: that is for the archives, unless it is wanted by hand. */
static int add_prefix(const struct past *j, const struct territory_spec *s, struct found *f, struct err *e)
{
	bool least = s->prefix.len >= (s->prefix.family == 4 ? 24 : 48);
	if (!least && j->way == PAST_AUTO)
		return err_set(e, ERR_USAGE, "what is announced inside of %s is not asked", s->code);
	add_net(f, &s->prefix);
	return 0;
}

static int find_nets(struct past *j, struct wall then, struct found *f, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; i < j->spec_count && rc == 0; i++)
		switch (j->specs[i].kind) {
		case TERRITORY_PREFIX: rc = add_prefix(j, &j->specs[i], f, e); break;
		case TERRITORY_AS: rc = add_as(f, j->specs[i].asn, e); break;
		case TERRITORY_COUNTRY: rc = add_country(j, i, f, e); break;
		case TERRITORY_FILE:
		case TERRITORY_WORLD: break;
		}
	for (size_t i = 0; i < f->as_count && rc == 0; i++)
		rc = ask_announced(j, f->ases[i], then, f, e);
	return rc;
}

int past_play_plan(struct past *j, struct err *e)
{
	struct wall then = {j->at.ms - PLAY_LEAD_MS - (j->at.ms - PLAY_LEAD_MS) % SNAPSHOT_MS};
	struct found f = {0};
	int rc = past_resources(j, e);
	if (rc < 0)
		return rc;
	j->replies = xcalloc(PAST_REPLIES_MAX, sizeof(*j->replies));
	j->play = xcalloc(1, sizeof(*j->play));
	if (!j->cli->dry_run)
		ask_peers(j, then);
	rc = find_nets(j, then, &f, e);
	if (rc == 0)
		rc = play_plan(j->play, j->at, j->until, f.nets, f.count, clock_now().wall, e);
	free(f.nets);
	if (rc < 0)
		past_play_release(j);
	else
		play_fetch_look(&j->fetch, j->play);
	return rc;
}

int past_play_open(struct past *j, struct tape **tape, struct err *e)
{
	const struct config_source *s = config_source_find(&j->cli->config, "ripestat");
	int rc = play_fetch_all(&j->fetch, j->play, s->url, e);
	if (rc < 0)
		return rc;
	struct play_tape_options o = {
		.plan = j->play,
		.cache_dir = j->fetch.cache_dir,
		.specs = j->specs,
		.spec_count = j->spec_count,
		.replies = j->replies,
		.reply_count = j->reply_count,
	};
	j->play = NULL;
	j->replies = NULL;
	j->reply_count = 0;
	return play_tape_open(tape, &o, e);
}

void past_play_release(struct past *j)
{
	for (size_t i = 0; i < j->reply_count; i++)
		free(j->replies[i].body);
	free(j->replies);
	j->replies = NULL;
	j->reply_count = 0;
	if (j->play)
		play_plan_release(j->play);
	free(j->play);
	j->play = NULL;
}
