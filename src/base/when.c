/* Time as text, both ways: see base/when.h.
 *
 * The calendar is computed here (proleptic Gregorian, days counted from 1970-01-01) and not asked of libc, so that no
 * time zone, no environment and no global buffer can get into a printed time. */
#include "base/when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, DAYS_PER_ERA = 146097 /* 400 years */ };

struct civil {
	int64_t year;
	int month, day, hour, minute, second;
};

static const char *const month_names[12] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years are counted from March here, so that the leap day is the last of its year. */
static int64_t days_from_date(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct civil civil_from_wall(struct wall t)
{
	int64_t s = wall_to_s(t);
	int64_t days = floor_div(s, DAY_S);
	int64_t rest = s - days * DAY_S;
	int64_t shifted = days + 719468;
	int64_t era = floor_div(shifted, DAYS_PER_ERA);
	int64_t day_of_era = shifted - era * DAYS_PER_ERA;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month_index = (int)((5 * day_of_year + 2) / 153); /* 0 is March */
	int month = month_index < 10 ? month_index + 3 : month_index - 9;

	return (struct civil){
		.year = era * 400 + year_of_era + (month <= 2),
		.month = month,
		.day = (int)(day_of_year - (153 * month_index + 2) / 5 + 1),
		.hour = (int)(rest / 3600),
		.minute = (int)(rest / 60 % 60),
		.second = (int)(rest % 60),
	};
}

char *wall_format(char *dst, struct wall t)
{
	dst[0] = '\0';
	if (wall_is_set(t)) {
		struct civil c = civil_from_wall(t);
		snprintf(dst, WALL_TEXT_MAX, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)c.year, c.month, c.day,
			 c.hour, c.minute, c.second);
	}
	return dst;
}

static char *format_unset(char *dst)
{
	dst[0] = '-';
	dst[1] = '\0';
	return dst;
}

char *wall_format_hm(char *dst, struct wall t)
{
	if (!wall_is_set(t))
		return format_unset(dst);
	struct civil c = civil_from_wall(t);
	snprintf(dst, WALL_TEXT_MAX, "%02d:%02d", c.hour, c.minute);
	return dst;
}

char *wall_format_hms(char *dst, struct wall t)
{
	if (!wall_is_set(t))
		return format_unset(dst);
	struct civil c = civil_from_wall(t);
	snprintf(dst, WALL_TEXT_MAX, "%02d:%02d:%02d", c.hour, c.minute, c.second);
	return dst;
}

char *wall_format_day_hm(char *dst, struct wall t)
{
	if (!wall_is_set(t))
		return format_unset(dst);
	struct civil c = civil_from_wall(t);
	snprintf(dst, WALL_TEXT_MAX, "%02d %s %02d:%02d", c.day, month_names[c.month - 1], c.hour, c.minute);
	return dst;
}

char *wall_format_date(char *dst, struct wall t)
{
	if (!wall_is_set(t))
		return format_unset(dst);
	struct civil c = civil_from_wall(t);
	snprintf(dst, WALL_TEXT_MAX, "%04lld-%02d-%02d", (long long)c.year, c.month, c.day);
	return dst;
}

/* Exactly n digits. */
static bool take_digits(const char **s, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*s)[i]))
			return false;
		v = v * 10 + ((*s)[i] - '0');
	}
	*s += n;
	*out = v;
	return true;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **s, struct civil *c)
{
	int year;

	if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &c->month) || !take_char(s, '-') ||
	    !take_digits(s, 2, &c->day))
		return false;
	c->year = year;
	return year >= 1970 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(year, c->month);
}

/* "16:15", "16:15:07", "16:15:07.250": a fraction is cut to milliseconds. */
static bool take_clock(const char **s, struct civil *c, int *ms)
{
	if (!take_digits(s, 2, &c->hour) || !take_char(s, ':') || !take_digits(s, 2, &c->minute))
		return false;
	if (take_char(s, ':')) {
		if (!take_digits(s, 2, &c->second))
			return false;
		if (take_char(s, '.')) {
			int weight = 100;
			if (!isdigit((unsigned char)**s))
				return false;
			for (; isdigit((unsigned char)**s); (*s)++, weight /= 10)
				*ms += (**s - '0') * weight;
		}
	}
	return c->hour < 24 && c->minute < 60 && c->second < 60;
}

/* "", "Z" or "+hh:mm"; minutes east of UTC. */
static bool take_zone(const char **s, int *minutes)
{
	int hours, mins;
	bool west = **s == '-';

	*minutes = 0;
	if (**s == '\0' || take_char(s, 'Z'))
		return true;
	if (!take_char(s, west ? '-' : '+') || !take_digits(s, 2, &hours) || !take_char(s, ':') ||
	    !take_digits(s, 2, &mins) || hours > 23 || mins > 59)
		return false;
	*minutes = (hours * 60 + mins) * (west ? -1 : 1);
	return true;
}

int wall_parse(const char *s, struct wall *out, struct err *e)
{
	struct civil c = {0};
	const char *p = s;
	int ms = 0, zone = 0;
	bool ok = take_date(&p, &c);

	if (ok && *p != '\0')
		ok = (take_char(&p, 'T') || take_char(&p, ' ')) && take_clock(&p, &c, &ms) && take_zone(&p, &zone);
	if (!ok || *p != '\0')
		return err_set(e, ERR_PARSE, "cannot read time '%.40s'; write it as 2014-12-22T16:15:00Z", s);
	int64_t seconds =
		days_from_date(c.year, c.month, c.day) * DAY_S + c.hour * 3600 + (c.minute - zone) * 60 + c.second;
	out->ms = seconds * 1000 + ms;
	return 0;
}

char *duration_format(char *dst, int64_t ms)
{
	int64_t s = ms > 0 ? ms / 1000 : 0;
	int64_t m = s / 60, h = m / 60, d = h / 24;

	if (s < 60)
		snprintf(dst, DURATION_TEXT_MAX, "%llds", (long long)s);
	else if (m < 60)
		snprintf(dst, DURATION_TEXT_MAX, "%lldm", (long long)m);
	else if (h < 24)
		snprintf(dst, DURATION_TEXT_MAX, "%lldh%02lldm", (long long)h, (long long)(m % 60));
	else
		snprintf(dst, DURATION_TEXT_MAX, "%lldd%02lldh", (long long)d, (long long)(h % 24));
	return dst;
}

char *age_format(char *dst, int64_t ms)
{
	int64_t s = ms > 0 ? ms / 1000 : 0;

	if (s < 10)
		snprintf(dst, DURATION_TEXT_MAX, "now");
	else if (s < 60)
		snprintf(dst, DURATION_TEXT_MAX, "%llds", (long long)(s / 10 * 10));
	else if (s < 3600)
		snprintf(dst, DURATION_TEXT_MAX, "%lldm", (long long)(s / 60));
	else if (s < DAY_S)
		snprintf(dst, DURATION_TEXT_MAX, "%lldh", (long long)(s / 3600));
	else
		snprintf(dst, DURATION_TEXT_MAX, "%lldd", (long long)(s / DAY_S));
	return dst;
}

static int64_t unit_ms(char c)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {
		{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == c)
			return units[i].ms;
	return 0;
}

int duration_parse(const char *s, int64_t *ms, struct err *e)
{
	const int64_t max_ms = INT64_C(100) * 366 * 86400000; /* a century: more is a slip of the hand */
	const char *p = s;
	int64_t sum = 0;

	do {
		int64_t n = 0, unit;
		int digits = 0;
		for (; isdigit((unsigned char)*p) && digits < 10; digits++)
			n = n * 10 + (*p++ - '0');
		unit = digits ? unit_ms(*p) : 0;
		if (unit == 0)
			return err_set(e, ERR_PARSE,
				       "cannot read duration '%.40s'; write it as 90s, 15m, 6h, 7d or 1d12h", s);
		p++;
		if (n > max_ms / unit || sum > max_ms - n * unit)
			return err_set(e, ERR_PARSE, "duration '%.40s' is over 100 years", s);
		sum += n * unit;
	} while (*p);
	*ms = sum;
	return 0;
}
