/* Runs a fuzz target without a fuzzer: over every seed, every seed cut short, and seeded mutations of them. What a fuzzer finds
 * in hours this repeats in a moment, in every `make test`, under the sanitizers.
 *
 *     fuzz_NAME RUNS [SEED_FOLDER | FILE]...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEEDS_MAX 512
#define SEED_BYTES_MAX (1 << 20)

struct seed { uint8_t *bytes; size_t len; };

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;
static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void add_seed(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || seed_count == SEEDS_MAX) {
		if (f)
			fclose(f);
		return;
	}
	uint8_t *bytes = malloc(SEED_BYTES_MAX);
	size_t len = bytes ? fread(bytes, 1, SEED_BYTES_MAX, f) : 0;
	fclose(f);
	if (bytes)
		seeds[seed_count++] = (struct seed){bytes, len};
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path)
{
	struct stat st;
	struct dirent **list;
	if (stat(path, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		add_seed(path);
		return;
	}
	int n = scandir(path, &list, NULL, by_name);
	for (int i = 0; i < n; i++) {
		char file[4096];
		snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.')
			add_seed(file);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* A copy of the exact size, so that a read past the end is seen. */
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void mutate(const struct seed *s)
{
	static uint8_t buffer[SEED_BYTES_MAX];
	size_t len = s->len;
	memcpy(buffer, s->bytes, len);
	unsigned changes = 1 + (unsigned)(next_random() % 8);
	while (changes-- && len) {
		size_t at = next_random() % len;
		switch (next_random() % 5) {
		case 0: buffer[at] ^= (uint8_t)(1u << (next_random() % 8)); break;
		case 1: buffer[at] = (uint8_t)next_random(); break;
		case 2: len = at; break;
		case 3: memmove(buffer + at, buffer + at + 1, len - at - 1); len--; break;
		default: buffer[at] = (uint8_t) "\"\\{}[],:0-9eE./\n\0<"[next_random() % 18]; break;
		}
	}
	run(buffer, len);
}

int main(int argc, char **argv)
{
	long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	for (int i = 2; i < argc; i++)
		add_path(argv[i]);
	run((const uint8_t *)"", 0);
	for (size_t i = 0; i < seed_count; i++) {
		size_t step = seeds[i].len / 64 + 1;
		for (size_t cut = 0; cut <= seeds[i].len; cut += step)
			run(seeds[i].bytes, cut);
		run(seeds[i].bytes, seeds[i].len);
	}
	for (long i = 0; i < runs && seed_count; i++)
		mutate(&seeds[(size_t)i % seed_count]);
	printf("%s: %zu seeds, %ld mutations, no fault\n", argv[0], seed_count, runs);
	return 0;
}
