/* landline export and landline verify: an event with all that it takes to derive it again, and whether it still holds.
 *
 * The inputs come from the black box that every engine which keeps also keeps (blackbox.h), or from the tape that --inputs
 * names. They are put into the bundle only when playing them gives the very event that is exported; otherwise the bundle says
 * why it has none. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_thresholds.h"
#include "blackbox.h"
#include "bundle.h"
#include "cli.h"
#include "derive.h"
#include "engine.h"
#include "tape_file.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/store.h"

#define AROUND_MS  3600000 /* shown before and after an event whose inputs are not there */
#define SETTLED_MS 60000 /* after an event's last change: so far its inputs are played */

struct export {
	const struct cli *cli;
	const char *dir;
	uint64_t seq;
	char slice[1100];        /* the inputs, on their way into the bundle; "" when there are none */
	char why_none[200];
	struct claim claim;      /* of the event as it is known here */
	struct wall derived_at;
	struct wall until;       /* of the tape: no further; WALL_NONE: to its end */
};

static struct wall when_settled(const struct event *ev, struct wall at)
{
	bool closed = ev->state == EVENT_RESOLVED || ev->state == EVENT_DISMISSED;
	struct wall settled = {ev->changed.ms + SETTLED_MS};
	return closed && wall_is_set(ev->changed) && settled.ms < at.ms ? settled : at;
}

/* ---- the slice of input ---- */

static void drop_slice(struct export *x)
{
	if (x->slice[0])
		unlink(x->slice);
	x->slice[0] = '\0';
}

static int cut_slice(struct export *x, struct tape *tape, struct err *e)
{
	snprintf(x->slice, sizeof(x->slice), "%.1000s.inputs-%ld.rec", x->dir, (long)getpid());
	unlink(x->slice);
	int rc = derive_slice(tape, x->derived_at, x->slice, e);
	tape_free(tape);
	if (rc < 0)
		drop_slice(x);
	return rc;
}

/* Play the slice: only what gives the event again goes into the bundle. */
static int prove_slice(struct export *x, struct derived *d, struct err *e)
{
	struct tape *tape = NULL;
	struct strbuf why;
	if (tape_file_open(&tape, x->slice, e) < 0 || derive(tape, &x->claim, 0, x->derived_at, d, e) < 0)
		return e->code;
	if (!d->ev)
		return err_set(e, ERR_NOT_FOUND, "the inputs that were kept do not give the event");
	strbuf_init(&why, 2000);
	bool same = claim_equal(&x->claim, &d->claim, &why);
	if (!same)
		err_set(e, ERR_SHAPE, "the inputs that were kept do not give the same event: %.*s", (int)strcspn(why.text, "\n"), why.text);
	strbuf_release(&why);
	return same ? 0 : ERR_SHAPE;
}

/* ---- from a tape that is named ---- */

static int open_named(const struct export *x, struct tape **out, struct err *e)
{
	struct tape_want want = {.word = x->cli->inputs};
	return tape_open(&want, out, e);
}

/* Find the event by its number on the tape, then cut what it needs. */
static int inputs_from_tape(struct export *x, struct err *e)
{
	struct derived d = {0};
	struct claim any = {.start = {0}, .end = WALL_NONE};
	struct tape *tape = NULL;
	if (open_named(x, &tape, e) < 0)
		return e->code;
	int rc = derive(tape, &any, x->seq, x->until, &d, e);
	if (rc == 0 && !d.ev)
		rc = err_set(e, ERR_NOT_FOUND, "%s has no event %llu; `landline replay %s --headless` lists them", x->cli->inputs,
			     (unsigned long long)x->seq, x->cli->inputs);
	if (rc == 0) {
		x->claim = d.claim;
		x->derived_at = when_settled(d.ev, d.at);
	}
	derived_release(&d);
	if (rc == 0)
		rc = open_named(x, &tape, e);
	return rc == 0 ? cut_slice(x, tape, e) : rc;
}

/* ---- from the store and the black box ---- */

/* The kept inputs in which the event began; words in why_none when there are none that do. */
static void inputs_from_box(struct export *x, const struct event *ev)
{
	char path[1024];
	struct tape *tape = NULL;
	struct err e = {0};
	x->derived_at = when_settled(ev, clock_now().wall);
	if (!blackbox_find(ev->start, path, sizeof(path))) {
		snprintf(x->why_none, sizeof(x->why_none), "no inputs of that time are kept here ([store] inputs in the configuration)");
		return;
	}
	if (tape_file_open(&tape, path, &e) < 0 || cut_slice(x, tape, &e) < 0)
		snprintf(x->why_none, sizeof(x->why_none), "%.190s", e.msg);
}

/* ---- writing ---- */

static int write_derived(const struct export *x, const struct derived *d, struct err *e)
{
	struct thresholds limits;
	app_thresholds(&limits);
	struct bundle_parts p = {
		.ev = d->ev, .now = d->at, .derived_at = x->derived_at, .from = d->from, .until = d->until,
		.line_count = d->line_count, .log = d->log.text, .credits = d->credits.text, .inputs = x->slice,
		.thresholds = &limits,
	};
	memcpy(p.lines, d->lines, sizeof(p.lines));
	return bundle_write(x->dir, &p, e);
}

/* Without inputs: what the store knows of the event and of its territory's signals. */
static int write_stored(const struct export *x, const struct event *ev, struct err *e)
{
	static struct engine g;
	struct territory_spec spec;
	struct now now = clock_now();
	struct wall from = {ev->start.ms - AROUND_MS}, until = {(wall_is_set(ev->end) ? ev->end.ms : now.wall.ms) + AROUND_MS};
	struct thresholds limits;
	struct strbuf credits;
	app_thresholds(&limits);
	if (territory_parse(ev->territory, &spec, e) < 0 || engine_open(&g, &x->cli->config, &spec, 1, ENGINE_READS, now, e) < 0)
		return e->code;
	const struct model *m = app_model(g.app);
	strbuf_init(&credits, 8192);
	derive_credits(m, &credits);
	struct bundle_parts p = {.ev = ev, .now = now.wall, .derived_at = x->derived_at, .from = from, .until = until,
				 .credits = credits.text, .why_no_inputs = x->why_none, .thresholds = &limits};
	const struct territory *t = m->territory_count ? m->territories[0] : NULL;
	if (t)
		p.line_count = derive_signal_lines(t, from, until, p.lines, 0);
	int rc = bundle_write(x->dir, &p, e);
	strbuf_release(&credits);
	engine_close(&g, now);
	return rc;
}

static int export_tape(struct export *x, struct err *e)
{
	struct derived d = {0};
	int rc = inputs_from_tape(x, e);
	if (rc == 0)
		rc = prove_slice(x, &d, e);
	if (rc == 0)
		rc = write_derived(x, &d, e);
	derived_release(&d);
	return rc;
}

static int export_stored(struct export *x, struct err *e)
{
	struct store *s = NULL;
	struct event ev;
	struct derived d = {0};
	struct err no = {0};
	char path[600];
	int rc = store_open(&s, cli_store_path(&x->cli->config, path), true, e);
	if (rc == 0)
		rc = store_find_event(s, x->seq, &ev, e);
	store_close(s);
	if (rc < 0)
		return rc;
	claim_of(&x->claim, &ev);
	inputs_from_box(x, &ev);
	if (x->slice[0] && prove_slice(x, &d, &no) < 0) {
		snprintf(x->why_none, sizeof(x->why_none), "%.190s", no.msg);
		drop_slice(x);
	}
	rc = x->slice[0] ? write_derived(x, &d, e) : write_stored(x, &ev, e);
	derived_release(&d);
	free(ev.evidence);
	return rc;
}

int run_export(const struct cli *c)
{
	struct export x = {.cli = c, .derived_at = WALL_NONE, .until = WALL_NONE};
	struct err e = {0};
	char *end = NULL;
	x.seq = c->word_count == 2 ? strtoull(c->words[0], &end, 10) : 0;
	if (!x.seq || *end) {
		err_set(&e, ERR_USAGE, "export needs an event's number, as `landline events` prints it, and a folder to make");
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	x.dir = c->words[1];
	if (c->until && (!c->inputs || wall_parse(c->until, &x.until, &e) < 0)) {
		if (!c->inputs)
			err_set(&e, ERR_USAGE, "--until goes with --inputs: an event of the store is exported as it is");
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	int rc = c->inputs ? export_tape(&x, &e) : export_stored(&x, &e);
	drop_slice(&x);
	if (rc < 0)
		return cli_fail(EXIT_FAILED, &e);
	struct strbuf out;
	strbuf_init(&out, 2048);
	strbuf_addf(&out, "event %llu written to %s", (unsigned long long)x.seq, x.dir);
	if (x.why_none[0])
		strbuf_addf(&out, ", without its inputs: %s", x.why_none);
	strbuf_addf(&out, "\ncheck it: landline verify %s\n", x.dir);
	cli_print(&out);
	strbuf_release(&out);
	return EXIT_DONE;
}

/* ---- verify ---- */

/* True: the inputs give the event that the bundle claims. Says what it did. */
static bool derive_again(const char *dir, const struct manifest *m, struct strbuf *out)
{
	char path[1200], time[WALL_TEXT_MAX];
	struct tape *tape = NULL;
	struct derived d = {0};
	struct err e = {0};
	bool same = false;
	snprintf(path, sizeof(path), "%.1100s/" BUNDLE_INPUTS, dir);
	if (tape_file_open(&tape, path, &e) < 0 || derive(tape, &m->claim, 0, m->derived_at, &d, &e) < 0)
		strbuf_addf(out, "inputs: cannot be played: %s\n", e.msg);
	else if (!d.ev)
		strbuf_addf(out, "inputs: played up to %s, they give no such event\n", wall_format(time, d.at));
	else
		same = claim_equal(&m->claim, &d.claim, out);
	if (same)
		strbuf_addf(out, "inputs: played up to %s, they give the same event\n", wall_format(time, m->derived_at));
	derived_release(&d);
	return same;
}

int run_verify(const struct cli *c)
{
	struct manifest m;
	struct strbuf out;
	struct err e = {0};
	if (c->word_count != 1) {
		err_set(&e, ERR_USAGE, "verify needs the folder of a bundle, as `landline export` makes it");
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	if (bundle_read_manifest(c->words[0], &m, &e) < 0)
		return cli_fail(EXIT_FAILED, &e);
	strbuf_init(&out, 65536);
	bool holds = bundle_check_files(c->words[0], &m, &out);
	if (holds)
		strbuf_addf(&out, "files: all %zu are what the manifest says\n", m.file_count);
	if (holds && m.inputs)
		holds = derive_again(c->words[0], &m, &out);
	else if (holds)
		strbuf_addf(&out, "inputs: not in the bundle (%s); the event cannot be derived again\n", m.why_no_inputs);
	strbuf_addf(&out, "%s %s %s: %s\n", m.claim.scope, m.claim.subject, m.claim.kind,
		    !holds     ? "DOES NOT HOLD"
		    : m.inputs ? "holds"
			       : "files hold");
	cli_print(&out);
	strbuf_release(&out);
	return holds ? EXIT_DONE : EXIT_FAILED;
}
