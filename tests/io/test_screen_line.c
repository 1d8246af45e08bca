/* links: io/screen io/screen_tty io/screen_term io/screen_sgr io/screen_paint io/screen_keys base/canvas base/text base/strbuf base/err base/mem */
/* The line: slow, stopped, lost; and the terminal given back on every way out. */
#include <signal.h>
#include <sys/wait.h>

#include "screen_help.h"

/* ---- a slow line ---- */

static void wants_room(bool want)
{
	struct pollfd p[2];
	unsigned n = screen_pollfds(p);
	bool found = false;

	for (unsigned i = 0; i < n; i++)
		found = found || (p[i].events & POLLOUT);
	assert_int_equal(found, want);
}

static void frames_are_dropped_for_a_slow_reader(void **state)
{
	struct theme t = test_theme();
	struct canvas c;
	struct rig r;
	int later = 0, sent = 0;

	(void)state;
	seed = 7;
	rig_init(&r, 50, 150);
	open_or_fail(&r, &rig_options);
	screen_set_theme(&t);
	canvas_init(&c, 50, 150);
	double begun = now_ms();
	while (later < 5 && sent < 100) { /* nobody reads */
		scribble(&c, 800);
		enum present p = screen_present(&c);
		assert_true(p == PRESENT_SENT || p == PRESENT_LATER);
		later += p == PRESENT_LATER;
		sent += p == PRESENT_SENT;
	}
	assert_true(later == 5);
	assert_true(now_ms() - begun < 2000);
	wants_room(true);
	size_t stuck = screen_bytes();
	assert_int_equal(screen_present(&c), PRESENT_LATER);
	assert_int_equal(screen_bytes(), stuck);
	/* the reader wakes up: the rest of the cut frame, then the newest, and none of those between */
	show_all(&r, &c);
	assert_int_equal(screen_present(&c), PRESENT_SAME);
	wants_room(false);
	check_text(&r, &c, true, "after the jam");
	canvas_release(&c);
	rig_release(&r);
}

static void leaving_does_not_wait_for_a_dead_reader(void **state)
{
	struct theme t = test_theme();
	struct canvas c;
	struct rig r;

	(void)state;
	seed = 8;
	rig_init(&r, 50, 150);
	open_or_fail(&r, &rig_options);
	screen_set_theme(&t);
	canvas_init(&c, 50, 150);
	for (int i = 0; i < 100; i++) {
		scribble(&c, 800);
		if (screen_present(&c) == PRESENT_LATER)
			break;
	}
	double begun = now_ms();
	screen_close();
	double took = now_ms() - begun;
	if (took > 50)
		fail_msg("closing a stuck line took %.1f ms", took);
	assert_true(rig_line_restored(&r));
	/* what the reader had not taken was thrown away, so that the last words are there when it wakes up */
	char part[1 << 16];
	struct pollfd in = {.fd = r.master, .events = POLLIN};
	ssize_t n, all = 0;
	while (poll(&in, 1, 50) > 0 && (n = read(r.master, part + all, sizeof(part) - (size_t)all)) > 0)
		all += n;
	assert_true(all > 0);
	r.log = xmalloc((size_t)all);
	memcpy(r.log, part, (size_t)all);
	r.len = (size_t)all;
	assert_int_equal(modes_left_on(&r, 0), 0);
	assert_int_equal(count(&r, "\033[?1049l"), 1);
	canvas_release(&c);
	rig_release(&r);
}

/* All that has arrived, without knowing how much there should be. */
static void read_until(struct rig *r, const char *what)
{
	char part[4096];
	struct pollfd p = {.fd = r->master, .events = POLLIN};

	while (count(r, what) == 0) {
		if (poll(&p, 1, RIG_WAIT_MS) <= 0)
			fail_msg("'%s' never comes", what);
		ssize_t n = read(r->master, part, sizeof(part));
		if (n <= 0)
			fail_msg("'%s' never comes", what);
		rig_take(r, part, (size_t)n);
	}
}

static void leaving_lets_a_stopped_line_go(void **state)
{
	struct canvas c;
	struct rig r;
	struct pollfd in;

	(void)state;
	rig_init(&r, 10, 30);
	open_or_fail(&r, &rig_options);
	canvas_init(&c, 10, 30);
	present_or_fail(&r, &c, PRESENT_SENT);
	in = (struct pollfd){.fd = r.slave, .events = POLLOUT};
	assert_int_equal(write(r.master, "\023", 1), 1); /* Ctrl-S */
	for (int i = 0; i < RIG_WAIT_MS && poll(&in, 1, 0) > 0; i++)
		poll(NULL, 0, 1);
	canvas_text(&c, 0, 0, 10, ROLE_TEXT, "unseen");
	assert_int_equal(screen_present(&c), PRESENT_LATER);
	wants_room(true);
	double begun = now_ms();
	screen_close();
	assert_true(now_ms() - begun < 50);
	read_until(&r, "\033[?1049l");
	assert_int_equal(modes_left_on(&r, 0), 0);
	assert_true(rig_line_restored(&r));
	canvas_release(&c);
	rig_release(&r);
}

/* ---- giving the terminal back ---- */

static void all_modes_are_taken_back(void **state)
{
	static const char *const terms[] = {"xterm-256color", "tmux-256color", "screen", "linux", "vt100", NULL};

	(void)state;
	for (size_t i = 0; terms[i]; i++) {
		struct screen_options o = rig_options;
		struct canvas c;
		struct rig r;
		setenv("TERM", terms[i], 1);
		o.focus = true;
		rig_init(&r, 10, 30);
		open_or_fail(&r, &o);
		assert_false(rig_line_restored(&r));
		screen_set_title("landline: KP");
		canvas_init(&c, 10, 30);
		canvas_text(&c, 1, 1, 20, ROLE_TEXT, "hello");
		present_or_fail(&r, &c, PRESENT_SENT);
		assert_int_not_equal(modes_left_on(&r, 0), 0);      /* so that the check can fail */
		assert_false(fcntl(r.slave, F_GETFL) & O_NONBLOCK); /* the shell's description */
		screen_close();
		assert_true(rig_pump(&r));
		assert_int_equal(modes_left_on(&r, 0), 0);
		assert_int_equal(count(&r, "\033[22;0t"), count(&r, "\033[23;0t"));
		assert_true(rig_line_restored(&r));
		size_t bytes = screen_bytes();
		screen_close(); /* twice is harmless */
		screen_restore_in_crash();
		assert_int_equal(screen_bytes(), bytes);
		if (strcmp(terms[i], "xterm-256color") == 0) {
			assert_int_equal(count(&r, "\033]2;landline: KP\033\\"), 1);
			assert_int_equal(count(&r, "\033[22;0t"), 1);
			assert_int_equal(count(&r, "\033[?1006h"), 1);
		}
		canvas_release(&c);
		rig_release(&r);
	}
	seal(NULL);
}

static void untouched_terminal_gets_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 10, 30);
	open_or_fail(&r, &rig_options);
	screen_close();
	assert_int_equal(screen_bytes(), 0);
	assert_false(rig_has_more(&r));
	assert_true(rig_line_restored(&r));
	rig_release(&r);
}

static void crash(int sig)
{
	screen_restore_in_crash();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* The child draws and then dies of SIGSEGV, or stops by Ctrl-Z: a status byte tells which part it is in. */
static pid_t start_child(const struct rig *r, bool crashes)
{
	fflush(NULL);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	struct screen_info info;
	struct canvas c;
	setpgid(0, 0);
	if (rig_open(r, &rig_options, &info, NULL) != 0)
		_exit(3);
	canvas_init(&c, r->rows, r->cols);
	canvas_text(&c, 0, 0, 20, ROLE_TEXT, "before");
	if (screen_present(&c) != PRESENT_SENT)
		_exit(4);
	if (crashes) {
		signal(SIGSEGV, crash);
		raise(SIGSEGV);
	}
	screen_suspend();
	canvas_text(&c, 0, 0, 20, ROLE_TEXT, "after ");
	if (screen_present(&c) != PRESENT_SENT)
		_exit(5);
	struct key k;
	bool gone = false;
	struct pollfd p[2];
	unsigned n = screen_pollfds(p);
	poll(p, n, RIG_WAIT_MS);
	k = screen_key(false, &gone);
	screen_close();
	_exit(k.code == 'q' ? 0 : 6);
}

static void crash_restores(void **state)
{
	struct rig r;
	int status;

	(void)state;
	rig_init(&r, 10, 30);
	pid_t pid = start_child(&r, true);
	read_until(&r, "\033[?1049l");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(modes_left_on(&r, 0), 0);
	assert_true(rig_line_restored(&r));
	rig_release(&r);
}

static void suspend_and_back(void **state)
{
	struct rig r;
	int status;

	(void)state;
	rig_init(&r, 10, 30);
	pid_t pid = start_child(&r, false);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	read_until(&r, "\033[?1049l");
	assert_int_equal(modes_left_on(&r, 0), 0);
	assert_true(rig_line_restored(&r));
	r.len = r.fed = 0;
	kill(pid, SIGCONT);
	read_until(&r, "after");
	read_until(&r, "\033[?2026l");
	assert_int_equal(count(&r, "\033[?1049h"), 1);
	assert_int_equal(shown(&r, 0, 0).chars[0], 'a');
	assert_false(rig_line_restored(&r));
	rig_type(&r, "q", 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	read_until(&r, "\033[?1049l");
	assert_int_equal(modes_left_on(&r, 0), 0);
	assert_true(rig_line_restored(&r));
	rig_release(&r);
}

static void hang_up_is_seen(void **state)
{
	struct canvas c;
	struct rig r;
	bool gone = true;

	(void)state;
	rig_init(&r, 10, 30);
	open_or_fail(&r, &rig_options);
	canvas_init(&c, 10, 30);
	present_or_fail(&r, &c, PRESENT_SENT);
	assert_int_equal(screen_key(false, &gone).code, KEYC_NONE);
	assert_false(gone);
	close(r.master);
	r.master = -1;
	assert_int_equal(screen_key(false, &gone).code, KEYC_NONE);
	assert_true(gone);
	canvas_text(&c, 0, 0, 10, ROLE_TEXT, "x");
	assert_int_equal(screen_present(&c), PRESENT_GONE);
	struct pollfd p[2];
	assert_int_equal(screen_pollfds(p), 0);
	double begun = now_ms();
	screen_close();
	assert_true(now_ms() - begun < 20);
	canvas_release(&c);

	/* the same, noticed first by drawing */
	rig_release(&r);
	rig_init(&r, 10, 30);
	open_or_fail(&r, &rig_options);
	canvas_init(&c, 10, 30);
	close(r.master);
	r.master = -1;
	assert_int_equal(screen_present(&c), PRESENT_GONE);
	canvas_release(&c);
	rig_release(&r);
}

/* ---- what is not cells ---- */

static void bell_title_and_clipboard(void **state)
{
	struct canvas c;
	struct rig r;

	(void)state;
	rig_init(&r, 5, 20);
	open_or_fail(&r, &rig_options);
	screen_bell();
	assert_int_equal(screen_bytes(), 0); /* waits for the first frame */
	canvas_init(&c, 5, 20);
	present_or_fail(&r, &c, PRESENT_SENT);
	assert_int_equal(count(&r, "\a"), 1);
	screen_set_title("a\033]0;b\007c");
	assert_true(rig_pump(&r));
	assert_int_equal(count(&r, "\033]2;a]0;bc\033\\"), 1);
	screen_set_title("a\033]0;b\007c");
	screen_copy("hello");
	assert_true(rig_pump(&r));
	assert_int_equal(count(&r, "\033]52;c;aGVsbG8=\033\\"), 1);
	assert_int_equal(count(&r, "\033]2;"), 1);
	char big[20000];
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	size_t before = screen_bytes();
	screen_copy(big);
	assert_true(rig_pump(&r));
	assert_in_range(screen_bytes() - before, 10900, 11000);
	assert_int_equal(screen_present(&c), PRESENT_SAME);
	canvas_release(&c);
	rig_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(frames_are_dropped_for_a_slow_reader, tidy),
		cmocka_unit_test_teardown(leaving_does_not_wait_for_a_dead_reader, tidy),
		cmocka_unit_test_teardown(leaving_lets_a_stopped_line_go, tidy),
		cmocka_unit_test_teardown(all_modes_are_taken_back, tidy),
		cmocka_unit_test_teardown(untouched_terminal_gets_nothing, tidy),
		cmocka_unit_test_teardown(crash_restores, tidy),
		cmocka_unit_test_teardown(suspend_and_back, tidy),
		cmocka_unit_test_teardown(hang_up_is_seen, tidy),
		cmocka_unit_test_teardown(bell_title_and_clipboard, tidy),
	};

	return cmocka_run_group_tests(tests, seal, NULL);
}
