/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes the state file: an accepted state, saved, is accepted again and saved the same. */

#include "libcdm/state/state.h"
#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *saved(const struct root *root, const struct state *s)
{
	char *text;

	if (state_save(root, s, NULL) < 0 || root_read(root, &text, NULL, STATE_FILE) < 0)
		abort();
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_state_ struct state *s = NULL, *back = NULL;
	_cleanup_free_ char *first = NULL, *second = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct root root = fuzz_root();

	if ((mkdirat(root.fd, "run", 0755) < 0 || mkdirat(root.fd, STATE_DIR, 0755) < 0) && errno != EEXIST)
		abort();
	fuzz_put(STATE_FILE, data, size);
	if (state_load(&root, &s, &err) < 0) {
		if (s || !err.msg)
			abort();
		return 0;
	}
	first = saved(&root, s);
	if (state_load(&root, &back, &err) < 0) {
		fprintf(stderr, "%s%s\n", first, error_text(&err));
		abort();
	}
	second = saved(&root, back);
	if (strcmp(first, second) != 0)
		abort();
	return 0;
}
