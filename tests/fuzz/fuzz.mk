# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fuzz targets: tests/fuzz/NAME.c, each a program. In make check it runs its seeds and small changes of them
# (corpus.c); in make fuzz libFuzzer looks for more. tests/fuzz/run knows where the seeds are.

FUZZ_MAIN := tests/fuzz/corpus.c
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(filter-out $(FUZZ_MAIN),$(sort $(wildcard tests/fuzz/*.c))))
FUZZ_PROGRAMS := $(addprefix $(O)/tests/fuzz/,$(FUZZ_NAMES))
FUZZING := $(findstring fuzzer-no-link,$(SAN))

# What a target needs beyond libcdm.
$(O)/tests/fuzz/placement: $(call objects,src/placement)
$(O)/tests/fuzz/socket: $(CDMD_SOCKET_OBJS)

$(FUZZ_PROGRAMS): $(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(if $(FUZZING),,$(O)/tests/fuzz/corpus.o) $(O)/libcdm.a
	@echo "  LINK    $@"
	@$(CC) $(ALL_LDFLAGS) $(if $(FUZZING),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) $(O)/libcdm.a $(LIBCDM_LIBS)

fuzzers: $(FUZZ_PROGRAMS)

# make fuzz [SECONDS=60] [TARGETS="config state"]
SECONDS ?= 60
TARGETS ?= $(FUZZ_NAMES)

fuzz:
	@tests/deps build fuzz
	@$(MAKE) --no-print-directory O=$(O)-fuzz CC=clang SAN=fuzzer-no-link,address,undefined fuzzers
	@CDM_BUILD=$(abspath $(O))-fuzz tests/fuzz/run --seconds $(SECONDS) $(TARGETS)

.PHONY: fuzzers fuzz
