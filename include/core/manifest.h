/* The manifest of an evidence bundle: what is in it, with sizes and SHA-256, and what made it. Text to struct and back; pure.
 *
 *     {"format":"landline-bundle","version":1,"program":"landline 0.1.0","schema":1,"created":"...","event":{...},
 *      "inputs":true,"command":"landline verify .","files":[{"name":"event.json","size":512,"sha256":"..."}],
 *      "thresholds":{"visibility down":"0.30 for 180 s",...}}
 *
 * A manifest comes from somebody else: names are plain names of files beside it, never paths; everything is capped. */
#ifndef LANDLINE_CORE_MANIFEST_H
#define LANDLINE_CORE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "core/event.h"
#include "core/threshold.h"

#define MANIFEST_FILES_MAX 32
#define MANIFEST_NAME_MAX 48
#define MANIFEST_BYTES_MAX (256u << 10)
#define MANIFEST_VERSION 1

struct manifest_file { char name[MANIFEST_NAME_MAX]; uint64_t size; char sha256[65]; };

/* What the bundle claims of its event: the fields that a re-derivation must give again. */
struct claim {
	char territory[EVENT_SUBJECT_MAX], scope[16], subject[EVENT_SUBJECT_MAX], kind[16], severity[16], state[16];
	struct wall start, end, confirmed; /* to the second; WALL_NONE: none */
	double loss_peak_pct;
	unsigned relapses;
};

struct manifest {
	unsigned version;
	char program[64], command[160], why_no_inputs[160];
	struct wall created, derived_at; /* derived_at: the moment up to which the inputs are to be played */
	bool inputs;               /* inputs.rec is there and gives the event again */
	struct claim claim;
	struct manifest_file files[MANIFEST_FILES_MAX];
	size_t file_count;
	const struct thresholds *thresholds; /* in force, for writing only; NULL: none are said */
};

void claim_of(struct claim *c, const struct event *ev);
/* Does what was derived again agree? Words for each difference into why (one line each), true when there is none. Times may
 * differ by nothing: the same inputs give the same event. */
bool claim_equal(const struct claim *said, const struct claim *derived, struct strbuf *why);

void manifest_write(const struct manifest *m, struct strbuf *out);
/* ERR_PARSE, ERR_SHAPE or ERR_LIMIT name the place; m is unspecified then. */
int manifest_parse(const char *text, size_t len, struct manifest *m, struct err *e) MUST_CHECK;

#endif
