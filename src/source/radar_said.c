/* What Radar states: outages that its people describe, anomalies that its detectors find, and how many users an AS has.
 *
 * Statements are evidence of class X or context, never a measurement of ours: they carry the words of whoever made them.
 * A cause is theirs to say and is passed on in their words. Open means: no end, null or "". */
#include "radar.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { ROWS_MAX = 5000, ASNS_MAX = 32, WORDS = 160 };

/* A member that is a list, or an error in words. */
static const cJSON *list_of(const struct radar_reply *r, const char *key)
{
	const cJSON *list = json_get(r->result, key);

	if (cJSON_IsArray(list))
		return list;
	radar_fail(r, ERR_SHAPE, "missing '%s'", key);
	return NULL;
}

static int too_many(const struct radar_reply *r)
{
	return radar_fail(r, ERR_LIMIT, "more than %d rows", ROWS_MAX);
}

/* From..until as they stand; a start is needed, and neither may lie in the future. */
static bool read_span(const struct radar_reply *r, const cJSON *row, struct wall *from, struct wall *until)
{
	struct wall now = r->query->now;

	*from = radar_time(row, "startDate");
	*until = radar_time(row, "endDate");
	if (!wall_is_set(*from) || (wall_is_set(now) && from->ms > now.ms))
		return false;
	if (wall_is_set(*until) && until->ms < from->ms)
		return false;
	if (wall_is_set(*until) && wall_is_set(now) && until->ms > now.ms)
		*until = WALL_NONE; /* an end that is still to come: it goes on */
	return true;
}

static int state_about(const struct radar_reply *r, const char *subject, const char *name, struct wall from, struct wall until,
		       const char *words, bool whole)
{
	struct fact *f = radar_fact(r, FACT_STATEMENT);

	if (!f)
		return ERR_LIMIT;
	f->subject = batch_text(r->out, subject, strlen(subject), 16);
	f->name = name;
	f->t = from;
	f->until = until;
	f->text = batch_text(r->out, words, strlen(words), WORDS);
	f->flag = whole;
	return 0;
}

static int state_about_asn(const struct radar_reply *r, uint32_t asn, const char *name, struct wall from, struct wall until,
			   const char *words)
{
	char subject[16];

	snprintf(subject, sizeof(subject), "AS%u", asn);
	return state_about(r, subject, name, from, until, words, true);
}

typedef int row_reader(struct radar_reply *r, const cJSON *row);

/* Each row of the list `key` of the result. */
static int read_rows(struct radar_reply *r, const char *key, row_reader *read)
{
	const cJSON *list = list_of(r, key), *row;
	int rows = 0;

	if (!list)
		return ERR_SHAPE;
	cJSON_ArrayForEach(row, list) {
		int rc = ++rows > ROWS_MAX ? too_many(r) : read(r, row);
		if (rc)
			return rc;
	}
	r->out->data_time = r->query->now;
	return 0;
}

/* ---- outages ---- */

/* POWER_OUTAGE reads "power outage"; texts that are no such constant stay as they are. */
static void add_word(char *dst, size_t cap, const char *before, const char *word)
{
	size_t at = strlen(dst);
	bool constant = word && *word;

	if (!word || !*word || at + strlen(before) + 2 >= cap)
		return;
	for (const char *p = word; *p; p++)
		constant &= isupper((unsigned char)*p) || *p == '_';
	int n = snprintf(dst + at, cap - at, "%s%s", before, word);
	for (char *p = dst + at + strlen(before); constant && n > 0 && *p; p++)
		*p = *p == '_' ? ' ' : (char)tolower((unsigned char)*p);
}

/* "government directed, nationwide, All of the country: description". Long texts are cut, at a character, by batch_text. */
static void outage_words(const cJSON *row, char dst[512])
{
	const cJSON *outage = json_get(row, "outage");

	dst[0] = '\0';
	const char *cause = json_string(outage, "outageCause");
	add_word(dst, 512, "", cause && strcmp(cause, "UNKNOWN") ? cause : "cause not stated");
	add_word(dst, 512, ", ", json_string(outage, "outageType"));
	add_word(dst, 512, ", ", json_string(row, "scope"));
	add_word(dst, 512, ": ", json_string(row, "description"));
}

static bool names_country(const cJSON *row, const char *country)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(row, "locations")) {
		const char *code = cJSON_GetStringValue(item);
		if (code && !strcmp(code, country))
			return true;
	}
	return false;
}

/* An outage of some networks is theirs; one of a country or a region of it is the country's. */
static int read_outage(struct radar_reply *r, const cJSON *row)
{
	const char *type = json_string(json_get(row, "outage"), "outageType");
	const cJSON *asns = json_get(row, "asns"), *item;
	bool nationwide = type && !strcmp(type, "NATIONWIDE"), regional = type && !strcmp(type, "REGIONAL");
	struct wall from, until;
	char words[512];
	uint32_t asn;
	int rc = 0, count = 0;

	if (!read_span(r, row, &from, &until) || !names_country(row, r->query->subject)) {
		r->out->skipped++;
		return 0;
	}
	outage_words(row, words);
	if (nationwide || regional || cJSON_GetArraySize(asns) == 0)
		return state_about(r, r->query->subject, "outage", from, until, words, nationwide);
	cJSON_ArrayForEach(item, asns) {
		if (rc || ++count > ASNS_MAX)
			break;
		if (json_asn(item, &asn))
			rc = state_about_asn(r, asn, "outage", from, until, words);
	}
	return rc;
}

static int read_outages(struct radar_reply *r)
{
	return read_rows(r, "annotations", read_outage);
}

int radar_parse_outages(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return radar_parse(body, len, q, out, e, read_outages);
}

/* ---- anomalies ---- */

static int read_anomaly(struct radar_reply *r, const cJSON *row)
{
	const char *type = json_string(row, "type"), *status = json_string(row, "status");
	const char *code = json_string(json_get(row, "locationDetails"), "code");
	bool verified = status && !strcmp(status, "VERIFIED");
	const char *name = verified ? "anomaly verified" : "anomaly unverified";
	struct wall from, until;
	uint32_t asn;

	if (!type || !status || !read_span(r, row, &from, &until))
		goto skip;
	if (!strcmp(type, "LOCATION") && code && !strcmp(code, r->query->subject))
		return state_about(r, code, name, from, until, "drop of traffic", true);
	if (!strcmp(type, "AS") && json_asn(json_get(json_get(row, "asnDetails"), "asn"), &asn))
		return state_about_asn(r, asn, name, from, until, "drop of traffic");
skip: /* ORIGIN: of a cloud region, nothing to do with a country */
	r->out->skipped++;
	return 0;
}

static int read_anomalies(struct radar_reply *r)
{
	return read_rows(r, "trafficAnomalies", read_anomaly);
}

int radar_parse_anomalies(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return radar_parse(body, len, q, out, e, read_anomalies);
}

/* ---- users ---- */

/* An AS without an estimate gives no fact: not known is not zero. */
static int read_entities(struct radar_reply *r)
{
	const cJSON *list = list_of(r, "asns"), *row;
	int rows = 0;

	if (!list)
		return ERR_SHAPE;
	cJSON_ArrayForEach(row, list) {
		double users;
		uint32_t asn;
		if (++rows > ROWS_MAX)
			return too_many(r);
		if (!json_asn(json_get(row, "asn"), &asn)) {
			r->out->skipped++;
			continue;
		}
		if (!json_number(json_get(row, "estimatedUsers"), "estimatedUsers", &users) || !(users >= 0) ||
		    !isfinite(users))
			continue;
		struct fact *f = radar_fact(r, FACT_USERS);
		if (!f)
			return ERR_LIMIT;
		f->asn = asn;
		f->value = users;
	}
	return 0;
}

int radar_parse_users(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return radar_parse(body, len, q, out, e, read_entities);
}
