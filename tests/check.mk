# SPDX-License-Identifier: GPL-2.0-or-later
#
# make deps, check, lint, format. tests/check defines the parts and counts the results.

# make deps DEPS=build, make check PARTS="unit cli"
PARTS ?= unit preload cli vm

deps:
	@tests/deps $(DEPS)

check: all $(UNIT_TESTS) $(FUZZ_PROGRAMS) $(PRELOAD_TESTS) stage
	@CDM_BUILD=$(abspath $(O)) CDM_STAGE=$(abspath $(O)/stage) MAKE='$(MAKE)' tests/check $(PARTS)

# make lint ONLY="clang-tidy"
lint: $(CONFIG_MK)
	@tests/lint $(ONLY) -- -Isrc/libcdm/api -Itests/unit -DPRELOAD_SO='""' -DTRACE_PROGRAMS='""' -DPROGRAM_KINDS='""' $(ALL_CPPFLAGS)

# Rewrites the C files as .clang-format says.
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: deps check lint format
