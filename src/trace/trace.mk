# SPDX-License-Identifier: GPL-2.0-or-later
#
# The programs that tests/unit/inject.c and attach.c trace; some of them go into the guest too. They are static, with
# either libc or none, and named LIBRARY-NAME.

INJECT_DIR := $(O)/tests/unit/inject.d
INJECT_MACHINE := $(shell $(CC) -dumpmachine)
INJECT_PROGRAMS := $(addprefix $(INJECT_DIR)/,glibc-ranges musl-ranges glibc-code musl-code glibc-crowd musl-crowd glibc-filters \
	glibc-signals glibc-steady musl-steady glibc-strict glibc-still glibc-sigchld $(if $(filter powerpc64%,$(INJECT_MACHINE)),,pie-ranges) \
	$(if $(filter x86_64%,$(INJECT_MACHINE)),none-bare glibc-sequence))
INJECT_CFLAGS = -std=gnu11 $(WARN) -O2 -fno-builtin -pthread
# Another machine's musl is used through the specs of its package musl-dev, in the sysroot.
MUSL_SPECS := $(O)/musl-gcc.specs
MUSL_GCC ?= $(if $(CROSS),$(CC) -specs=$(MUSL_SPECS),musl-gcc)
$(MUSL_SPECS): $(SYSROOT)/usr/lib/$(CROSS:-gnu=-musl)/musl-gcc.specs $(CONFIG_MK)
	@sed -E 's,( |-L)/usr/,\1$(SYSROOT)/usr/,g' $< >$@

define inject_program
$(INJECT_DIR)/$(1)-%: tests/unit/inject/%.c tests/unit/inject/victim.h tests/unit/inject/set-filter.h src/trace/trace.mk
	@mkdir -p $$(@D)
	@echo "  LINK    $$@"
	@$(2) -o $$@ $$<
endef
$(eval $(call inject_program,glibc,$$(CC) $$(INJECT_CFLAGS) -static))
$(eval $(call inject_program,pie,$$(CC) $$(INJECT_CFLAGS) -fPIE -static-pie))
$(INJECT_DIR)/musl-%: | $(if $(CROSS),$(MUSL_SPECS))
$(eval $(call inject_program,musl,$$(MUSL_GCC) $$(INJECT_CFLAGS) -static))
$(eval $(call inject_program,none,$$(CC) -std=gnu11 $$(WARN) -O2 -fno-stack-protector -fcf-protection=none -fno-pic -no-pie \
	-nostdlib -static))

# make bench-trace: what tracing costs a program.
$(O)/tests/bench/trace: tests/bench/trace.c $(INJECT_OBJS) $(O)/libcdm.a
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBCDM_LIBS)

bench-trace: $(O)/tests/bench/trace
	@$<

.PHONY: bench-trace
