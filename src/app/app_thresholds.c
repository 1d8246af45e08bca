/* All limits that a call of an outage depends on, each from the file that holds it, in the order in which they come to bear. */
#include "app_signals.h"
#include "app_thresholds.h"

void app_thresholds(struct thresholds *t)
{
	*t = (struct thresholds){.count = 0};
	judge_thresholds(t);
	detect_season_thresholds(t);
	detect_atlas_thresholds(t);
	checks_thresholds(t);
	detect_belief_thresholds(t);
	fusion_thresholds(t);
}
