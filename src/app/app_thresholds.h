/* Private to src/app: what an evidence bundle says of the limits in force (core/threshold.h). */
#ifndef LANDLINE_APP_THRESHOLDS_H
#define LANDLINE_APP_THRESHOLDS_H

#include "core/threshold.h"

void app_thresholds(struct thresholds *t); /* all of them; what t held is forgotten */

#endif
