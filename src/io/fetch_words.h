/* What went wrong with a transfer, in words for people. Pure: numbers in, text out. */
#ifndef LANDLINE_IO_FETCH_WORDS_H
#define LANDLINE_IO_FETCH_WORDS_H

#include <stddef.h>

/* "connection refused", "TLS: certificate not trusted". curl_code is a CURLcode other than OK; os_errno 0 when not
 * known. */
const char *fetch_words_curl(int curl_code, int os_errno);
/* "HTTP 429 Too Many Requests", "HTTP 418". dst: 64 bytes. */
char *fetch_words_http(char dst[64], int status);
/* "4 MB", "16 KB", "500 bytes". dst: 32 bytes. */
char *fetch_words_size(char dst[32], size_t bytes);

#endif
