/* Events as lines: see event_print.h. */
#include "event_print.h"

#include <stdio.h>
#include <string.h>

int event_states_read(const char *list, unsigned *out, struct err *e)
{
	*out = 0;
	for (const char *p = list; p && *p;) {
		size_t len = strcspn(p, ",");
		char word[24];
		enum event_state s;
		snprintf(word, sizeof(word), "%.*s", (int)(len < 23 ? len : 23), p);
		if (!strcmp(word, "all"))
			*out |= (1u << EVENT_STATE_COUNT) - 1;
		else if (!strcmp(word, "open"))
			*out |= 1u << EVENT_CONFIRMED | 1u << EVENT_EASING | 1u << EVENT_UNVERIFIED;
		else if (event_state_from_name(word, &s))
			*out |= 1u << s;
		else
			return err_set(e, ERR_USAGE, "unknown state '%s': suspected, confirmed, easing, resolved, dismissed, unverified, open or all", word);
		p += len + (p[len] == ',');
	}
	return 0;
}

void event_print_log(const struct log_line *line, struct strbuf *out)
{
	char time[WALL_TEXT_MAX], said[WALL_TEXT_MAX], day[WALL_TEXT_MAX], said_day[WALL_TEXT_MAX];
	strbuf_addf(out, "%s %s", wall_format(time, line->time), line->text);
	wall_format_date(day, line->time);
	wall_format_date(said_day, line->logged);
	if (strcmp(time, wall_format(said, line->logged)) != 0) {
		bool same_day = !strcmp(day, said_day);
		strbuf_addf(out, " [said %s%s%s]", same_day ? "" : said_day, same_day ? "" : " ", wall_format_hms(said, line->logged));
	}
	strbuf_addc(out, '\n');
}

static void print_line(const struct event *ev, struct wall now, struct strbuf *out)
{
	char start[WALL_TEXT_MAX];
	struct strbuf text;
	strbuf_init(&text, 1024);
	event_text(ev, now, &text);
	strbuf_addf(out, "%5llu  %-20s %-10s %s\n", (unsigned long long)ev->seq, wall_format(start, ev->start),
		    event_state_name(ev->state), text.text);
	strbuf_release(&text);
}

void event_print(const struct event *ev, enum event_print how, struct wall now, struct strbuf *out)
{
	switch (how) {
	case EVENT_PRINT_JSON:
		event_json(ev, now, out);
		strbuf_addc(out, '\n');
		break;
	case EVENT_PRINT_CSV: event_csv(ev, now, out); break;
	case EVENT_PRINT_LINE: print_line(ev, now, out); break;
	}
}
