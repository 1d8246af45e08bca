/* What the rig's two files share. */
#ifndef LANDLINE_TESTS_E2E_RIG_PRIVATE_H
#define LANDLINE_TESTS_E2E_RIG_PRIVATE_H

#include "rig.h"

enum { DEADLINE_MS = 120000, TURN_MS = 10 };

int64_t rig_mono_ms(void);
int64_t rig_wall_ms(void);
bool rig_all_on_the_clock(const struct rig *r); /* every landline that runs is on the driven clock */
void rig_read_pipe(int *fd, struct strbuf *into);

#endif
