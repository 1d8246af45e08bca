/* What is sampled beside routing: not yet part of the year. */
#include "year_private.h"

void signals_begin(struct year *y)
{
	(void)y;
}

void signals_sample(struct year *y)
{
	(void)y;
}

void signals_free(struct country *c)
{
	(void)c;
}

void signals_rejoin(struct year *y)
{
	(void)y;
}

void signals_outage(struct year *y, const struct outage *o, bool begins)
{
	(void)y;
	(void)o;
	(void)begins;
}

void signals_fuse_all(struct year *y)
{
	(void)y;
}
