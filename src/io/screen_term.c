/* What this terminal is, and curses opened for it: see screen_term.h.
 *
 * Checked with ncurses 6.4: with an output that is no terminal newterm(3) works, takes 24x80 from terminfo (we resize
 * it), and tcsetattr(3) fails quietly, which is what we want: the modes are screen_tty.c's. Its signal handlers are
 * put back. */
#define _GNU_SOURCE /* memfd_create */
#include "screen_term.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>

#include "base/mem.h"

enum { ESC_DELAY_MS = 25, COLORS_256 = 256, COLORS_8 = 8 };

/* Modes of our own, by pairs: on at entry, off at leaving, in reverse order. */
struct mode_row {
	const char *on, *off;
	bool wanted;
};

static struct {
	SCREEN *screen;
	FILE *out, *in;
	char locale[64]; /* the program's, given back at the end */
	char *bytes;
	size_t cap;
} curses;

/* ---- the memory file ---- */

static FILE *memory_file(void)
{
#ifdef MFD_CLOEXEC
	int fd = memfd_create("landline-frame", MFD_CLOEXEC);

	if (fd >= 0)
		return fdopen(fd, "w+");
#endif
	return tmpfile();
}

const char *terminal_take(size_t *len)
{
	int fd = fileno(curses.out);
	size_t got = 0;

	delay_output(0); /* the documented call that flushes curses' own buffer and does nothing else */
	off_t end = lseek(fd, 0, SEEK_CUR);
	if (end > 0) {
		mem_grow(&curses.bytes, &curses.cap, (size_t)end, 1);
		while (got < (size_t)end) {
			ssize_t n = pread(fd, curses.bytes + got, (size_t)end - got, (off_t)got);
			if (n <= 0)
				break;
			got += (size_t)n;
		}
		lseek(fd, 0, SEEK_SET); /* no truncation: the place is written over by the next frame */
	}
	*len = got;
	return curses.bytes;
}

/* ---- strings ---- */

/* Add a terminfo string, without its padding ("$<5>"): no terminal of today needs it, and we never wait. */
static void add(struct terminal_string *s, const char *text)
{
	for (; text && *text && s->len + 1 < sizeof(s->text); text++) {
		const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
		if (end)
			text = end;
		else
			s->text[s->len++] = *text;
	}
	s->text[s->len] = '\0';
}

static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return s && s != (const char *)-1 ? s : NULL;
}

static bool name_begins(const char *name, const char *const *beginnings)
{
	for (; *beginnings; beginnings++)
		if (strncmp(name, *beginnings, strlen(*beginnings)) == 0)
			return true;
	return false;
}

static void make_strings(struct terminal *t, const struct screen_options *o, bool mouse)
{
	const struct mode_row rows[] = {
		{"\033[?2004h", "\033[?2004l", true},
		{"\033[?1000h\033[?1006h", "\033[?1006l\033[?1000l", o->mouse && mouse},
		{"\033[?1004h", "\033[?1004l", o->focus},
	};
	bool title = o->title && t->has_title;

	add(&t->enter, capability("smcup"));
	add(&t->enter, title ? "\033[22;0t" : NULL);
	/* what curses says itself at its start: margins, insert mode and wrapping as it thinks they are */
	add(&t->modes, t->ansi ? "\033[r" : NULL);
	add(&t->modes, capability("sgr0"));
	add(&t->modes, capability("rmir"));
	add(&t->modes, capability("smam"));
	add(&t->modes, capability("smkx"));
	add(&t->modes, capability("civis"));
	for (size_t i = 0; t->ansi && i < ARRAY_LEN(rows); i++)
		add(&t->modes, rows[i].wanted ? rows[i].on : NULL);

	/* a frame may have been cut anywhere: close a control string, a frame mark, a margin, insert mode */
	add(&t->leave, t->ansi ? "\033\\\033[?2026l" : NULL);
	for (size_t i = ARRAY_LEN(rows); t->ansi && i > 0; i--)
		add(&t->leave, rows[i - 1].wanted ? rows[i - 1].off : NULL);
	add(&t->leave, t->ansi ? "\033[r" : NULL);
	add(&t->leave, capability("rmir"));
	add(&t->leave, capability("sgr0"));
	add(&t->leave, capability("op"));
	if (!capability("rmcup")) /* no other screen to go back to: leave an empty one */
		add(&t->leave, capability("clear"));
	add(&t->leave, capability("rmkx"));
	add(&t->leave, capability("cnorm"));
	add(&t->leave, title ? "\033[23;0t" : NULL);
	add(&t->leave, capability("rmcup"));
	add(&t->leave, "\r");
}

/* ---- charset and colours ---- */

static bool locale_is_utf8(void)
{
	const char *codeset = nl_langinfo(CODESET);

	return strcasecmp(codeset, "UTF-8") == 0 || strcasecmp(codeset, "utf8") == 0;
}

/* Before newterm(). curses encodes by the locale, so a charset that the user insists on needs a locale that has it;
 * and outside UTF-8 curses repeats characters by CSI b, which not every terminal knows (terminal.md 5.7). So curses
 * always gets a UTF-8 locale if there is one; what may be sent over the line is decided here. */
static void choose_charset(struct terminal *t, const struct screen_options *o, const char *name,
			   struct screen_info *info)
{
	bool forced = !o->charset_auto && o->charset != CHARSET_ASCII;
	bool users = locale_is_utf8();

	snprintf(curses.locale, sizeof(curses.locale), "%s", setlocale(LC_CTYPE, NULL));
	t->utf8 = users || forced;
	if (!users && !((setlocale(LC_CTYPE, "C.UTF-8") || setlocale(LC_CTYPE, "en_US.UTF-8")) && locale_is_utf8())) {
		t->utf8 = false;
		if (forced)
			snprintf(info->note, sizeof(info->note), "no UTF-8 locale here: drawing in ASCII");
	}
	if (!t->utf8)
		info->charset = CHARSET_ASCII;
	else if (!o->charset_auto)
		info->charset = o->charset;
	else /* the console's font is CP437: the eighths of sparklines are not in it (terminal.md 1) */
		info->charset = strncmp(name, "linux", 5) == 0 ? CHARSET_ASCII : CHARSET_BLOCK;
}

/* terminal.md 1: COLORTERM is a hint that ssh does not carry. GNU screen inherits it and cannot do it; tmux can. */
static bool promises_truecolor(const char *name)
{
	static const char *const screen_names[] = {"screen", NULL};
	const char *hint = getenv("COLORTERM");

	if (tigetflag("RGB") > 0 || tigetflag("Tc") > 0 || tigetnum("RGB") > 0 || capability("RGB"))
		return true;
	if (!hint || (strcmp(hint, "truecolor") != 0 && strcmp(hint, "24bit") != 0))
		return false;
	return !name_begins(name, screen_names) || getenv("TMUX");
}

/* The most that can be drawn: 24-bit colours need the 256 palette, whose numbers stand in for them (screen_sgr.h). */
static enum color_level best_level(const struct terminal *t)
{
	return t->colors >= COLORS_256 ? LEVEL_TRUE : t->colors >= COLORS_8 ? LEVEL_16 : LEVEL_MONO;
}

static void choose_level(struct terminal *t, const struct screen_options *o, const char *name, struct screen_info *info)
{
	const char *no_color = getenv("NO_COLOR");
	enum color_level best = best_level(t);

	if (!o->color_auto) {
		info->color = o->color < best ? o->color : best;
		if (info->color != o->color && !info->note[0])
			snprintf(info->note, sizeof(info->note), "TERM '%.32s' has %d colours: no more are used", name,
				 t->colors);
	} else if (no_color && *no_color) {
		info->color = LEVEL_MONO;
	} else if (best == LEVEL_TRUE) {
		info->color = t->native_rgb || promises_truecolor(name) ? LEVEL_TRUE : LEVEL_256;
	} else {
		info->color = best;
	}
}

/* ---- curses ---- */

/* newterm() installs handlers of its own where it finds the default; what was there is put back before a signal can
 * come. */
static SCREEN *newterm_quietly(const char *name)
{
	static const int touched[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH, SIGQUIT, SIGHUP};
	struct sigaction before[ARRAY_LEN(touched)];
	sigset_t all, mask;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	for (size_t i = 0; i < ARRAY_LEN(touched); i++)
		sigaction(touched[i], NULL, &before[i]);
	SCREEN *s = newterm(name, curses.out, curses.in);
	for (size_t i = 0; i < ARRAY_LEN(touched); i++)
		sigaction(touched[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return s;
}

/* newterm() loses some memory over a name that it does not know, so it is asked only for those that it does. */
static SCREEN *open_known(const char *name)
{
	int found;

	if (setupterm(name, fileno(curses.out), &found) != OK)
		return NULL;
	del_curterm(cur_term);
	return newterm_quietly(name);
}

/* A name from the environment, fit to be shown. */
static void clean_name(char *dst, size_t cap, const char *name)
{
	size_t n = 0;

	for (; *name && n + 1 < cap; name++)
		dst[n++] = *name > ' ' && *name <= '~' ? *name : '?';
	dst[n] = '\0';
}

/* Over ssh the far host often does not know xterm-kitty and the like: their sequences are xterm's. */
static int open_curses(char name[48], struct screen_info *info, struct err *e)
{
	static const char *const stand_ins[] = {"xterm-256color", "xterm", "vt100", NULL};
	const char *env = getenv("TERM");

	clean_name(name, 48, env && *env ? env : "");
	curses.screen = *name ? open_known(env) : NULL;
	for (size_t i = 0; !curses.screen && stand_ins[i]; i++) {
		curses.screen = open_known(stand_ins[i]);
		if (!curses.screen)
			continue;
		snprintf(info->note, sizeof(info->note), "TERM '%.40s' is not known here: using %s", name,
			 stand_ins[i]);
		snprintf(name, 48, "%s", stand_ins[i]);
	}
	if (!curses.screen)
		return err_set(e, ERR_FILE, "cannot draw: TERM '%s' is not known here, and no xterm entry either",
			       name);
	if (!capability("cup"))
		return err_set(e, ERR_FILE, "cannot draw: TERM '%s' cannot address the cursor", name);
	return 0;
}

static void set_up_curses(void)
{
	typeahead(-1); /* a frame is never cut short because a key waits: it goes out in one piece anyway */
	noecho();
	nonl();
	/* an output that is no terminal makes curses think of a 7-bit line; what meta() writes is thrown away below */
	meta(stdscr, TRUE);
	if (!getenv("ESCDELAY"))
		set_escdelay(ESC_DELAY_MS);
}

int terminal_open(struct terminal *t, const struct screen_options *o, int in_fd, struct screen_info *info,
		  struct err *e)
{
	static const char *const with_title[] = {"xterm",     "tmux",  "screen", "rxvt", "foot",
						 "alacritty", "kitty", "vte",    NULL};
	char name[48];

	*t = (struct terminal){0};
	choose_charset(t, o, getenv("TERM") ? getenv("TERM") : "", info);
	int fd = dup(in_fd);
	curses.in = fd >= 0 ? fdopen(fd, "r") : NULL;
	curses.out = memory_file();
	t->open = true;
	if (!curses.in || !curses.out) {
		err_set(e, ERR_FILE, "cannot draw: no memory file for the frames");
		goto fail;
	}
	use_env(FALSE); /* LINES and COLUMNS would override the real size for ever */
	use_tioctl(TRUE);
	if (open_curses(name, info, e) != 0)
		goto fail;
	set_up_curses();
	t->ansi = strncmp(capability("cup"), "\033[", 2) == 0;
	t->has_title = t->ansi && (name_begins(name, with_title) || tigetflag("XT") > 0);
	t->colors = tigetnum("colors");
	if (t->colors < 0)
		t->colors = 0;
	t->native_rgb = t->colors > 65536;
	choose_level(t, o, name, info);
	if (info->color != LEVEL_MONO) {
		start_color();
		use_default_colors(); /* colour -1: the user's own background */
	}
	make_strings(t, o, strncmp(name, "linux", 5) != 0);
	return 0;
fail:
	terminal_close(t);
	return ERR_FILE;
}

void terminal_close(struct terminal *t)
{
	if (!t->open)
		return;
	if (curses.screen) {
		if (!isendwin())
			endwin();
		delscreen(curses.screen);
	}
	if (curses.out)
		fclose(curses.out);
	if (curses.in)
		fclose(curses.in);
	if (curses.locale[0])
		setlocale(LC_CTYPE, curses.locale);
	free(curses.bytes);
	memset(&curses, 0, sizeof(curses));
	t->open = false;
}
