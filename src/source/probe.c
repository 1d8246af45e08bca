/* Own checks of named sites and name servers: the row, and what a target is (sources/others.md, Direct
 * reachability).
 *
 * A target is one URL of the configuration. It is read here strictly, once, so that a mistake is named before
 * anything is sent; the shell then gets the URL as it is and does the transfer. What came back is judged in
 * probe_result.c. */
#include "source/probe.h"

#include <string.h>

#include "base/mem.h"
#include "core/state.h"
#include "source/source.h"

extern const struct source_ops source_probe;

static const struct scheme {
	const char *prefix;
	enum probe_kind kind;
	bool tls;
	uint16_t port;             /* 0: must be given */
} schemes[] = {
	{"http://", PROBE_HTTP, false, 80},
	{"https://", PROBE_HTTP, true, 443},
	{"tcp://", PROBE_TCP, false, 0},
	{"dns://", PROBE_DNS, false, 53},
};

static const struct scheme *find_scheme(const char *url)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strncmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	return NULL;
}

/* A name of labels of letters, digits, '-' and '_', 253 bytes in all, in lower case; "" when it is not one. */
static bool copy_name(char dst[256], const char *s, size_t len)
{
	size_t label = 0;

	dst[0] = '\0';
	if (len == 0 || len > 253)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = s[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
		if (c == '.' ? label == 0 : !good || label == 63)
			return false;
		label = c == '.' ? 0 : label + 1;
		dst[i] = c;
	}
	dst[len] = '\0';
	return label > 0;
}

/* A bracketed IPv6 address or a name or IPv4 address: [s, s + len). */
static bool parse_host(struct probe_target *t, const char *s, size_t len)
{
	if (len > 2 && s[0] == '[' && s[len - 1] == ']') {
		if (!addr_parse(s + 1, len - 2, &t->addr) || t->addr.family != 6)
			return false;
		addr_format(t->host, &t->addr);
		return true;
	}
	if (len > 1 && s[len - 1] == '.') /* fully qualified */
		len--;
	if (!copy_name(t->host, s, len))
		return false;
	if (!addr_parse(s, len, &t->addr))
		t->addr = (struct addr){0};
	return true;
}

static bool parse_port(const char *s, size_t len, uint16_t *out)
{
	unsigned v = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	*out = (uint16_t)v;
	return v > 0 && v <= 65535;
}

/* host[:port] in [s, s + len). */
static const char *parse_authority(struct probe_target *t, const char *s, size_t len)
{
	size_t host = len;

	for (size_t i = len; i > 0 && s[i - 1] != ']' && host == len; i--)
		if (s[i - 1] == ':')
			host = i - 1;
	if (host < len && !parse_port(s + host + 1, len - host - 1, &t->port))
		return "a port is a number from 1 to 65535";
	if (!parse_host(t, s, host))
		return "the host is not a name or an address (IPv6 goes in brackets, other scripts as xn--)";
	return t->port ? NULL : "tcp:// needs a port";
}

/* "/kp", "/kp." and "/." for the root. */
static const char *parse_zone(struct probe_target *t, const char *path)
{
	size_t len = path[0] == '/' ? strlen(path + 1) : 0;

	if (len == 0)
		return "dns:// needs a zone, as in dns://ns1.example/kp";
	if (path[len] == '.')
		len--;
	if (len > 0 && !copy_name(t->zone, path + 1, len))
		return "the zone is not a domain name";
	return NULL;
}

static const char *parse_target(struct probe_target *t, const char *url)
{
	const struct scheme *scheme = find_scheme(url);

	if (!scheme)
		return "it does not begin with http://, https://, tcp:// or dns://";
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return "it has a space or a byte that is not ASCII";
	t->kind = scheme->kind;
	t->tls = scheme->tls;
	t->port = scheme->port;
	const char *authority = url + strlen(scheme->prefix), *path = authority + strcspn(authority, "/?#");
	const char *wrong = parse_authority(t, authority, (size_t)(path - authority));

	if (!wrong && t->kind == PROBE_DNS)
		return parse_zone(t, path);
	if (!wrong && t->kind == PROBE_TCP && path[0] != '\0' && strcmp(path, "/") != 0)
		return "tcp:// ends after the port";
	return wrong;
}

int probe_target_parse(const char *url, struct probe_target *out, struct err *e)
{
	struct probe_target t = {0};
	const char *wrong = parse_target(&t, url);

	if (wrong)
		return err_set(e, ERR_USAGE, "probe check: '%.80s' is no target: %s", url, wrong);
	*out = t;
	return 0;
}

static int probe_request(const struct query *q, struct request *out, struct err *e)
{
	struct probe_target t;
	int code = probe_target_parse(q->subject, &t, e);

	if (code < 0)
		return code;
	strbuf_adds(&out->url, q->subject);
	return out->url.cut ? err_set(e, ERR_LIMIT, "probe check: the target is too long") : 0;
}

static const struct source_call calls[] = {
	{
		.name = "check",
		.help = "is this site or name server reachable from here",
		.scope = SCOPE_CALL_TARGET,
		.period_s = 60, /* a polite visitor: once a minute at most */
		.retry_s = 60,
		.timeout_s = 10,
		.body_max = 4096, /* of a DNS answer; HTTP stops after the first bytes */
		.urgency = 1,
		.data_step_s = 60,
		.request = probe_request, /* no parse: the answer is more than a body, see probe_check */
	},
	{0},
};

const struct source_ops source_probe = {
	.name = "probe",
	.title = "Own checks",
	.about = "sites and name servers checked from here, and the canaries that tell our own line from theirs",
	.attribution = "Source: checks made from this machine",
	.url = "",
	.classes = CLASS_P,
	.parallel = 8,
	.gap_ms = 100,
	.calls = calls,
};
