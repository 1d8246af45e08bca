/* A recording as a tape: see tape_file.h. */
#include "tape_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/record.h"

struct file_tape {
	struct tape tape;
	struct record_reader *reader;
	struct record_info info;     /* as opened: its config is lent out */
	char name[64];
};

static void file_info(const struct tape *base, struct tape_info *out)
{
	const struct file_tape *t = (const struct file_tape *)base;
	struct record_info now;
	char day[WALL_TEXT_MAX];
	record_reader_info(t->reader, &now);
	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", t->name);
	if (t->info.session.note[0])
		snprintf(out->note, sizeof(out->note), "%s", t->info.session.note);
	else
		snprintf(out->note, sizeof(out->note), "recording of %s%s", wall_format_date(day, t->info.from), now.cut ? ", cut short" : "");
	out->from = t->info.from;
	out->until = t->info.until;
	out->territory_count = t->info.session.territory_count;
	memcpy(out->territories, t->info.session.territories, sizeof(out->territories));
	out->config = t->info.session.config;
	out->turns = t->info.session.turns;
	out->exact = t->info.session.exact;
	out->numbers = t->info.session.numbers;
	out->cut = now.cut;
}

static int file_next(struct tape *base, struct frame *out, struct err *e)
{
	return record_reader_next(((struct file_tape *)base)->reader, out, e);
}

static int file_rewind(struct tape *base, struct err *e)
{
	return record_reader_rewind(((struct file_tape *)base)->reader, e);
}

static void file_free(struct tape *base)
{
	struct file_tape *t = (struct file_tape *)base;
	record_reader_close(t->reader);
	free(t);
}

static const struct tape_ops file_ops = {.info = file_info, .next = file_next, .rewind = file_rewind, .free = file_free};

int tape_file_open(struct tape **out, const char *path, struct err *e)
{
	struct file_tape *t = xcalloc(1, sizeof(*t));
	const char *slash = strrchr(path, '/');
	*out = NULL;
	int rc = record_reader_open(&t->reader, path, e);
	if (rc < 0) {
		free(t);
		return rc;
	}
	t->tape.ops = &file_ops;
	record_reader_info(t->reader, &t->info);
	text_clean_str(t->name, sizeof(t->name), slash ? slash + 1 : path);
	*out = &t->tape;
	return 0;
}
