/* RIS Live: every BGP update that RIPE NCC's route collectors hear, within a second or so (sources/bgp.md 2 to 7).
 *
 * One HTTP connection carries one subscription, and its keys must all match, so three needs make three kinds of them:
 *   updates  {"prefix":[...],"moreSpecific":true}, at most RISLIVE_UPDATES of them. By range and never by path, because
 *            a withdrawal has no path. Without "type": what touches a range is wanted whatever it is called.
 *   states   {"type":"RIS_PEER_STATE"} and {"type":"STATE"}: sessions going up and down, without which a dead peer
 *            votes for ever. The manual has the first name, today's messages the second, and which of them the filter
 *            wants is not known: two nearly silent connections, of which one may be refused without harm.
 *   pulse    {"type":"KEEPALIVE","host":"rrc00"}: a narrow subscription may be silent for hours, so silence means
 *            something only here (a few messages a second from the largest collector). The others MUST NOT be ended
 *            for silence: their line is watched by TCP keep-alive, the service by the pulse.
 * When the ranges do not fit, one connection {} replaces all: everything, states under either name and keepalives too.
 * Beacons for a self-test are ranges like others: whoever watches them passes them in. */
#include "rislive.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/state.h"

#define RISLIVE_UPDATES 4
#define RISLIVE_HEADER_MAX 7500 /* bytes of a subscription: common servers stop at 8 KB of header */
#define RISLIVE_SUBJECT_MAX (sizeof(((struct query *)NULL)->subject) - 1)
#define RISLIVE_TEXT_MAX (RISLIVE_SUBJECT_MAX < RISLIVE_HEADER_MAX ? RISLIVE_SUBJECT_MAX : RISLIVE_HEADER_MAX)

static const char wide[] = "{}";
static const char head[] = "{\"prefix\":[", tail[] = "],\"moreSpecific\":true}";
static const char *const companions[] = {
	"{\"type\":\"RIS_PEER_STATE\"}",
	"{\"type\":\"STATE\"}",
	"{\"type\":\"KEEPALIVE\",\"host\":\"rrc00\"}",
};

static int rislive_request(const struct query *q, struct request *out, struct err *e)
{
	if (strpbrk(q->subject, "\r\n"))
		return err_set(e, ERR_USAGE, "rislive stream: a subscription is one line");
	strbuf_adds(&out->url, q->base);
	strbuf_adds(&out->url, "/v1/stream/?format=json&client=landline");
	if (q->subject[0] != '\0')
		strbuf_addf(&out->header, "X-RIS-Subscribe: %s", q->subject);
	if (out->url.cut || out->header.cut)
		return err_set(e, ERR_LIMIT, "rislive stream: the address or the subscription is too long");
	return 0;
}

/* As many prefixes of list[*next..count) as fit into one text; *next moves behind them. */
static void pack(char out[8192], const struct prefix *list, size_t count, size_t *next)
{
	size_t n = sizeof(head) - 1;

	memcpy(out, head, n);
	for (; *next < count; (*next)++) {
		char text[PREFIX_TEXT_MAX];
		size_t len = strlen(prefix_format(text, &list[*next]));

		if (n + len + 3 + sizeof(tail) - 1 > RISLIVE_TEXT_MAX)
			break;
		if (n > sizeof(head) - 1)
			out[n++] = ',';
		out[n++] = '"';
		memcpy(out + n, text, len);
		n += len;
		out[n++] = '"';
	}
	memcpy(out + n, tail, sizeof(tail));
}

static size_t rislive_subscribe(const struct prefix *ranges, size_t count, char (*out)[8192], size_t max)
{
	size_t n = 0, next = 0;

	if (count == 0 || max == 0)
		return 0;
	struct prefix *list = xmalloc(count * sizeof(*list));
	memcpy(list, ranges, count * sizeof(*list));
	count = prefix_aggregate(list, count);
	while (next < count && n < RISLIVE_UPDATES && n + ARRAY_LEN(companions) < max)
		pack(out[n++], list, count, &next);
	free(list);

	if (next < count) {
		memcpy(out[0], wide, sizeof(wide));
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(companions); i++)
		memcpy(out[n++], companions[i], strlen(companions[i]) + 1);
	return n;
}

static enum stream_role rislive_role(const char *subscription)
{
	if (!strcmp(subscription, wide))
		return STREAM_ALL;
	if (!strncmp(subscription, head, sizeof(head) - 1))
		return STREAM_UPDATES;
	return strstr(subscription, "KEEPALIVE") ? STREAM_PULSE : STREAM_ASIDE;
}

static const struct source_call calls[] = {
	{
		.name = "stream",
		.help = "announcements and withdrawals of the watched networks, and the collectors' sessions",
		.scope = SCOPE_CALL_STREAM,
		.retry_s = 5,
		.timeout_s = 60, /* of silence, of the pulse or of all connections together; not of each */
		.body_max = RISLIVE_LINE_MAX,
		.urgency = 0,
		.data_step_s = 30, /* something within 30 s is fresh, none for 60 s is down (detection.md 8) */
		.request = rislive_request,
	},
	{0},
};

const struct source_ops source_rislive = {
	.name = "rislive",
	.title = "RIS Live",
	.about = "every BGP update within seconds, from RIPE NCC's route collectors",
	.attribution = "Source: RIS Live, RIPE NCC",
	.url = "https://ris-live.ripe.net",
	.classes = CLASS_R,
	.parallel = RISLIVE_UPDATES + ARRAY_LEN(companions),
	.gap_ms = 200,
	.calls = calls,
	.subscribe = rislive_subscribe,
	.role = rislive_role,
	.feed = rislive_feed,
	.reader_new = rislive_reader_new,
	.reader_free = rislive_reader_free,
};
