/* The program itself, run once more, see io/spawn.h. posix_spawn, so that nothing of ours (sockets, the store's locks, the
 * terminal) is shared: what we open is close-on-exec, and 0 to 2 are given anew. */
#define _GNU_SOURCE /* pipe2 */
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

#define WORDS_MAX 32

extern char **environ;

static int spawn(pid_t *pid, int out, char *const argv[])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	int rc;

	sigemptyset(&none);
	sigfillset(&defaults);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setpgroup(&attr, 0); /* keys that send signals are not meant for it */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

int spawn_self(struct spawned *s, const char *const *words, struct err *e)
{
	char *argv[WORDS_MAX + 2] = {(char *)"landline"};
	int ends[2], n = 1;

	*s = (struct spawned){.fd = -1};
	for (; words[n - 1] && n <= WORDS_MAX; n++)
		argv[n] = (char *)words[n - 1];
	argv[n] = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_FILE, "cannot make a pipe: %s", strerror(errno));
	int rc = spawn(&s->pid, ends[1], argv);
	close(ends[1]);
	if (rc) {
		close(ends[0]);
		s->pid = 0;
		return err_set(e, ERR_FILE, "cannot run landline once more: %s", strerror(rc));
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	s->fd = ends[0];
	return 0;
}

static bool read_some(struct spawned *s)
{
	char piece[256];

	for (;;) {
		ssize_t n = read(s->fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		size_t room = sizeof(s->said) - 1 - s->len, take = (size_t)n < room ? (size_t)n : room;
		memcpy(s->said + s->len, piece, take);
		s->len += (unsigned)take;
	}
}

bool spawn_take(struct spawned *s, int *code)
{
	char clean[sizeof(s->said)];
	int status = 0;

	if (!s->pid || (s->fd >= 0 && read_some(s)))
		return false;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		return false;
	*code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	s->said[s->len] = '\0';
	s->said[strcspn(s->said, "\n")] = '\0'; /* its first line is the answer */
	text_clean_str(clean, sizeof(clean), s->said);
	memcpy(s->said, clean, sizeof(clean));
	s->pid = 0;
	return true;
}

void spawn_end(struct spawned *s)
{
	int code;

	if (s->pid) {
		kill(s->pid, SIGKILL);
		while (s->fd >= 0 && !spawn_take(s, &code)) {
			fcntl(s->fd, F_SETFL, 0);
		}
	}
	*s = (struct spawned){.fd = -1};
}
