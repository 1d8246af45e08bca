/* Errors as values: see base/err.h.
 *
 * Messages travel to the screen, to logs and to one line on stderr, so the end of a message that was too long is cut at
 * a whole UTF-8 character here, once, instead of at each place that shows it. Links nothing. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* vsnprintf cuts at a byte: drop the beginning of a character that lost its end. */
static void cut_at_character(char *msg, size_t len)
{
	size_t start = len;

	while (start > 0 && len - start < 3 && ((unsigned char)msg[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0 || ((unsigned char)msg[start - 1] & 0xC0) != 0xC0)
		return;
	unsigned char lead = (unsigned char)msg[start - 1];
	size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
	if (len - start + 1 < want)
		msg[start - 1] = '\0';
}

static void PRINTF_LIKE(2, 0) fill(char *msg, const char *fmt, va_list ap)
{
	int n = vsnprintf(msg, ERR_MSG_MAX, fmt, ap);

	if (n < 0)
		msg[0] = '\0';
	else if (n >= ERR_MSG_MAX)
		cut_at_character(msg, ERR_MSG_MAX - 1);
	/* "one line" is a promise to every place that prints it */
	for (char *p = msg; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			*p = ' ';
}

int err_vset(struct err *e, enum err_code code, const char *fmt, va_list ap)
{
	if (!e)
		return code;
	e->code = code;
	fill(e->msg, fmt, ap);
	return code;
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(e, code, fmt, ap);
	va_end(ap);
	return code;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	struct err before;
	va_list ap;

	if (!e)
		return ERR_PARSE; /* the code is lost, but failure must not turn into 0 */
	before = *e;
	va_start(ap, fmt);
	fill(e->msg, fmt, ap);
	va_end(ap);
	size_t used = strlen(e->msg);
	int n = snprintf(e->msg + used, ERR_MSG_MAX - used, ": %s", before.msg);
	if (n > 0 && (size_t)n >= ERR_MSG_MAX - used)
		cut_at_character(e->msg, ERR_MSG_MAX - 1);
	return e->code;
}
