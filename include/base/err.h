/* Errors that the world causes: a code for the program and one line for the person.
 *
 * A fallible function returns 0 or a negative enum err_code and fills its last parameter. The message says first what
 * failed and names the source or the file and the place: "cannot parse 'ioda' reply: missing 'data'". Whoever gets an
 * error returns it or shows it, never both. Our own bugs are not errors: they are BUG() in base/mem.h. */
#ifndef LANDLINE_BASE_ERR_H
#define LANDLINE_BASE_ERR_H

#include <stdarg.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_code {
	ERR_OK = 0,
	ERR_PARSE = -1,     /* bytes that are not of the format at all */
	ERR_SHAPE = -2,     /* well formed, but a member is missing or of another type */
	ERR_LIMIT = -3,     /* a cap was reached: body, rows, depth, time */
	ERR_NET = -4,       /* no connection, reset, TLS, name not resolved */
	ERR_HTTP = -5,      /* an HTTP status that is not an answer */
	ERR_FILE = -6,      /* the file system or the store */
	ERR_USAGE = -7,     /* wrongly used: an option, a config key, a territory */
	ERR_ORDER = -8,     /* a time that does not move forward */
	ERR_NOT_FOUND = -9,
};

#define ERR_MSG_MAX 240

struct err {
	enum err_code code;
	char msg[ERR_MSG_MAX]; /* one line, clean UTF-8, no trailing full stop */
};

/* Fill e (NULL is allowed: then only the code counts) and return code, so that `return err_set(...)` reads well.
 * A message too long is cut at a character. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same with the arguments of a caller that has "..." of its own. */
int err_vset(struct err *e, enum err_code code, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/* Put "what: " before e's message, for a caller that knows more than the callee. Returns e->code. */
int err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
