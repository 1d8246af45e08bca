/* Signals as bytes in a pipe: see io/signals.h.
 *
 * Handlers do one write(2) and keep errno. A signal that our parent told us to ignore (nohup, a background job of a
 * script) stays ignored. A crash handler runs on a stack of its own, since the stack may be what broke, then hands
 * over to whoever handled the signal before us: the default action, or a sanitizer's report. */
#include "io/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT, SIGTSTP, SIGUSR2};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

enum { CRASH_STACK_BYTES = 64 * 1024 };

static int pipe_fds[2] = {-1, -1};
static bool is_open;
static struct sigaction before[ARRAY_LEN(caught)], before_pipe, before_crash[ARRAY_LEN(crashes)];
static void (*crash_restore)(void);
static char crash_stack[CRASH_STACK_BYTES];

static void note_signal(int sig)
{
	int kept = errno;
	unsigned char byte = (unsigned char)sig;

	/* a full pipe holds thousands of wake-ups already */
	if (write(pipe_fds[1], &byte, 1) < 0)
		errno = kept;
	errno = kept;
}

int signals_open(struct err *e)
{
	struct sigaction sa;

	if (is_open)
		return 0;
	if (pipe(pipe_fds) < 0)
		return err_set(e, ERR_FILE, "cannot make the signal pipe: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		(void)fcntl(pipe_fds[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(pipe_fds[i], F_SETFL, O_NONBLOCK);
	}
	for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler == SIG_IGN)
			continue;
		memset(&sa, 0, sizeof(sa));
		sa.sa_handler = note_signal;
		sa.sa_flags = SA_RESTART;
		sigfillset(&sa.sa_mask);
		sigaction(caught[i], &sa, NULL);
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, &before_pipe);
	is_open = true;
	return 0;
}

static void crashed(int sig, siginfo_t *info, void *context)
{
	void (*restore)(void) = crash_restore;

	(void)context;
	crash_restore = NULL; /* a crash inside the restoring does not come back here */
	if (restore)
		restore();
	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		if (crashes[i] == sig)
			sigaction(sig, &before_crash[i], NULL);
	/* A fault of the CPU happens again when we return, in its own place: a useful core. A sent one must be sent
	 * again. */
	if (info->si_code <= 0)
		raise(sig);
}

void signals_on_crash(void (*restore)(void))
{
	stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof(crash_stack)};
	struct sigaction sa;
	bool installed = crash_restore != NULL;

	crash_restore = restore;
	if (installed || !restore)
		return;
	sigaltstack(&stack, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = crashed;
	sa.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(crashes); i++) {
		struct sigaction old;
		sigaction(crashes[i], &sa, &old);
		/* installed before, then taken away and given again: what was there at first counts */
		if (!(old.sa_flags & SA_SIGINFO) || old.sa_sigaction != crashed)
			before_crash[i] = old;
	}
}

int signals_fd(void)
{
	return pipe_fds[0];
}

int signals_next(void)
{
	unsigned char byte;
	ssize_t n;

	if (!is_open)
		return 0;
	do
		n = read(pipe_fds[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? byte : 0;
}

void signals_die(int sig)
{
	struct sigaction sa;
	sigset_t set;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sigaction(sig, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	_exit(128 + sig); /* a signal whose default is not to die */
}

void signals_close(void)
{
	if (!is_open)
		return;
	is_open = false;
	for (size_t i = 0; i < ARRAY_LEN(caught); i++)
		sigaction(caught[i], &before[i], NULL);
	sigaction(SIGPIPE, &before_pipe, NULL);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	pipe_fds[0] = pipe_fds[1] = -1;
}
