/* landline mrt: an archive's records as lines. */
#ifndef LANDLINE_APP_CMD_MRT_H
#define LANDLINE_APP_CMD_MRT_H

struct cli;

/* Words: one FILE, or "-" or none for standard input. Exit 1 when any record was broken, 2 when wrongly used. */
int run_mrt(const struct cli *c);

#endif
