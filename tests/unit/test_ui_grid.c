/* links: ui/grid base/mem */
/* The layout of the grid: from one network to more than fit, every network has one cell, in a fixed order, inside the
 * room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ui/grid.h"

/* networks over operators, `six` of them IPv6, the first operator with half of all. */
static struct territory *make(size_t networks, size_t operators, size_t six)
{
	struct territory *t = xcalloc(1, sizeof(*t));

	t->networks = xcalloc(networks + 1, sizeof(*t->networks));
	for (size_t i = 0; i < networks; i++) {
		struct network *n = &t->networks[t->network_count++];
		size_t op = i < networks / 2 ? 0 : 1 + (i - networks / 2) * (operators - 1) / (networks - networks / 2);
		n->operator_index = (int)op;
		n->v.prefix = (struct prefix){.family = i % 10 < six ? 6 : 4,
					      .len = 24,
					      .bytes = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
		n->v.state = NET_UP;
	}
	return t;
}

static void drop(struct territory *t)
{
	free(t->networks);
	free(t);
}

static void test_modes(void **state)
{
	static const struct {
		const char *what;
		size_t networks, operators;
		int rows, cols;
		enum charset charset;
		enum grid_mode mode;
		unsigned per_cell;
	} cases[] = {
		{"one network has a line", 1, 1, 4, 80, CHARSET_BLOCK, GRID_LIST, 1},
		{"four have lines at 80x24", 4, 1, 4, 80, CHARSET_ASCII, GRID_LIST, 1},
		{"lines in two columns", 8, 2, 4, 90, CHARSET_BLOCK, GRID_LIST, 1},
		{"dozens have a cell and a space", 47, 2, 6, 80, CHARSET_BLOCK, GRID_SPACED, 1},
		{"hundreds have a cell each", 370, 10, 12, 80, CHARSET_BLOCK, GRID_DENSE, 1},
		{"thousands share half-blocks", 2500, 10, 24, 110, CHARSET_BLOCK, GRID_HALF, 2},
		{"without half-blocks two share a cell", 2500, 10, 24, 110, CHARSET_ASCII, GRID_PACKED, 2},
		{"more than the room: aggregated", 6000, 300, 10, 80, CHARSET_BLOCK, GRID_PACKED, 16},
		{"twenty thousand in five rows", 20000, 2000, 5, 80, CHARSET_BLOCK, GRID_PACKED, 128},
		{"one row still has cells", 4, 1, 1, 20, CHARSET_ASCII, GRID_SPACED, 1},
		{"no room at all", 400, 1, 0, 80, CHARSET_BLOCK, GRID_COUNTS, 1},
		{"one column", 400, 1, 5, 1, CHARSET_BLOCK, GRID_COUNTS, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct territory *t = make(cases[i].networks, cases[i].operators, 0);
		struct grid g;
		grid_init(&g, t, (struct rect){.rows = cases[i].rows, .cols = cases[i].cols}, cases[i].charset);
		if (g.mode != cases[i].mode || g.per_cell != cases[i].per_cell)
			fail_msg("%s: mode %d, %u in a cell", cases[i].what, g.mode, g.per_cell);
		grid_release(&g);
		drop(t);
	}
}

/* Where a cell is, there it is found; and it is inside the room. */
static void check_places(const struct grid *g)
{
	struct rect r = g->room;

	for (size_t at = 0; at < g->count; at++) {
		int y, x;
		size_t hit, count, first = grid_cell(g, at, &count);
		assert_true(grid_place(g, at, &y, &x));
		assert_in_range(y, r.y, r.y + r.rows - 1);
		assert_in_range(x, r.x, r.x + r.cols - 1);
		assert_true(grid_hit(g, y, x, &hit));
		assert_int_equal(hit, g->mode == GRID_LIST ? at : first);
		assert_true(at >= first && at < first + count);
	}
}

/* A step right and one left come back; every step stays inside. */
static void check_steps(const struct grid *g)
{
	size_t seen = 0, at = 0, count;

	for (size_t guard = 0; guard <= g->count; guard++) { /* right from the first reaches the last cell */
		size_t next = grid_step(g, at, GRID_RIGHT);
		seen++;
		if (next == at)
			break;
		assert_true(next > at);
		assert_int_equal(grid_step(g, next, GRID_LEFT), g->mode == GRID_LIST ? at : grid_cell(g, at, &count));
		at = next;
	}
	assert_true(seen > 1 || g->count <= g->per_cell || g->mode == GRID_LIST);
	for (at = 0; at < g->count; at += 1 + g->count / 50)
		for (int step = GRID_LEFT; step <= GRID_DOWN; step++)
			assert_true(grid_step(g, at, (enum grid_step)step) < g->count);
}

static void test_every_network_has_one_cell(void **state)
{
	static const size_t sizes[] = {1, 2, 4, 47, 370, 1500, 5030, 6000, 20000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (size_t six = 0; six < 8; six += 3) {
			size_t operators = sizes[i] > 300 ? 300 : sizes[i] > 2 ? 3 : 1;
			struct territory *t = make(sizes[i], operators, six);
			for (int rows = 2; rows < 50; rows += 11) {
				struct grid g;
				grid_init(&g, t, (struct rect){.y = 3, .x = 2, .rows = rows, .cols = 40 + rows * 3},
					  CHARSET_BLOCK);
				assert_int_equal(g.count, sizes[i]);
				assert_int_not_equal(g.mode, GRID_COUNTS);
				check_places(&g);
				check_steps(&g);
				grid_release(&g);
			}
			drop(t);
		}
	}
}

/* IPv4 before IPv6, inside the model's order; each network once. */
static void test_order(void **state)
{
	struct territory *t = make(1000, 20, 3);
	char *seen = xcalloc(t->network_count, 1);
	struct grid g;

	(void)state;
	grid_init(&g, t, (struct rect){.rows = 20, .cols = 100}, CHARSET_BLOCK);
	assert_true(g.both_families);
	for (size_t i = 0; i < g.count; i++) {
		const struct prefix *p = &t->networks[g.order[i]].v.prefix;
		assert_false(seen[g.order[i]]);
		seen[g.order[i]] = 1;
		if (i > 0) {
			const struct prefix *before = &t->networks[g.order[i - 1]].v.prefix;
			assert_true(before->family <= p->family);
			assert_true(before->family < p->family || g.order[i - 1] < g.order[i]);
		}
	}
	free(seen);
	grid_release(&g);
	drop(t);
}

/* A cell keeps its place when states change: the layout does not look at them. */
static void test_states_do_not_move_cells(void **state)
{
	struct territory *t = make(800, 20, 2);
	struct grid before, after;

	(void)state;
	grid_init(&before, t, (struct rect){.rows = 12, .cols = 90}, CHARSET_BLOCK);
	for (size_t i = 0; i < t->network_count; i++)
		t->networks[i].v.state = (enum net_state)(i % NET_STATE_COUNT);
	grid_init(&after, t, (struct rect){.rows = 12, .cols = 90}, CHARSET_BLOCK);
	assert_int_equal(before.mode, after.mode);
	for (size_t i = 0; i < before.count; i++) {
		int y0, x0, y1 = -1, x1 = -1;
		assert_true(grid_place(&before, i, &y0, &x0) && grid_place(&after, i, &y1, &x1));
		assert_int_equal(before.order[i], after.order[i]);
		assert_true(y0 == y1 && x0 == x1);
	}
	grid_release(&before);
	grid_release(&after);
	drop(t);
}

static void test_worst(void **state)
{
	static const enum net_state ranked[] = {NET_UP, NET_UNKNOWN, NET_STALE, NET_DEGRADED, NET_FLAPPING, NET_DOWN};

	(void)state;
	for (size_t a = 0; a < ARRAY_LEN(ranked); a++)
		for (size_t b = 0; b < ARRAY_LEN(ranked); b++)
			assert_int_equal(grid_worse(ranked[a], ranked[b]), ranked[a > b ? a : b]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes), cmocka_unit_test(test_every_network_has_one_cell),
		cmocka_unit_test(test_order), cmocka_unit_test(test_states_do_not_move_cells),
		cmocka_unit_test(test_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
