/* links: io/signals base/err base/mem */
/* Signals become bytes in order; what was ignored stays so; a crash restores, then dies of its own signal. Each case in
 * a child, since a process can die only once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/signals.h"

static int restored_fd;

static void restore(void)
{
	if (write(restored_fd, "r", 1) != 1)
		_exit(99);
}

static void must_open(void)
{
	struct err e;

	if (signals_open(&e))
		_exit(90);
}

static void expect(bool good, int where)
{
	if (!good)
		_exit(where);
}

static void child_bytes(void)
{
	must_open();
	raise(SIGWINCH);
	raise(SIGUSR2);
	raise(SIGTSTP);
	raise(SIGINT);
	struct pollfd p = {.fd = signals_fd(), .events = POLLIN};
	expect(poll(&p, 1, 0) == 1, 1);
	expect(signals_next() == SIGWINCH && signals_next() == SIGUSR2 && signals_next() == SIGTSTP, 2);
	expect(signals_next() == SIGINT && signals_next() == 0, 3);
	raise(SIGPIPE); /* ignored */
	expect(signals_next() == 0, 4);
	/* a storm fills the pipe and nothing blocks */
	for (int i = 0; i < 100000; i++)
		raise(SIGWINCH);
	expect(signals_next() == SIGWINCH, 5);
	signals_close();
	expect(signals_fd() == -1 && signals_next() == 0, 6);
	_exit(0);
}

static void child_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	must_open();
	raise(SIGHUP);
	expect(signals_next() == 0, 1);
	_exit(0);
}

static void child_die(void)
{
	must_open();
	raise(SIGTERM);
	signals_die(signals_next());
}

static void child_abort(void)
{
	signals_on_crash(restore);
	abort();
}

static void child_sent(void)
{
	signals_on_crash(restore);
	kill(getpid(), SIGSEGV);
	_exit(1);
}

static void child_fault(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	signals_on_crash(restore);
	*page = 1;
	_exit(1);
}

static void test_children(void **state)
{
	static const struct {
		const char *what;
		void (*run)(void);
		int exit, signal;
		bool restores;
	} cases[] = {
		{"bytes in order", child_bytes, 0, 0, false},
		{"ignored by our parent", child_ignored, 0, 0, false},
		{"dies of the signal it got", child_die, 0, SIGTERM, false},
		{"abort", child_abort, 0, SIGABRT, true},
		{"a sent SIGSEGV", child_sent, 0, SIGSEGV, true},
		{"a fault", child_fault, 0, SIGSEGV, true},
	};
	const struct rlimit no_core = {0, 0};

	(void)state;
	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fds[2], status;
		char byte;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			/* without the sanitizers' own handlers, so that the signal is the last word; and not deaf to what
			 * those who run the tests ignore (nohup, a shell's `&`) */
			for (int sig = 1; sig < NSIG; sig++)
				signal(sig, SIG_DFL);
			close(fds[0]);
			restored_fd = fds[1];
			cases[i].run();
			_exit(98);
		}
		close(fds[1]);
		bool restored = read(fds[0], &byte, 1) == 1;
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		int got_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		    got_exit = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		if (got_signal != cases[i].signal || got_exit != cases[i].exit || restored != cases[i].restores)
			fail_msg("%s: signal %d exit %d restored %d", cases[i].what, got_signal, got_exit, restored);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_children)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
