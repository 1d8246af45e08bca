/* Evidence in words: see explain.h. */
#include "explain.h"

#include <math.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/prefix.h"
#include "find.h"

void explain_event(const struct view_context *ctx, uint32_t id, const char *whose, struct strbuf *out)
{
	const struct event *ev = find_event(ctx->model, id);

	if (!ev)
		return;
	strbuf_addf(out, "%s# Event of %s\n", out->len ? "\n" : "", whose);
	event_explain(ev, ctx->now, out);
}

static void explain_visibility(const struct net_view *v, struct strbuf *out)
{
	if (v->vis.presumed)
		strbuf_adds(out, "Seen by at least ten full-feed peers; not yet asked peer by peer.\n");
	else if (v->vis.eligible == 0)
		strbuf_adds(out, "No eligible peer: cannot be judged.\n");
	else
		strbuf_addf(
			out,
			"Visibility %.2f: %u of %u peer ASes of %u collector%s have a route to exactly this prefix.\n",
			v->vis.v, v->vis.have, v->vis.eligible, v->vis.collectors, text_plural(v->vis.collectors));
	if (v->vis.stuck > 0)
		strbuf_addf(out, "%u peer AS%s left out, whose route is stuck since the others lost it.\n",
			    v->vis.stuck, v->vis.stuck == 1 ? " is" : "es are");
	if (!isnan(v->v0))
		strbuf_addf(out, "Usual visibility %.2f (median of 24 h).%s\n", v->v0,
			    v->local ? " Local: shown, never alarms." : "");
	else
		strbuf_adds(out, "Usual visibility: still learning.\n");
}

void explain_network(const struct view_context *ctx, const struct network *n, struct strbuf *out)
{
	char prefix[PREFIX_TEXT_MAX], when[WALL_TEXT_MAX], label[96] = "operator unknown";
	const struct operator *o = find_operator(ctx->territory, n);
	const struct net_view *v = &n->v;

	if (o)
		operator_label(o, label, sizeof(label));
	strbuf_addf(out, "# %s is %s\n%s\n", prefix_format(prefix, &v->prefix), net_state_name(v->state), label);
	if (wall_is_set(v->since))
		strbuf_addf(out, "In this state since %s. ", wall_format(when, v->since));
	strbuf_addf(out, "Phase: %s.\n", v->phase ? v->phase : "not judged");
	explain_visibility(v, out);
	if (wall_is_set(v->t50))
		strbuf_addf(out, "Fell below half visibility at %s", wall_format(when, v->t50));
	if (wall_is_set(v->t50) && wall_is_set(v->t90))
		strbuf_addf(out, ", last nearly whole at %s", wall_format(when, v->t90));
	strbuf_adds(out, wall_is_set(v->t50) ? ".\n" : "");
	strbuf_addf(out, "Short losses that recovered: %u; times down: %u; flapping penalty %.0f (from 3000).\n",
		    v->blips, v->downs, isnan(v->penalty) ? 0 : v->penalty);
	for (size_t i = 0; i < ARRAY_LEN(n->upstreams) && n->upstreams[i]; i++)
		strbuf_addf(out, "%sAS%u %.0f%%", i == 0 ? "Reached through " : ", ", (unsigned)n->upstreams[i],
			    100 * (double)n->upstream_share[i]);
	strbuf_adds(out, n->upstreams[0] ? ".\n" : "");
	if (n->paths.votes && n->paths.single)
		strbuf_addf(out, "single: AS%u. The paths of %u peer ASes show no way around it.\n",
			    (unsigned)n->paths.single, n->paths.votes);
	else if (n->paths.votes)
		strbuf_addf(out, "No single AS stands on all paths of %u peer ASes.\n", n->paths.votes);
	if (o && o->single_asn && o->count > 1)
		strbuf_addf(out, "All networks of this operator hang on AS%u.\n", (unsigned)o->single_asn);
	if (v->state == NET_DOWN && !v->lost)
		strbuf_adds(out, "Not counted as lost: another announced prefix covers it.\n");
	explain_event(ctx, v->event_id, prefix, out);
}

static const char *says_word(const struct voice *v)
{
	static const char *const words[] = {
		[VOICE_NO_DATA] = "no vote", [VOICE_NORMAL] = "normal",   [VOICE_WARNING] = "warning",
		[VOICE_CRITICAL] = "critical", [VOICE_SURGE] = "surge",
	};

	return words[v->says];
}

static void add_interval(struct strbuf *out, const char *what, struct wall low, struct wall high)
{
	char a[WALL_TEXT_MAX], b[WALL_TEXT_MAX];

	if (!wall_is_set(high) && !wall_is_set(low))
		return;
	if (!wall_is_set(low) || !wall_is_set(high) || low.ms == high.ms)
		strbuf_addf(out, "%s %s.\n", what, wall_format(a, wall_is_set(high) ? high : low));
	else
		strbuf_addf(out, "%s between %s and %s.\n", what, wall_format(a, low), wall_format(b, high));
}

void explain_voice(const struct view_context *ctx, const struct voice *v, struct strbuf *out)
{
	char when[WALL_TEXT_MAX], age[DURATION_TEXT_MAX];

	strbuf_addf(out, "\n# Its voice: %s%s%s%s\n", says_word(v), v->why[0] ? " (" : "", v->why, v->why[0] ? ")" : "");
	if (v->value_words[0])
		strbuf_addf(out, "%s.\n", v->value_words);
	if (v->rule_words[0])
		strbuf_addf(out, "Rule: %s.\n", v->rule_words);
	add_interval(out, "Alarm began", v->start_low, v->start);
	add_interval(out, "Last alarm ended", v->end, v->end_high);
	if (wall_is_set(v->time))
		strbuf_addf(out, "Newest sample that counted ends %s, %s ago.\n", wall_format(when, v->time),
			    age_format(age, ctx->now.ms - v->time.ms));
	if (v->weak)
		strbuf_adds(out, "A weak witness: half the points.\n");
	if (v->url[0])
		strbuf_addf(out, "%s\n", v->url);
}

void explain_voices(const struct view_context *ctx, struct strbuf *out)
{
	const struct territory *t = ctx->territory;
	const struct fusion_view *f = &t->fusion;

	if (t->voice_count == 0)
		return;
	strbuf_adds(out, "\n# Beside routing\n");
	for (size_t i = 0; i < t->voice_count; i++) {
		const struct voice *v = &t->voices[i];
		const char *words = v->says == VOICE_NO_DATA && v->why[0] ? v->why : v->value_words;
		strbuf_addf(out, "  %c  %s: %s%s%s\n", v->class_bit ? class_letter(v->class_bit) : '-', v->title,
			    says_word(v), words[0] ? ", " : "", words);
	}
	if (!isnan(t->users_up_pct))
		strbuf_addf(out, "  %.0f%% of users have an operator with at least half its space up (shown, never alarms).\n",
			    t->users_up_pct);
	if (f->classes)
		strbuf_addf(out, "Points %.0f; against: %s; confidence %s.\n", f->points,
			    f->against_words[0] ? f->against_words : "none", confidence_name(f->confidence));
	if (f->missing_words[0])
		strbuf_addf(out, "%s\n", f->missing_words);
}

void explain_territory(const struct view_context *ctx, struct strbuf *out)
{
	const struct territory *t = ctx->territory;
	const struct verdict *v = &t->verdict;

	strbuf_addf(out, "# %s: %s\n%s\n", t->name[0] ? t->name : t->spec.code, verdict_name(v->kind), v->text);
	for (size_t i = 0; i < v->reason_count; i++)
		strbuf_addf(out, "  %s\n", v->reasons[i].text);
	explain_voices(ctx, out);
	explain_event(ctx, v->event_id, t->spec.code, out);
}
