/* links: io/screen io/screen_tty io/screen_term io/screen_sgr io/screen_paint io/screen_keys base/canvas base/text base/strbuf base/err base/mem */
/* What a frame costs the line: bytes a scene, beside what plain ncurses 6.4 sends for the same (terminal.md 5.6).
 *
 * The figures are those of screen_bytes(), all of which really went through a pseudo-terminal. Frame marks (16 bytes)
 * are included, and in the first paint the modes, too. Times are CPU, the whole way from the canvas to the last write.
 */
#include <locale.h>
#include <time.h>

#include "../io/pty_rig.h"

enum { STATES = 4, REPEAT = 50 };

struct size {
	int rows, cols;
};

struct scene {
	const char *what;
	void (*first)(struct canvas *c); /* what is there before; NULL: nothing was sent yet */
	void (*change)(struct canvas *c, int round);
	int plain[2]; /* bytes of plain ncurses at each size; 0: not known */
};

static const struct size sizes[] = {{24, 80}, {36, 120}};

static uint32_t seed = 20141222;

static uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* ---- scenes ---- */

/* 92 % of the networks are up; a cell shows two. */
static uint8_t some_state(void)
{
	return (uint8_t)(draw(100) < 92 ? ROLE_UP : ROLE_UP + draw(STATES));
}

static void put_two(struct canvas *c, int y, int x)
{
	uint8_t upper = some_state();

	canvas_put2(c, y, x, 0x2580, upper, some_state());
}

static void grid(struct canvas *c)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x++)
			put_two(c, y, x);
}

static void random_grid(struct canvas *c)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x++)
			canvas_put2(c, y, x, 0x2580, (uint8_t)(ROLE_UP + draw(STATES)),
				    (uint8_t)(ROLE_UP + draw(STATES)));
}

static void change_share(struct canvas *c, uint32_t permille)
{
	uint32_t count = (uint32_t)(c->rows * c->cols) * permille / 1000;

	for (uint32_t i = 0; i < count; i++) {
		int y = (int)draw((uint32_t)c->rows), x = (int)draw((uint32_t)c->cols);
		canvas_put2(c, y, x, 0x2580, (uint8_t)(ROLE_UP + draw(STATES)), (uint8_t)(ROLE_UP + draw(STATES)));
	}
}

static void five_percent(struct canvas *c, int round)
{
	(void)round;
	change_share(c, 50);
}

static void half_a_percent(struct canvas *c, int round)
{
	(void)round;
	change_share(c, 5);
}

static void sparklines(struct canvas *c)
{
	for (int y = 0; y < c->rows; y++) {
		canvas_textf(c, y, 0, 20, ROLE_TEXT, "AS%-6u  %3u/%-3u", 1000 + draw(60000), draw(100), 100u);
		for (int x = 0; x < 40; x++)
			canvas_put(c, y, 22 + x, 0x2581 + draw(8), ROLE_UP);
	}
}

static void sparklines_scroll(struct canvas *c, int round)
{
	(void)round;
	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < 39; x++)
			canvas_put(c, y, 22 + x, canvas_at(c, y, 23 + x)->ch, ROLE_UP);
		canvas_put(c, y, 22 + 39, draw(20) ? 0x2588 : 0x2581 + draw(8), ROLE_UP);
	}
}

static void flat_sparklines(struct canvas *c)
{
	sparklines(c);
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < 40; x++)
			if (draw(20))
				canvas_put(c, y, 22 + x, 0x2588, ROLE_UP);
}

static void clock_only(struct canvas *c, int round)
{
	canvas_textf(c, 0, c->cols - 10, 9, ROLE_TEXT, "16:%02d UTC", round % 60);
}

static void nothing(struct canvas *c, int round)
{
	(void)c;
	(void)round;
}

static const struct scene scenes[] = {
	{"grid of half blocks, 92 % up, first paint", NULL, NULL, {15500, 33400}},
	{"  random colours (worst case)", NULL, NULL, {46700, 105000}},
	{"  5 % of the cells change", grid, five_percent, {3700, 8400}},
	{"  0.5 % of the cells change", grid, half_a_percent, {300, 670}},
	{"a sparkline of 40 in every row, first paint", NULL, NULL, {4100, 6300}},
	{"  all scroll left by one, 95 % flat", flat_sparklines, sparklines_scroll, {390, 625}},
	{"only the clock changes", grid, clock_only, {8, 8}},
	{"nothing changes", grid, nothing, {0, 0}},
};

static void (*const first_paints[])(struct canvas *c) = {
	[0] = grid,
	[1] = random_grid,
	[4] = sparklines,
};

/* ---- measuring ---- */

static struct theme bench_theme(void)
{
	static const int colors[STATES] = {34, 178, 214, 166};
	struct theme t = {.name = "bench"};

	for (size_t level = 0; level < LEVEL_COUNT; level++)
		for (size_t role = 0; role < ROLE_COUNT; role++)
			t.looks[level][role] = (struct look){.fg = COLOR_DEFAULT, .bg = COLOR_DEFAULT};
	for (size_t i = 0; i < STATES; i++)
		t.looks[LEVEL_256][ROLE_UP + i].fg = colors[i];
	return t;
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Present until all is out, reading along; returns the microseconds spent in screen_present(). */
static double send_all(struct rig *r, const struct canvas *c)
{
	enum present p = PRESENT_LATER;
	double spent = 0;

	while (p == PRESENT_LATER) {
		double begun = now_us();
		p = screen_present(c);
		spent += now_us() - begun;
		if (p == PRESENT_GONE || !rig_pump(r))
			BUG("the line went quiet");
	}
	return spent;
}

struct result {
	double bytes, us;
};

static struct result run(size_t index, struct size size)
{
	const struct scene *scene = &scenes[index];
	struct screen_info info;
	struct result result = {0, 0};
	struct theme t = bench_theme();
	struct canvas c;
	struct err e;
	struct rig r;

	rig_init(&r, size.rows, size.cols);
	canvas_init(&c, size.rows, size.cols);
	double begun = now_us();
	if (rig_open(&r, &rig_options, &info, &e) != 0)
		BUG("%s", e.msg);
	double opening = now_us() - begun;
	screen_set_theme(&t);
	if (!scene->first) {
		first_paints[index](&c);
		result.us = opening + send_all(&r, &c);
		result.bytes = (double)screen_bytes();
	} else {
		scene->first(&c);
		(void)send_all(&r, &c);
		size_t before = screen_bytes();
		for (int i = 0; i < REPEAT; i++) {
			scene->change(&c, i + 1);
			result.us += send_all(&r, &c) / REPEAT;
		}
		result.bytes = (double)(screen_bytes() - before) / REPEAT;
	}
	canvas_release(&c);
	rig_release(&r);
	return result;
}

int main(void)
{
	setenv("TERM", "xterm-256color", 1);
	unsetenv("NO_COLOR");
	unsetenv("COLORTERM");
	setlocale(LC_ALL, "C.UTF-8");
	printf("%-44s %28s %30s\n", "bytes a frame (plain ncurses 6.4), microseconds of CPU", "80x24", "120x36");
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		printf("%-44s", scenes[i].what);
		for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
			struct result got = run(i, sizes[k]);
			printf(" %8.0f (%6d) %7.0f us   ", got.bytes, scenes[i].plain[k], got.us);
			fflush(stdout);
		}
		printf("\n");
	}
	return 0;
}
