/* Tor Metrics: how many people of a country use Tor, by the day and about two days late. Background beside an outage (a
 * blocked service drives people to Tor, a dark country takes them off it), never evidence: off by default.
 *
 * The body is CSV behind lines of comments; columns are found by their names, since they may move. sources/others.md. */
#include "source/source.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { DAY_S = 86400, SPAN_S = 10 * DAY_S, ROWS_MAX = 4000, COLUMNS_MAX = 32, FIELD_MAX = 32 };

enum column { DATE, COUNTRY, USERS, COLUMNS };
static const char *const column_names[COLUMNS] = {"date", "country", "users"};

struct line { const char *at; size_t len; };

/* The next line without its end; false at the end. */
static bool next_line(const char **p, const char *end, struct line *out)
{
	if (*p >= end)
		return false;
	const char *feed = memchr(*p, '\n', (size_t)(end - *p));
	out->at = *p;
	out->len = (size_t)((feed ? feed : end) - *p);
	*p = feed ? feed + 1 : end;
	if (out->len && out->at[out->len - 1] == '\r')
		out->len--;
	return true;
}

/* Field n as a string; "" when there is none or it is too long to be one of ours. No field of these files is quoted. */
static void field(const struct line *l, int n, char dst[FIELD_MAX])
{
	size_t at = 0;

	dst[0] = '\0';
	for (; n > 0 && at < l->len; at++)
		n -= l->at[at] == ',';
	size_t len = 0;
	while (at + len < l->len && l->at[at + len] != ',')
		len++;
	if (n == 0 && len < FIELD_MAX) {
		memcpy(dst, l->at + at, len);
		dst[len] = '\0';
	}
}

static bool find_columns(const struct line *head, int place[COLUMNS])
{
	char name[FIELD_MAX];

	for (int c = 0; c < COLUMNS; c++) {
		place[c] = -1;
		for (int i = 0; i < COLUMNS_MAX && place[c] < 0; i++) {
			field(head, i, name);
			if (!strcmp(name, column_names[c]))
				place[c] = i;
		}
		if (place[c] < 0)
			return false;
	}
	return true;
}

/* One row of the country that was asked for: a day and a whole number. */
static int read_row(const struct query *q, const struct line *l, const int place[COLUMNS], struct batch *out, struct err *e)
{
	char date[FIELD_MAX], cc[FIELD_MAX], users[FIELD_MAX], *end;
	struct wall t;

	field(l, place[DATE], date);
	field(l, place[COUNTRY], cc);
	field(l, place[USERS], users);
	double n = strtod(users, &end);
	bool ours = strlen(cc) == 2 && toupper((unsigned char)cc[0]) == q->subject[0] &&
		    toupper((unsigned char)cc[1]) == q->subject[1];
	if (!ours || strlen(date) != 10 || wall_parse(date, &t, NULL) || t.ms > q->now.ms || !*users || *end || !(n >= 0) ||
	    !isfinite(n)) {
		out->skipped++;
		return 0;
	}
	struct fact *f = batch_add(out, FACT_SAMPLE);
	if (!f)
		return err_set(e, ERR_LIMIT, "tor %s: too many rows", q->call->name);
	f->subject = batch_text(out, q->subject, 2, 4);
	f->name = "users";
	f->text = "users";
	f->t = t;
	f->step_ms = DAY_S * 1000;
	f->value = n;
	if (t.ms > out->data_time.ms)
		out->data_time = t;
	return 0;
}

static int parse_users(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	const char *p = body, *end = body + len;
	struct line l;
	int place[COLUMNS], rows = 0;
	bool headed = false;

	if (len == 0)
		return err_set(e, ERR_PARSE, "tor %s: empty body", q->call->name);
	if (*body == '<')
		return err_set(e, ERR_PARSE, "tor %s: HTML instead of CSV", q->call->name);
	while (next_line(&p, end, &l)) {
		if (l.len == 0 || *l.at == '#')
			continue;
		if (!headed) {
			if (!find_columns(&l, place))
				return err_set(e, ERR_SHAPE, "tor %s: no header with date, country, users", q->call->name);
			headed = true;
			continue;
		}
		if (++rows > ROWS_MAX)
			return err_set(e, ERR_LIMIT, "tor %s: more than %d rows", q->call->name, ROWS_MAX);
		int rc = read_row(q, &l, place, out, e);
		if (rc)
			return rc;
	}
	return headed ? 0 : err_set(e, ERR_SHAPE, "tor %s: no header with date, country, users", q->call->name);
}

static int request_users(const struct query *q, struct request *out, struct err *e)
{
	const char *cc = q->subject;
	char from[WALL_TEXT_MAX], until[WALL_TEXT_MAX];

	if (!isupper((unsigned char)cc[0]) || !isupper((unsigned char)cc[1]) || cc[2])
		return err_set(e, ERR_USAGE, "tor %s: no country asked for", q->call->name);
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s/userstats-relay-country.csv?start=%.10s&end=%.10s&country=%c%c&events=off", q->base,
		    wall_format(from, (struct wall){q->now.ms - SPAN_S * INT64_C(1000)}), wall_format(until, q->now),
		    tolower((unsigned char)cc[0]), tolower((unsigned char)cc[1]));
	return out->url.cut ? err_set(e, ERR_LIMIT, "tor %s: URL too long", q->call->name) : 0;
}

static const struct source_call calls[] = {
	{
		.name = "users",
		.help = "estimated users of Tor in a country, by the day",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 6 * 3600, .retry_s = 300, .timeout_s = 60, .body_max = 256 << 10, .urgency = 6,
		.data_step_s = DAY_S, .data_delay_s = 3 * DAY_S,
		.request = request_users, .parse = parse_users,
	},
	{.name = NULL},
};

static const struct source_signal signals[] = {
	{"users", "Tor users", "users", 0, DAY_S, 3 * DAY_S},
	{.name = NULL},
};

const struct source_ops source_tor = {
	.name = "tor",
	.title = "Tor Metrics",
	.about = "users of Tor per country, daily and days late: background, off by default",
	.attribution = "Source: Tor Metrics (CC0)",
	.url = "https://metrics.torproject.org",
	.parallel = 1,
	.gap_ms = 2000,
	.off_by_default = true,
	.calls = calls,
	.signals = signals,
};
