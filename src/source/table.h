/* The list of sources: X(NAME) stands for `const struct source_ops source_NAME` in src/source/NAME.c. The order is
 * that of help, of the config sections and of the Sources view. A new source is one row here and its file. */
#ifndef LANDLINE_SOURCE_TABLE_H
#define LANDLINE_SOURCE_TABLE_H

#define SOURCE_TABLE(X) \
	X(ripestat) \
	X(rislive) \
	X(ioda) \
	X(atlas) \
	X(probe) \
	X(radar) \
	X(tor) \
	X(mrt) \
	X(bgplay)

#endif
