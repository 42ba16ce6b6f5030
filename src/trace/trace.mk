# SPDX-License-Identifier: GPL-2.0-or-later
#
# The programs that tests/unit/trace.c and attach.c trace; some of them go into the guest too. They are static, with
# either libc or none, and named LIBRARY-NAME.

TRACE_DIR := $(O)/tests/unit/trace.d
TRACE_MACHINE := $(shell $(CC) -dumpmachine)
TRACE_PROGRAMS := $(addprefix $(TRACE_DIR)/,glibc-ranges musl-ranges glibc-code musl-code glibc-crowd musl-crowd glibc-filters \
	glibc-signals glibc-ignored glibc-steady musl-steady glibc-strict glibc-still $(if $(filter powerpc64%,$(TRACE_MACHINE)),,pie-ranges) \
	$(if $(filter x86_64%,$(TRACE_MACHINE)),none-bare glibc-sequence))
TRACE_CFLAGS = -std=gnu11 $(WARN) -O2 -fno-builtin -pthread
# Another machine's musl is used through the specs of its package musl-dev, in the sysroot.
MUSL_SPECS := $(O)/musl-gcc.specs
MUSL_GCC ?= $(if $(CROSS),$(CC) -specs=$(MUSL_SPECS),musl-gcc)
$(MUSL_SPECS): $(SYSROOT)/usr/lib/$(CROSS:-gnu=-musl)/musl-gcc.specs $(CONFIG_MK)
	@sed -E 's,( |-L)/usr/,\1$(SYSROOT)/usr/,g' $< >$@

define trace_program
$(TRACE_DIR)/$(1)-%: tests/unit/trace/%.c tests/unit/trace/victim.h tests/unit/trace/set-filter.h src/trace/trace.mk
	@mkdir -p $$(@D)
	@echo "  LINK    $$@"
	@$(2) -o $$@ $$<
endef
$(eval $(call trace_program,glibc,$$(CC) $$(TRACE_CFLAGS) -static))
$(eval $(call trace_program,pie,$$(CC) $$(TRACE_CFLAGS) -fPIE -static-pie))
$(TRACE_DIR)/musl-%: | $(if $(CROSS),$(MUSL_SPECS))
$(eval $(call trace_program,musl,$$(MUSL_GCC) $$(TRACE_CFLAGS) -static))
$(eval $(call trace_program,none,$$(CC) -std=gnu11 $$(WARN) -O2 -fno-stack-protector -fcf-protection=none -fno-pic -no-pie \
	-nostdlib -static))

# make bench-trace: what tracing costs a program.
$(O)/tests/bench/trace: tests/bench/trace.c $(TRACE_OBJS) $(O)/libcdm.a
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBCDM_LIBS)

bench-trace: $(O)/tests/bench/trace
	@$<

.PHONY: bench-trace
