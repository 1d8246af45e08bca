/* The loop without a terminal. */
#include "oneshot.h"

#include <signal.h>

#include "io/clock.h"
#include "io/signals.h"

int oneshot_open(struct engine *g, const struct cli *c, enum engine_use use, bool needs_territory)
{
	struct err e = {0};
	if (needs_territory && !c->spec_count) {
		err_set(&e, ERR_USAGE, "which territory? for example: landline %s KP (or [watch] territories in the configuration)",
			c->command->name);
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	if (signals_open(&e) < 0 ||
	    engine_open_recording(g, &c->config, c->specs, c->spec_count, use, c->record, clock_now(), &e) < 0)
		return cli_fail(e.code == ERR_USAGE || e.code == ERR_NOT_FOUND ? EXIT_USED_WRONGLY : EXIT_FAILED, &e);
	return -1;
}

int oneshot_signal(void)
{
	for (int sig; (sig = signals_next());)
		if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
			return sig;
	return 0;
}

int oneshot_run(struct engine *g, int64_t limit_ms, bool (*done)(struct engine *, struct now, void *), void *arg)
{
	struct now now = clock_now();
	struct wall end = limit_ms ? (struct wall){now.wall.ms + limit_ms} : WALL_NONE;
	for (;;) {
		engine_turn(g, now);
		if (done(g, now, arg) || (limit_ms && now.wall.ms >= end.ms))
			return 0;
		struct pollfd fd = {.fd = signals_fd(), .events = POLLIN};
		engine_wait(g, &fd, 1, end, now);
		int sig = oneshot_signal();
		if (sig)
			return sig;
		now = clock_now();
	}
}
