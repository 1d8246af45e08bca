/* A case: an outage of the past as a readable text file, and the tape made of it.
 *
 * The file (src/app/cases/NAME.case) holds what was published: who had which networks, when they went and came back,
 * and who says so. The tape turns that into what the sources would have sent: RIPEstat's answers, RIS Live's messages
 * of several dozen peers; of sites only what was reported. So a case runs through the same parsers, detectors and views as live data, and it
 * is only as good as they are. What nobody published (the peers, their delays, the single swings of the flapping) is
 * invented from a seed, and the tape's note says that it is a reconstruction. Pure. */
#ifndef LANDLINE_APP_CASE_H
#define LANDLINE_APP_CASE_H

#include <stddef.h>

#include "app/embedded.h"
#include "app/tape.h"

/* The bundled case of this name; NULL if there is none. All of them: embedded_cases. */
const struct embedded *case_find(const char *name);

/* Read a case file's text (borrowed for the call) into a tape, which the caller frees by its ops. ERR_USAGE names file,
 * line and what is wrong; *out is NULL then. */
int case_open(struct tape **out, const char *file, const char *text, size_t len, struct err *e) MUST_CHECK;

#endif
