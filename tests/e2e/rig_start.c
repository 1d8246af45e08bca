/* The rig before and beside the work: its folder, the server, the sealed environment, and commands that are run to
 * their end. */
#define _GNU_SOURCE /* pipe2 */
#include "rig_private.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

enum { WORDS_MAX = 24, TEXT_MAX = 512 };

/* ---- files ---- */

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	char *text = xcalloc(1, 1 << 20);
	text[fread(text, 1, (1 << 20) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static char *read_test_file(const char *folder, const char *name)
{
	char path[600];
	const char *tests = getenv("LANDLINE_TESTS");
	snprintf(path, sizeof(path), "%s/%s/%s", tests ? tests : "tests", folder, name);
	char *text = read_file(path);
	if (!text)
		fail_msg("cannot read %s", path);
	return text;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* The scenario's token, in a file that is ours alone. */
static void add_token(struct rig *r, struct strbuf *config)
{
	const char *token = server_world(r->server)->token;
	char path[128];
	if (!token[0])
		return;
	snprintf(path, sizeof(path), "%s/config/landline/radar.token", r->dir);
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, token, strlen(token)), (ssize_t)strlen(token));
	close(fd);
	strbuf_addf(config, "[source.radar]\ntoken_file = %s\n", path);
}

void rig_config(struct rig *r, const char *extra)
{
	struct strbuf text;
	char path[128];
	strbuf_init(&text, 1 << 16);
	server_config(r->server, &text);
	snprintf(path, sizeof(path), "%s/config", r->dir);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/config/landline", r->dir);
	(void)mkdir(path, 0700);
	add_token(r, &text);
	if (extra)
		strbuf_adds(&text, extra);
	snprintf(path, sizeof(path), "%s/config/landline/landline.conf", r->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(text.text, 1, text.len, f);
	fclose(f);
	strbuf_release(&text);
}

void rig_open(struct rig *r, const char *scenario, bool driven, const char *extra)
{
	char clock_path[100];
	struct err e = {0};
	memset(r, 0, sizeof(*r));
	r->driven = driven;
	r->master = r->out_fd = r->err_fd = -1;
	snprintf(r->dir, sizeof(r->dir), "/tmp/landline-e2e-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(clock_path, sizeof(clock_path), "%s/clock", r->dir);
	strbuf_init(&r->log, 256u << 20);
	strbuf_init(&r->out, 64u << 20);
	strbuf_init(&r->err, 16u << 20);
	char *file = strchr(scenario, '\n') ? NULL : read_test_file("scenarios", scenario);
	char *key = read_test_file("fixtures/server", "wrong.key"),
	     *cert = read_test_file("fixtures/server", "wrong.crt");
	struct server_options o = {
		.scenario = file ? file : scenario,
		.real_now_ms = rig_wall_ms(),
		.clock_path = driven ? clock_path : NULL,
		.key = key,
		.cert = cert,
	};
	if (server_new(&r->server, &o, &e) < 0)
		fail_msg("test server: %s", e.msg);
	free(file);
	free(key);
	free(cert);
	rig_config(r, extra);
}

void rig_close(struct rig *r)
{
	if (r->pid)
		rig_kill(r);
	if (r->master >= 0)
		close(r->master);
	if (r->vt)
		vterm_free(r->vt);
	server_free(r->server);
	strbuf_release(&r->log);
	strbuf_release(&r->out);
	strbuf_release(&r->err);
	free(r->screen);
	nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- starting ---- */

static void seal(const struct rig *r)
{
	static const struct {
		const char *name, *folder;
	} folders[] = {
		{"HOME", ""},
		{"XDG_CONFIG_HOME", "/config"},
		{"XDG_STATE_HOME", "/state"},
		{"XDG_CACHE_HOME", "/cache"},
		{"XDG_DATA_HOME", "/data"},
	};
	const char *asan = getenv("ASAN_OPTIONS"), *ubsan = getenv("UBSAN_OPTIONS");
	char *kept_asan = xstrdup(asan), *kept_ubsan = xstrdup(ubsan), text[200];
	clearenv();
	if (kept_asan)
		setenv("ASAN_OPTIONS", kept_asan, 1);
	if (kept_ubsan)
		setenv("UBSAN_OPTIONS", kept_ubsan, 1);
	free(kept_asan);
	free(kept_ubsan);
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(text, sizeof(text), "%s%s", r->dir, folders[i].folder);
		setenv(folders[i].name, text, 1);
	}
	snprintf(text, sizeof(text), "unix:%s/clock", r->dir);
	if (r->driven)
		setenv("LANDLINE_CLOCK", text, 1);
	if (chdir(r->dir) < 0)
		_exit(126);
}

/* Whatever those who run the tests ignore: nohup does SIGHUP, a shell's `&` SIGINT and SIGQUIT, and a child inherits it. */
static void default_signals(int but)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGUSR1};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < ARRAY_LEN(sigs); i++)
		signal(sigs[i], sigs[i] == but ? SIG_IGN : SIG_DFL);
}

static void exec_landline(const struct rig *r, const char *bin, const char *const *args, int ignored_signal)
{
	char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t)bin};
	for (size_t i = 0; args[i] && i < WORDS_MAX; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	for (int fd = 3; fd < 200; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	seal(r);
	default_signals(ignored_signal);
	execv(bin, argv);
	_exit(127);
}

static const char *binary(void)
{
	const char *bin = getenv("LANDLINE_BIN");
	if (!bin || access(bin, X_OK))
		fail_msg("LANDLINE_BIN does not name the program to test");
	return bin;
}

/* At spaces. text: TEXT_MAX bytes that args point into. */
static void split(char *text, const char *words, const char *args[WORDS_MAX + 1])
{
	size_t n = 0;
	char *s = text;
	snprintf(text, TEXT_MAX, "%s", words);
	while (*(s += strspn(s, " ")) && n < WORDS_MAX) {
		args[n++] = s;
		s += strcspn(s, " ");
		if (*s)
			*s++ = '\0';
	}
	args[n] = NULL;
}

static void on_reply(const char *s, size_t len, void *arg)
{
	const struct rig *r = arg;
	if (r->master >= 0 && write(r->master, s, len) < 0 && errno != EIO && errno != EAGAIN)
		print_error("terminal: %s\n", strerror(errno));
}

static void new_terminal(struct rig *r, int rows, int cols)
{
	if (r->vt)
		vterm_free(r->vt);
	r->rows = rows;
	r->cols = cols;
	r->vt = vterm_new(rows, cols);
	vterm_set_utf8(r->vt, 1);
	vterm_output_set_callback(r->vt, on_reply, r);
	r->vs = vterm_obtain_screen(r->vt);
	vterm_screen_enable_altscreen(r->vs, 1);
	vterm_screen_reset(r->vs, 1);
	strbuf_clear(&r->log);
	r->fed = 0;
}

void rig_start_ignoring(struct rig *r, int rows, int cols, const char *words, int ignored_signal)
{
	struct winsize ws = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	const char *bin = binary(), *args[WORDS_MAX + 1];
	char text[TEXT_MAX];
	assert_int_equal(r->pid, 0);
	if (r->master >= 0)
		close(r->master);
	new_terminal(r, rows, cols);
	split(text, words, args);
	r->exited = r->stop_reading = false;
	r->pid = forkpty(&r->master, NULL, NULL, &ws);
	assert_true(r->pid >= 0);
	if (r->pid == 0) {
		exec_landline(r, bin, args, ignored_signal);
	}
	fcntl(r->master, F_SETFL, O_NONBLOCK);
	fcntl(r->master, F_SETFD, FD_CLOEXEC);
}

void rig_start(struct rig *r, int rows, int cols, const char *words)
{
	rig_start_ignoring(r, rows, cols, words, 0);
}

/* ---- commands ---- */

int rig_run_args(struct rig *r, const char *const *args)
{
	int out[2], err[2];
	const char *bin = binary();
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	strbuf_clear(&r->out);
	strbuf_clear(&r->err);
	r->command = fork();
	assert_true(r->command >= 0);
	if (r->command == 0) {
		int null = open("/dev/null", O_RDONLY);
		dup2(null, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		exec_landline(r, bin, args, 0);
	}
	close(out[1]);
	close(err[1]);
	r->out_fd = out[0];
	r->err_fd = err[0];
	fcntl(r->out_fd, F_SETFL, O_NONBLOCK);
	fcntl(r->err_fd, F_SETFL, O_NONBLOCK);
	int64_t began = rig_mono_ms();
	while (r->command) {
		if (r->driven && rig_all_on_the_clock(r))
			(void)server_step(r->server, server_now(r->server) + 50);
		rig_pump(r, TURN_MS);
		if (rig_mono_ms() - began > DEADLINE_MS) {
			kill(r->command, SIGKILL);
			rig_fail(r, "the command does not end: %s\nstdout: %s\nstderr: %s (the clock waits: %s)",
				 args[0] ? args[0] : "", r->out.text, r->err.text, server_waiting_for(r->server));
		}
	}
	rig_read_pipe(&r->out_fd, &r->out);
	rig_read_pipe(&r->err_fd, &r->err);
	close(r->out_fd);
	close(r->err_fd);
	r->out_fd = r->err_fd = -1;
	return WIFEXITED(r->command_status) ? WEXITSTATUS(r->command_status) : -WTERMSIG(r->command_status);
}

int rig_run(struct rig *r, const char *words)
{
	const char *args[WORDS_MAX + 1];
	char text[TEXT_MAX];
	split(text, words, args);
	return rig_run_args(r, args);
}

const char *json_member(const char *line, const char *key)
{
	static char value[512];
	char want[80];
	snprintf(want, sizeof(want), "\"%s\":", key);
	const char *s = strstr(line, want);
	if (!s)
		return NULL;
	s += strlen(want);
	while (*s == ' ')
		s++;
	size_t len = 0;
	if (*s == '"') {
		for (len = 1; s[len] && s[len] != '"'; len++)
			;
		len++;
	} else {
		len = strcspn(s, ",}]\n");
	}
	snprintf(value, sizeof(value), "%.*s", (int)(len < 511 ? len : 511), s);
	return value;
}
