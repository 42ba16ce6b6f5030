/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Replaces libFuzzer: runs the target on every file of the given directories, on its beginnings, and on changed copies,
 * which are the same in every run.
 */

#include "basic/root.h"

#include <fcntl.h>
#include <string.h>

#define BEGINNINGS 64
#define CHANGES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* George Marsaglia's xorshift64, for the same numbers on every machine. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Runs the target on a buffer of exactly this size, so that a sanitizer detects an overrun by one byte. */
static void run(const char *data, size_t size)
{
	_cleanup_free_ uint8_t *exact = calloc(size, 1);

	if (!exact && size)
		abort();
	for (size_t i = 0; i < size; i++)
		exact[i] = (uint8_t)data[i];
	LLVMFuzzerTestOneInput(exact, size);
}

static void run_changed(char *data, size_t size, uint64_t *state)
{
	static const char telling[] = "0,-:{}[]\"/=*\n\\ \x7f\xff";
	size_t at = next(state) % size, from = next(state) % size,
	       len = next(state) % (size - (at > from ? at : from)) + 1;

	switch (next(state) % 3) {
	case 0:
		data[at] = (char)next(state);
		break;
	case 1:
		data[at] = telling[next(state) % sizeof(telling)];
		break;
	default:
		memmove(data + at, data + from, len);
	}
	run(data, size);
}

static void run_file(const char *text, size_t size)
{
	uint64_t state = 88172645463325252;

	run(text, size);
	for (size_t i = 0; i < BEGINNINGS && size; i++)
		run(text, size * i / BEGINNINGS);
	for (size_t i = 0; i < CHANGES && size; i++) {
		_cleanup_free_ char *copy = malloc(size);

		if (!copy)
			abort();
		memcpy(copy, text, size);
		for (size_t n = next(&state) % 4 + 1; n > 0; n--)
			run_changed(copy, size, &state);
	}
}

int main(int argc, char **argv)
{
	const struct root cwd = { .fd = AT_FDCWD, .live = true };
	size_t files = 0;

	run("", 0);
	for (int i = 1; i < argc; i++) {
		_cleanup_strv_ struct strv names = STRV_NONE;

		if (root_list(&cwd, &names, "%s", argv[i]) < 0)
			return 1;
		for (size_t j = 0; j < names.n; j++) {
			_cleanup_free_ char *text = NULL;
			size_t size;

			if (root_read(&cwd, &text, &size, "%s/%s", argv[i], names.s[j]) < 0)
				continue; /* a directory */
			run_file(text, size);
			files++;
		}
	}
	if (files == 0)
		fprintf(stderr, "no seed file in the given directories\n");
	return files == 0;
}
