/* `landline status --json`: product.md's schema 1, one object. Keys, order and forms are the contract; fields are added
 * at the end of an object and never changed. What is not known is null. */
#include "status_private.h"

#include <math.h>
#include <string.h>

#include "core/what_if.h"

static void json_time(struct strbuf *out, struct wall t)
{
	char text[WALL_TEXT_MAX];

	strbuf_add_json(out, wall_is_set(t) ? wall_format(text, t) : NULL);
}

/* "" is not an answer: null. */
static void json_word(struct strbuf *out, const char *s)
{
	strbuf_add_json(out, s[0] ? s : NULL);
}

static void json_tenths(struct strbuf *out, double x)
{
	if (isfinite(x))
		strbuf_addf(out, "%.1f", x);
	else
		strbuf_adds(out, "null");
}

static void json_value(struct strbuf *out, double x)
{
	if (isfinite(x))
		strbuf_addf(out, "%.10g", x);
	else
		strbuf_adds(out, "null");
}

static void json_tally(struct strbuf *out, const struct tally *t)
{
	strbuf_addf(out,
		    "{\"total\":%u,\"up\":%u,\"degraded\":%u,\"flapping\":%u,\"down\":%u,\"unknown\":%u,\"stale\":%u}",
		    t->total, t->up, t->degraded, t->flapping, t->down, t->unknown, t->stale);
}

static void json_providers(struct strbuf *out, const struct territory *t)
{
	strbuf_adds(out, ",\"providers\":[");
	for (size_t i = 0; i < t->provider_count; i++) {
		const struct provider *p = &t->providers[i];
		strbuf_addf(out, "%s{\"asn\":%u,\"name\":", i ? "," : "", p->asn);
		json_word(out, p->name);
		strbuf_adds(out, ",\"share_pct\":");
		json_tenths(out, p->share_pct);
		strbuf_adds(out, ",\"vote_pct\":");
		json_tenths(out, p->by_paths ? p->vote_pct : NAN);
		strbuf_addf(out, ",\"by_paths\":%s}", p->by_paths ? "true" : "false");
	}
	strbuf_adds(out, "],\"single_provider\":");
	if (t->single_provider)
		strbuf_addf(out, "%u", t->single_provider);
	else
		strbuf_adds(out, "null");
}

/* Open, counted (a suspicion is not, seen or not), and not folded under another one. */
static bool is_listed(const struct event *ev, const struct territory *t, const struct event_book *b)
{
	return event_state_is_open(ev->state) && strcmp(ev->territory, t->spec.code) == 0 && !event_folded_under(b, ev) &&
	       !(ev->state == EVENT_UNVERIFIED && ev->before_unverified == EVENT_SUSPECTED);
}

static void json_open_events(struct strbuf *out, const struct territory *t, const struct model *m)
{
	bool begun = false;

	strbuf_adds(out, ",\"open_events\":[");
	for (size_t i = 0; i < m->book.count; i++) {
		const struct event *ev = m->book.events[i];
		if (!is_listed(ev, t, &m->book))
			continue;
		if (begun)
			strbuf_addc(out, ',');
		begun = true;
		if (ev->seq)
			strbuf_addf(out, "%llu", (unsigned long long)ev->seq);
		else
			strbuf_adds(out, "null"); /* open, and nowhere to save it */
	}
	strbuf_addc(out, ']');
}

static void json_class(struct strbuf *out, unsigned bit)
{
	if (bit)
		strbuf_addf(out, "\"%c\"", class_letter(bit));
	else
		strbuf_adds(out, "null");
}

/* What its detector says; null: it has no vote now. */
static const char *says_word(enum voice_says s)
{
	static const char *const words[] = {
		[VOICE_NO_DATA] = "", [VOICE_NORMAL] = "normal", [VOICE_WARNING] = "warning",
		[VOICE_CRITICAL] = "critical", [VOICE_SURGE] = "surge",
	};

	return words[s];
}

static void json_signals(struct strbuf *out, const struct territory *t)
{
	strbuf_adds(out, ",\"signals\":[");
	for (size_t i = 0; i < t->signal_count; i++) {
		const struct signal *s = &t->signals[i];
		strbuf_adds(out, i ? ",{\"source\":" : "{\"source\":");
		json_word(out, s->source);
		strbuf_adds(out, ",\"name\":");
		json_word(out, s->name);
		strbuf_adds(out, ",\"class\":");
		json_class(out, s->class_bit);
		strbuf_adds(out, ",\"value\":");
		json_value(out, s->value);
		strbuf_adds(out, ",\"baseline\":");
		json_value(out, s->baseline);
		strbuf_adds(out, ",\"unit\":");
		json_word(out, s->unit);
		strbuf_adds(out, ",\"time\":");
		json_time(out, s->time);
		strbuf_addf(out, ",\"state\":\"%s\",\"says\":", feed_state_name(s->state));
		json_word(out, says_word(s->says));
		strbuf_adds(out, ",\"line\":");
		json_value(out, s->line);
		strbuf_adds(out, ",\"alarm_since\":");
		json_time(out, s->alarm);
		strbuf_addc(out, '}');
	}
	strbuf_addc(out, ']');
}

/* Beyond product.md's example: how sure, and the lines that stand under the verdict on screen. */
static void json_reasons(struct strbuf *out, const struct verdict *v)
{
	strbuf_adds(out, ",\"confidence\":");
	strbuf_add_json(out, v->event_id ? confidence_name(v->confidence) : NULL);
	strbuf_adds(out, ",\"missing\":[");
	for (unsigned i = 0, n = 0; i < CLASS_COUNT; i++)
		if (v->missing & (1U << i))
			strbuf_addf(out, "%s\"%c\"", n++ ? "," : "", class_letter(1U << i));
	strbuf_adds(out, "],\"reasons\":[");
	for (size_t i = 0; i < v->reason_count; i++) {
		if (i)
			strbuf_addc(out, ',');
		strbuf_add_json(out, v->reasons[i].text);
	}
	strbuf_addc(out, ']');
}

/* What is not known of dependence is null; known < networks makes F a lower bound. */
static void json_dependence(struct strbuf *out, const struct territory *t)
{
	strbuf_adds(out, ",\"dependence\":{");
	for (int f = 0; f < 2; f++) {
		const struct dependence *d = &t->dependence[f];
		strbuf_addf(out, "%s\"v%d\":{\"networks\":%zu,\"known\":%zu,\"frontier\":", f ? "," : "", f ? 6 : 4,
			    d->networks, d->known);
		if (d->frontier)
			strbuf_addf(out, "%u", d->frontier);
		else
			strbuf_adds(out, "null");
		strbuf_adds(out, ",\"severity\":");
		json_word(out, depend_severity(d->frontier));
		strbuf_adds(out, ",\"largest_pct\":");
		json_tenths(out, d->known ? 100 * d->largest : NAN);
		strbuf_adds(out, ",\"hhi\":");
		json_value(out, d->known ? round(1e4 * d->hhi) / 1e4 : NAN);
		strbuf_adds(out, ",\"effective_providers\":");
		json_value(out, d->known ? round(100 * d->effective) / 100 : NAN);
		strbuf_addc(out, '}');
	}
	strbuf_addc(out, '}');
}

static void json_what_if(struct strbuf *out, const struct territory *t, uint32_t asn)
{
	char text[WHAT_IF_TEXT_MAX], prefix[PREFIX_TEXT_MAX];
	struct what_if w;
	bool begun = false;

	what_if(t, asn, &w);
	strbuf_addf(out, ",\"what_if\":{\"asn\":%u,\"networks\":%zu,\"dark\":%zu,\"unknown\":%zu,\"share_v4_pct\":", asn,
		    w.networks, w.dark, w.unknown);
	json_tenths(out, w.share_pct[0]);
	strbuf_adds(out, ",\"share_v6_pct\":");
	json_tenths(out, w.share_pct[1]);
	strbuf_adds(out, ",\"text\":");
	json_word(out, what_if_text(&w, text));
	strbuf_adds(out, ",\"prefixes\":[");
	for (size_t i = 0; i < t->network_count; i++) {
		if (what_if_network(&t->networks[i], asn) != WHAT_IF_DARK)
			continue;
		strbuf_addf(out, "%s\"%s\"", begun ? "," : "", prefix_format(prefix, &t->networks[i].v.prefix));
		begun = true;
	}
	strbuf_adds(out, "]}");
}

static void json_territory(struct strbuf *out, const struct territory *t, const struct model *m)
{
	const struct verdict *v = &t->verdict;

	strbuf_adds(out, "{\"territory\":");
	strbuf_add_json(out, t->spec.code);
	strbuf_adds(out, ",\"name\":");
	json_word(out, t->name);
	strbuf_addf(out, ",\"verdict\":\"%s\",\"text\":", verdict_name(v->kind));
	json_word(out, v->text);
	strbuf_adds(out, ",\"since\":");
	json_time(out, v->since);
	strbuf_adds(out, ",\"loss_pct\":");
	json_tenths(out, v->loss_pct);
	strbuf_adds(out, ",\"networks\":{\"v4\":");
	json_tally(out, &t->routing.v4);
	strbuf_adds(out, ",\"v6\":");
	json_tally(out, &t->routing.v6);
	strbuf_addc(out, '}');
	json_providers(out, t);
	json_open_events(out, t, m);
	json_signals(out, t);
	json_reasons(out, v);
	strbuf_adds(out, ",\"users_up_pct\":");
	json_tenths(out, t->users_up_pct);
	json_dependence(out, t);
	if (m->what_if_asn)
		json_what_if(out, t, m->what_if_asn);
	strbuf_addc(out, '}');
}

static void json_source(struct strbuf *out, const struct source_state *s)
{
	strbuf_adds(out, "{\"name\":");
	json_word(out, s->name);
	strbuf_addf(out, ",\"state\":\"%s\",\"lag_s\":", feed_state_name(s->state));
	json_tenths(out, s->lag_s);
	strbuf_adds(out, ",\"last_success\":");
	json_time(out, s->last_success);
	strbuf_adds(out, ",\"error\":");
	json_word(out, s->error);
	strbuf_adds(out, ",\"next\":");
	json_time(out, s->next);
	strbuf_adds(out, ",\"attribution\":");
	json_word(out, s->attribution);
	strbuf_addc(out, '}');
}

/* Of the newest change of each beacon that was due. */
static void json_self_test(struct strbuf *out, const struct self_test *t)
{
	char prefix[PREFIX_TEXT_MAX];
	bool known = t->state != FEED_NONE;

	strbuf_addf(out, "{\"prefix\":\"%s\",\"change\":", prefix_format(prefix, &t->prefix));
	strbuf_add_json(out, !wall_is_set(t->due) ? NULL : t->withdrawal ? "withdrawal" : "announcement");
	strbuf_adds(out, ",\"due\":");
	json_time(out, t->due);
	strbuf_addf(out, ",\"state\":\"%s\",\"peers\":", feed_state_name(t->state));
	if (known)
		strbuf_addf(out, "%u,\"followed\":%u,\"stuck\":%u", t->peers, t->followed, t->stuck);
	else
		strbuf_adds(out, "null,\"followed\":null,\"stuck\":null");
	strbuf_adds(out, ",\"median_s\":");
	json_tenths(out, t->median_s);
	strbuf_adds(out, ",\"p90_s\":");
	json_tenths(out, t->p90_s);
	strbuf_adds(out, ",\"text\":");
	json_word(out, t->text);
	strbuf_addc(out, '}');
}

void status_json(const struct model *m, struct strbuf *out)
{
	strbuf_adds(out, "{\"schema\":1,\"time\":");
	json_time(out, m->now);
	strbuf_addf(out, ",\"replay\":%s,\"own_line\":\"%s\",\"territories\":[", m->replay ? "true" : "false",
		    own_line_name(m->own_line));
	for (size_t i = 0; i < m->territory_count; i++) {
		if (i)
			strbuf_addc(out, ',');
		json_territory(out, m->territories[i], m);
	}
	strbuf_adds(out, "],\"sources\":[");
	for (size_t i = 0; i < m->source_count; i++) {
		if (i)
			strbuf_addc(out, ',');
		json_source(out, &m->sources[i]);
	}
	strbuf_adds(out, "],\"clock\":");
	json_word(out, m->clock_note);
	strbuf_adds(out, ",\"store_error\":");
	json_word(out, m->store_error);
	strbuf_adds(out, ",\"hold\":");
	json_word(out, m->hold);
	strbuf_adds(out, ",\"self_tests\":[");
	for (size_t i = 0; i < m->self_test_count; i++) {
		if (i)
			strbuf_addc(out, ',');
		json_self_test(out, &m->self_tests[i]);
	}
	strbuf_addc(out, ']');
	strbuf_adds(out, "}\n");
}
