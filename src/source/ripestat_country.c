/* RIPEstat, what a country has: the address space and ASes the registries list for it (country-resource-list), and
 * which of its ASes are routed (country-asns).
 *
 * Registered is not routed: a range says where to look, not what must be up. An answer without anything is an
 * error here, since it has happened as a failure that looked like success, and a country with nothing has nothing
 * to watch. */
#include "ripestat.h"

#include <ctype.h>
#include <string.h>

enum {
	RANGES_MAX = 200000,
	ASNS_MAX = 100000,
	V4_SHORTEST = 6,   /* no registry row is larger; a default route is not a country's */
	V6_SHORTEST = 12,
};

static int add_range(struct ripestat_reply *r, const struct prefix *p, const char *country)
{
	if (p->len < (p->family == 4 ? V4_SHORTEST : V6_SHORTEST)) {
		r->out->skipped++;
		return 0;
	}
	struct fact *f = ripestat_fact(r, FACT_RANGE);
	if (!f)
		return ERR_LIMIT;
	f->subject = country;
	f->prefix = *p;
	f->t = r->out->data_time;
	return 0;
}

static uint32_t v4_number(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 | (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

/* "192.164.160.0-192.164.172.255", as sent without v4_format=prefix. False: not one. */
static bool range_parse(const char *s, struct addr *first, struct addr *last)
{
	const char *dash = strchr(s, '-');

	return dash && addr_parse(s, (size_t)(dash - s), first) && addr_parse(dash + 1, strnlen(dash + 1, 64), last) &&
	       first->family == 4 && last->family == 4 && v4_number(first) <= v4_number(last);
}

static int read_range(struct ripestat_reply *r, const cJSON *item, const char *country)
{
	const char *s = cJSON_GetStringValue(item);
	struct prefix one, parts[62];
	struct addr first, last;
	int rc = 0;

	if (s && prefix_parse(s, strnlen(s, 64), &one))
		return add_range(r, &one, country);
	if (!s || strnlen(s, 64) == 64 || !range_parse(s, &first, &last)) {
		r->out->skipped++;
		return 0;
	}
	size_t count = prefix_from_range(v4_number(&first), v4_number(&last), parts);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = add_range(r, &parts[i], country);
	return rc;
}

static int add_as(struct ripestat_reply *r, uint32_t asn, bool routed, const char *country)
{
	struct fact *f = ripestat_fact(r, FACT_AS);

	if (!f)
		return ERR_LIMIT;
	f->subject = country;
	f->asn = asn;
	f->flag = routed;
	f->t = r->out->data_time;
	return 0;
}

static int read_as_list(struct ripestat_reply *r, const cJSON *list, bool routed, const char *country)
{
	const cJSON *item;
	size_t count = 0;
	uint32_t asn;

	cJSON_ArrayForEach(item, list) {
		if (++count > ASNS_MAX)
			return ripestat_error(r, ERR_LIMIT, "more than %d ASes", ASNS_MAX);
		if (!json_asn(item, &asn)) {
			r->out->skipped++;
			continue;
		}
		int rc = add_as(r, asn, routed, country);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_resources(struct ripestat_reply *r)
{
	static const char *const families[] = {"ipv4", "ipv6"};
	const cJSON *resources = json_get(r->data, "resources"), *item;
	size_t before = r->out->count, count = 0;

	if (!cJSON_IsObject(resources))
		return ripestat_missing(r, "data.resources");
	const char *country = batch_text(r->out, r->query->subject, strnlen(r->query->subject, 8), 8);
	r->out->data_time = ripestat_time(r, r->data, "query_time");
	for (size_t i = 0; i < 2; i++) {
		const cJSON *list = json_get(resources, families[i]);
		if (!cJSON_IsArray(list))
			return ripestat_error(r, ERR_SHAPE, "missing 'data.resources.%s'", families[i]);
		cJSON_ArrayForEach(item, list) {
			if (++count > RANGES_MAX)
				return ripestat_error(r, ERR_LIMIT, "more than %d ranges", RANGES_MAX);
			int rc = read_range(r, item, country);
			if (rc)
				return rc;
		}
	}
	const cJSON *asns = json_get(resources, "asn");
	if (!cJSON_IsArray(asns))
		return ripestat_missing(r, "data.resources.asn");
	int rc = read_as_list(r, asns, false, country);
	if (rc == 0 && r->out->count == before)
		return ripestat_error(r, ERR_NOT_FOUND, "nothing listed for %s", country);
	return rc;
}

int ripestat_resources(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 0, read_resources);
}

/* The set as the service prints it: "{AsnSingle(9988), AsnSingle(132167)}". */
static int read_as_text(struct ripestat_reply *r, const char *text, bool routed, const char *country)
{
	static const char word[] = "AsnSingle(";
	size_t count = 0;

	for (const char *s = strstr(text, word); s; s = strstr(s, word)) {
		uint64_t n = 0;
		s += sizeof(word) - 1;
		size_t digits = strspn(s, "0123456789");
		if (digits == 0 || digits > 10 || s[digits] != ')') {
			r->out->skipped++;
			continue;
		}
		for (size_t i = 0; i < digits; i++)
			n = n * 10 + (uint64_t)(s[i] - '0');
		if (n == 0 || n > UINT32_MAX) {
			r->out->skipped++;
			continue;
		}
		if (++count > ASNS_MAX)
			return ripestat_error(r, ERR_LIMIT, "more than %d ASes", ASNS_MAX);
		int rc = add_as(r, (uint32_t)n, routed, country);
		if (rc)
			return rc;
	}
	/* an empty set's text is not known: take any that has no word in it, "{}", "" or "set()" */
	if (count == 0 && strcmp(text, "set()") && strpbrk(text, "abcdefghijklmnopqrstuvwxyz0123456789"))
		return ripestat_error(r, ERR_SHAPE, "cannot read the list of %s ASes", routed ? "routed" : "other");
	return 0;
}

static int read_as_set(struct ripestat_reply *r, const cJSON *set, bool routed, const char *country)
{
	const char *text = cJSON_GetStringValue(set);

	if (text)
		return read_as_text(r, text, routed, country);
	if (cJSON_IsArray(set))
		return read_as_list(r, set, routed, country);
	return ripestat_error(r, ERR_SHAPE, "missing 'data.countries[0].%s'", routed ? "routed" : "non_routed");
}

static bool same_country(const cJSON *entry, const char *code)
{
	const char *said = json_string(entry, "resource");

	if (!said)
		return true;
	while (*said && tolower((unsigned char)*said) == tolower((unsigned char)*code)) {
		said++;
		code++;
	}
	return *said == '\0' && *code == '\0';
}

static int read_country_asns(struct ripestat_reply *r)
{
	const cJSON *countries = json_get(r->data, "countries");
	const cJSON *entry = cJSON_IsArray(countries) ? countries->child : NULL;
	size_t before = r->out->count;

	if (!cJSON_IsObject(entry))
		return ripestat_missing(r, "data.countries[0]");
	if (!same_country(entry, r->query->subject))
		return ripestat_error(r, ERR_SHAPE, "answers for another country");
	const char *country = batch_text(r->out, r->query->subject, strnlen(r->query->subject, 8), 8);
	r->out->data_time = ripestat_time(r, r->data, "latest_time");
	int rc = read_as_set(r, json_get(entry, "routed"), true, country);
	if (rc == 0)
		rc = read_as_set(r, json_get(entry, "non_routed"), false, country);
	if (rc == 0 && r->out->count == before)
		return ripestat_error(r, ERR_NOT_FOUND, "no AS listed for %s", country);
	return rc;
}

int ripestat_country_asns(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 0, read_country_asns);
}
