/* Tokens of sources, read from where the configuration says and handed to the app. */
#ifndef LANDLINE_APP_TOKENS_H
#define LANDLINE_APP_TOKENS_H

#include "app/app.h"

/* Read each source's token anew: token_file (its first line), else token_env. What is wrong becomes the source's advice, in
 * words that name the file or the variable and never what was in it. */
void tokens_read(struct app *a, const struct config *c);

#endif
