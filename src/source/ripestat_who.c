/* RIPEstat, whose a thing is: the name of an AS (as-overview), the network and AS an address is in (network-info)
 * and the country its space is registered in (rir-stats-country).
 *
 * The last two tell a site that is hosted abroad, which never votes. What is not known gives no fact. */
#include "ripestat.h"

#include <ctype.h>
#include <string.h>

enum { NAME_BYTES = 48, HOLDER_BYTES = 120, LOCATED_MAX = 4096 };

/* "RIPE-NCC-AS - Reseaux IP ..." is name and holder. Without the dash the first word is the name if it is written
 * like one: "BULLS Bulls Yatirim ...". name_len and rest describe parts of s. */
static void split_holder(const char *s, size_t *name_len, const char **rest)
{
	const char *dash = strstr(s, " - ");
	size_t word = strcspn(s, " ");

	*rest = "";
	*name_len = strlen(s);
	if (dash && dash != s) {
		*name_len = (size_t)(dash - s);
		*rest = dash + 3;
		return;
	}
	if (s[word] == '\0')
		return;
	*name_len = word;
	*rest = s + word + 1;
	for (size_t i = 0; i < word; i++) {
		if (islower((unsigned char)s[i])) {
			*name_len = 0;
			*rest = s;
			return;
		}
	}
}

static int read_overview(struct ripestat_reply *r)
{
	const char *holder = json_string(r->data, "holder"), *rest;
	uint32_t asn = ripestat_subject_asn(r->query);
	size_t name_len;

	if (!ripestat_is_about_asn(r, asn))
		return ripestat_error(r, ERR_SHAPE, "answers for another AS");
	if (!cJSON_GetObjectItemCaseSensitive(r->data, "holder"))
		return ripestat_missing(r, "data.holder");
	r->out->data_time = ripestat_time(r, r->data, "query_endtime");
	if (!holder || !*holder) /* null: not registered */
		return 0;
	split_holder(holder, &name_len, &rest);
	struct fact *f = ripestat_fact(r, FACT_NAME);
	if (!f)
		return ERR_LIMIT;
	f->asn = asn;
	f->t = r->out->data_time;
	f->name = batch_text(r->out, holder, name_len, NAME_BYTES);
	f->text = batch_text(r->out, rest, strlen(rest), HOLDER_BYTES);
	return 0;
}

int ripestat_overview(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_overview);
}

static struct fact *hosted(struct ripestat_reply *r, const struct addr *addr)
{
	struct fact *f = ripestat_fact(r, FACT_HOSTED);

	if (!f)
		return NULL;
	f->addr = *addr;
	f->text = "";
	f->t = r->time;
	return f;
}

static int subject_addr(struct ripestat_reply *r, struct addr *out)
{
	const char *s = r->query->subject;

	if (addr_parse(s, strnlen(s, 64), out))
		return 0;
	return ripestat_error(r, ERR_USAGE, "asked for something that is no address");
}

/* An address that is in no routed prefix gives no fact: the body of that case was never seen, so it proves
 * nothing. */
static int read_network_info(struct ripestat_reply *r)
{
	const cJSON *asns = json_get(r->data, "asns");
	const char *text = json_string(r->data, "prefix");
	struct prefix prefix;
	struct addr addr;
	int rc = subject_addr(r, &addr);

	if (rc)
		return rc;
	if (!cJSON_IsArray(asns))
		return ripestat_missing(r, "data.asns");
	r->out->data_time = r->time;
	if (!text || !*text || !asns->child)
		return 0;
	if (!prefix_parse(text, strnlen(text, 64), &prefix) || !prefix_has_addr(&prefix, &addr))
		return ripestat_error(r, ERR_SHAPE, "'data.prefix' does not hold the address");
	struct fact *f = hosted(r, &addr);
	if (!f)
		return ERR_LIMIT;
	f->prefix = prefix;
	if (!json_asn(asns->child, &f->asn))
		return ripestat_error(r, ERR_SHAPE, "'data.asns[0]' is no AS");
	if (asns->child->next && !json_asn(asns->child->next, &f->asn2)) /* announced by two */
		f->asn2 = 0;
	return 0;
}

int ripestat_network_info(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_network_info);
}

static bool is_country(const char *s)
{
	return s && isupper((unsigned char)s[0]) && isupper((unsigned char)s[1]) && s[2] == '\0';
}

/* The most specific registered space that holds the address decides; "?" and words are not countries. */
static int read_located(struct ripestat_reply *r)
{
	const cJSON *list = json_get(r->data, "located_resources"), *item;
	const char *best = NULL;
	int best_len = -1, count = 0;
	struct addr addr;
	int rc = subject_addr(r, &addr);

	if (rc)
		return rc;
	if (!cJSON_IsArray(list))
		return ripestat_missing(r, "data.located_resources");
	r->out->data_time = ripestat_time(r, r->data, "latest_time");
	cJSON_ArrayForEach(item, list) {
		const char *resource = json_string(item, "resource"), *location = json_string(item, "location");
		struct prefix p;
		if (++count > LOCATED_MAX)
			return ripestat_error(r, ERR_LIMIT, "more than %d resources", LOCATED_MAX);
		if (!resource || !prefix_parse(resource, strnlen(resource, 64), &p)) {
			r->out->skipped++;
			continue;
		}
		if (prefix_has_addr(&p, &addr) && p.len > best_len) {
			best = location;
			best_len = p.len;
		}
	}
	if (!is_country(best))
		return 0;
	struct fact *f = hosted(r, &addr);
	if (!f)
		return ERR_LIMIT;
	f->text = batch_text(r->out, best, 2, 4);
	return 0;
}

int ripestat_located(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_located);
}
