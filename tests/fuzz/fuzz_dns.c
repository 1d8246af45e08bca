/* Fuzz what name servers and users send us. First byte 'T': the rest is the text of a target. Else: the rest is a
 * datagram, graded as the answer about the zone that the byte chooses, with the id that it carries itself, so that
 * the fuzzer gets past the id. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "source/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_target(const uint8_t *data, size_t size)
{
	struct probe_target t;
	struct err e = {0};
	uint8_t query[PROBE_DNS_QUERY_MAX];
	char *url = xstrndup((const char *)data, size);

	if (probe_target_parse(url, &t, &e) == 0) {
		if (t.port == 0 || t.host[0] == '\0' || strpbrk(t.host, " /@\n") || strlen(t.zone) > 253)
			BUG("a target without a port or host: %s", url);
		if (probe_dns_query(&t, 1, query) > sizeof(query))
			BUG("a query longer than it may be: %s", url);
	} else if (e.code != ERR_USAGE || e.msg[0] == '\0') {
		BUG("an error without words: %s", url);
	}
	free(url);
}

static void try_answer(unsigned which, const uint8_t *data, size_t size)
{
	static const char *const zones[] = {"kp", "", "rep.kp"};
	struct probe_target t = {.kind = PROBE_DNS};
	struct probe_result r = {.kind = PROBE_DNS, .answered = true, .times = {.total = 1000}};
	uint8_t *copy = xmalloc(size ? size : 1);
	char words[80];

	if (size > 0)
		memcpy(copy, data, size);
	memcpy(t.zone, zones[which % ARRAY_LEN(zones)], strlen(zones[which % ARRAY_LEN(zones)]));
	uint16_t id = size >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : 0;
	probe_dns_read(copy, size, &t, id, &r.dns);
	if (r.dns.grade == PROBE_DNS_HEALTHY && (!r.dns.alive || !r.dns.has_serial || r.dns.rcode != 0))
		BUG("healthy without a reason");
	if (r.dns.grade == PROBE_DNS_WRONG_ID && r.dns.alive)
		BUG("somebody else's answer believed");
	if (!r.dns.alive && (r.dns.has_serial || r.dns.rcode))
		BUG("something read from what is no answer");
	probe_words(&r, words, sizeof(words));
	if (words[0] == '\0' || strlen(words) >= sizeof(words) - 1)
		BUG("words that do not fit: %s", words);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'T')
		try_target(data + 1, size - 1);
	else
		try_answer(data[0], data + 1, size - 1);
	return 0;
}
