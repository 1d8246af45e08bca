/* landline status: ask, wait until every network was seen, print once (or, with --follow, whenever the answer changes). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "oneshot.h"

#include "io/clock.h"
#include "io/signals.h"

#define WAIT_MS 15000
#define BLIND_WAIT_MS 4000

struct status_run {
	const struct cli *cli;
	struct strbuf last;      /* what --follow printed last */
	struct wall started;
	bool failed;
	struct err err;
};

static void print_formats(struct status_run *r, const struct model *m, struct strbuf *out)
{
	enum charset charset = r->cli->config.charset_auto ? CHARSET_BLOCK : r->cli->config.charset;
	for (size_t i = 0; i < m->territory_count && !r->failed; i++) {
		if (status_format(m, m->territories[i], r->cli->format, charset, out, &r->err) < 0)
			r->failed = true;
		strbuf_addc(out, '\n');
	}
}

static void build(struct status_run *r, const struct model *m, struct strbuf *out)
{
	if (r->cli->format)
		print_formats(r, m, out);
	else if (r->cli->json)
		status_json(m, out);
	else if (r->cli->check)
		for (size_t i = 0; i < m->territory_count; i++)
			strbuf_addf(out, "%s\n", m->territories[i]->verdict.text);
	else
		status_text(m, out, 100);
}

static bool once(struct engine *g, struct now now, void *arg)
{
	struct status_run *r = arg;
	struct model *m = app_model(g->app);
	if (m->own_line == LINE_BLIND && now.wall.ms - r->started.ms >= BLIND_WAIT_MS)
		return true;
	return app_settled(g->app);
}

static bool follow(struct engine *g, struct now now, void *arg)
{
	struct status_run *r = arg;
	struct strbuf text;
	if (!app_settled(g->app) && now.wall.ms - r->started.ms < WAIT_MS)
		return false;
	strbuf_init(&text, 1 << 20);
	build(r, app_model(g->app), &text);
	if (strcmp(text.text, r->last.text)) {
		cli_print(&text);
		strbuf_clear(&r->last);
		strbuf_adds(&r->last, text.text);
	}
	strbuf_release(&text);
	return r->failed;
}

int run_status(const struct cli *c)
{
	static struct engine g;
	struct status_run r = {.cli = c, .started = clock_now().wall};
	struct strbuf out;
	struct territory_spec gone = {0};
	struct err e = {0};
	if (c->what_if && (territory_parse(c->what_if, &gone, &e) < 0 || gone.kind != TERRITORY_AS)) {
		err_set(&e, ERR_USAGE, "'--what-if %.40s' is no AS: give its number, as in AS4837", c->what_if);
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	int code = oneshot_open(&g, c, ENGINE_READS, true);
	if (code >= 0)
		return code;
	app_model(g.app)->what_if_asn = gone.asn;
	strbuf_init(&r.last, 1 << 20);
	strbuf_init(&out, 1 << 22);
	int sig = c->follow ? oneshot_run(&g, 0, follow, &r) : oneshot_run(&g, WAIT_MS, once, &r);
	struct model *m = app_model(g.app);
	if (!c->follow) {
		build(&r, m, &out);
		if (!r.failed)
			cli_print(&out);
	}
	code = r.failed ? cli_fail(EXIT_USED_WRONGLY, &r.err) : c->check ? status_check(m) : EXIT_DONE;
	engine_close(&g, clock_now());
	strbuf_release(&out);
	strbuf_release(&r.last);
	if (sig)
		signals_die(sig);
	return code;
}
