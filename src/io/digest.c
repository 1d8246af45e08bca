/* SHA-256 through libcrypto's EVP interface. A file is read in pieces, so that a recording of any size costs 64 KB. */
#include "io/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { PIECE = 65536, DIGEST_BYTES = 32 };

static void to_hex(const unsigned char *raw, char hex[DIGEST_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[DIGEST_TEXT_MAX - 1] = '\0';
}

static EVP_MD_CTX *begin(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1)
		return c;
	EVP_MD_CTX_free(c);
	return NULL;
}

static int finish(EVP_MD_CTX *c, bool fine, char hex[DIGEST_TEXT_MAX], struct err *e)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	fine = fine && EVP_DigestFinal_ex(c, raw, &len) == 1 && len == DIGEST_BYTES;
	EVP_MD_CTX_free(c);
	if (!fine)
		return err_set(e, ERR_FILE, "cannot compute SHA-256: libcrypto refuses");
	to_hex(raw, hex);
	return 0;
}

int digest_bytes(const void *bytes, size_t len, char hex[DIGEST_TEXT_MAX], struct err *e)
{
	EVP_MD_CTX *c = begin();

	return finish(c, c && EVP_DigestUpdate(c, bytes, len) == 1, hex, e);
}

/* The file's bytes into c. Returns 0, or an errno. */
static int read_all(int fd, EVP_MD_CTX *c, uint64_t *size)
{
	unsigned char *piece = xmalloc(PIECE);
	int failed = 0;

	for (;;) {
		ssize_t n = read(fd, piece, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			failed = n < 0 ? errno : 0;
			break;
		}
		if (!c || EVP_DigestUpdate(c, piece, (size_t)n) != 1) {
			failed = ENOMEM;
			break;
		}
		*size += (uint64_t)n;
	}
	free(piece);
	return failed;
}

int digest_file(const char *path, char hex[DIGEST_TEXT_MAX], uint64_t *size, struct err *e)
{
	struct stat st;
	uint64_t bytes = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_FILE, "cannot read %s: %s", path,
			       errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_FILE, "cannot read %s: it is not a regular file", path);
	}
	EVP_MD_CTX *c = begin();
	int failed = read_all(fd, c, &bytes);
	close(fd);
	if (failed) {
		EVP_MD_CTX_free(c);
		return err_set(e, ERR_FILE, "cannot read %s: %s", path, strerror(failed));
	}
	if (size)
		*size = bytes;
	return finish(c, c != NULL, hex, e);
}
