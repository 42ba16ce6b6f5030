# SPDX-License-Identifier: GPL-2.0-or-later
#
# One Makefile for the whole tree. config.mk comes from configure, and configure from configure.ac: both are made if
# missing, and remade if their source changes. Objects go to $(O).

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
all:

# SAN=address,undefined builds in a separate directory, beside the plain build. CROSS=aarch64-linux-gnu SYSROOT=DIR does
# the same for another machine, with a separate configuration.
comma := ,
O ?= build$(if $(CROSS),-$(CROSS))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
CONFIGURED := $(if $(CROSS),$(O)/)
CONFIG_MK := $(CONFIGURED)config.mk
CROSS_ARGS = --host=$(CROSS) CC="$(CROSS)-gcc$(if $(SYSROOT), --sysroot=$(SYSROOT))" $(if $(SYSROOT),\
	PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(CROSS)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig)
V_GEN = @echo "  GEN     $@";

# Targets that work in a tree that was never configured.
UNCONFIGURED := configure deps clean distclean help
ifneq ($(filter-out $(UNCONFIGURED),$(or $(MAKECMDGOALS),all)),)
include $(CONFIG_MK)
endif

# check and demo install their packages before anything is configured.
NEEDS_DEPS := $(if $(filter check demo,$(MAKECMDGOALS)),deps)

config.mk: config.mk.in configure | $(NEEDS_DEPS)
	@if [ -x config.status ] && ./config.status --recheck; then ./config.status; else ./configure $(CONFIGURE_ARGS); fi

ifdef CROSS
$(CONFIG_MK): config.mk.in configure $(O)/configured-with
	cd $(@D) && $(CURDIR)/configure $(CROSS_ARGS) $(CONFIGURE_ARGS)

# Rewritten only if its content changes.
$(O)/configured-with: FORCE
	@mkdir -p $(@D)
	@echo '$(CROSS_ARGS) $(CONFIGURE_ARGS)' | cmp -s - $@ || echo '$(CROSS_ARGS) $(CONFIGURE_ARGS)' >$@
FORCE:
.PHONY: FORCE
endif

configure: configure.ac | $(NEEDS_DEPS)
	@command -v autoconf >/dev/null || { echo "autoconf is missing: run 'make deps'" >&2; exit 1; }
	autoheader && autoconf

# How everything is compiled -------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
	-Wformat=2 -Wundef -Wvla -Wno-missing-field-initializers $(if $(CI)$(WERROR),-Werror)
# If the user's flags or the compiler itself (Ubuntu's) set a level of _FORTIFY_SOURCE, it stays. Without -O none is
# set, since glibc would warn about it.
HASH := \#
FORTIFY := $(if $(SAN),,$(shell printf '$(HASH)%s\n' 'if !defined _FORTIFY_SOURCE && defined __OPTIMIZE__' \
	'define FORTIFY -D_FORTIFY_SOURCE=2' else 'define FORTIFY' endif | \
	{ cat; echo FORTIFY; } | $(CC) $(CPPFLAGS) $(CFLAGS) -E -P - 2>/dev/null))
HARDEN := -fstack-protector-strong -fPIC $(FORTIFY)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
ALL_CFLAGS = -std=gnu11 $(WARN) $(HARDEN) $(CFLAGS) $(SANFLAGS) -fvisibility=hidden
ALL_CPPFLAGS = -include $(CONFIGURED)src/config.h -Isrc -DSYSCONFDIR='"$(sysconfdir)"' -DLIBDIR='"$(libdir)"' \
	-DPKGDATADIR='"$(datadir)/cdm"' $(LIB_CFLAGS) $(CPPFLAGS)
ALL_LDFLAGS = -Wl,--as-needed -Wl,-z,relro,-z,now $(LDFLAGS) $(SANFLAGS)

objects = $(patsubst %.c,$(O)/%.o,$(sort $(wildcard $(1)/*.c)))

$(O)/%.o: %.c $(CONFIG_MK)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(O) -name '*.d' -type f 2>/dev/null)

# The rooms of src, bottom to top (src/layers) -------------------------------------------------------------------------

BASIC_OBJS := $(call objects,src/basic)
LIBCDM_OBJS := $(foreach room,$(sort $(wildcard src/libcdm/*/)),$(call objects,$(room:/=))) $(call objects,src/placement)
# libsystemd is not among them; see systemd-lib.h.
LIBCDM_LIBS = $(NUMA_LIBS) $(JANSSON_LIBS)

# Programs and tests link the parts of it that they use; libcdm.so is the public part of the same objects.
$(O)/libcdm.a: $(BASIC_OBJS) $(LIBCDM_OBJS)
	@echo "  AR      $@"
	@rm -f $@ && ar rcs $@ $^

TRACE_OBJS := $(call objects,src/trace)

PROGRAMS := cdmd cdm-launch cdmadm
cdmd_LIBS = $(LIBCDM_LIBS) $(UDEV_LIBS)
cdmd_OBJS = $(call objects,src/cdmd/loop) $(call objects,src/cdmd/socket)
cdm-launch_LIBS = $(LIBCDM_LIBS)
cdm-launch_OBJS = $(TRACE_OBJS)
cdmadm_LIBS = $(LIBCDM_LIBS) $(SMARTCOLS_LIBS)

define program
$(O)/$(1): $$(call objects,src/$(1)) $$($(1)_OBJS) $(O)/libcdm.a
	@echo "  LINK    $$@"
	@$$(CC) $$(ALL_LDFLAGS) -pie -o $$@ $$^ $$($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

include src/libcdm/libcdm.mk
-include src/preload/preload.mk
include src/trace/trace.mk

all: $(addprefix $(O)/,$(PROGRAMS)) $(PRELOAD_SO)

# Unit tests: one program per file of tests/unit, TAP on standard output -----------------------------------------------

UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(sort $(wildcard tests/unit/*.c)))

$(O)/tests/unit/%: tests/unit/%.c tests/unit/check.h $(O)/libcdm.a
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(ALL_CPPFLAGS) -Itests/unit $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(filter %.o,$^) $(O)/libcdm.a $(LIBCDM_LIBS)

# Test programs of the kinds that cdm-launch distinguishes before it starts a program: KIND.
PROGRAM_KINDS := $(addprefix $(O)/tests/unit/program.d/,dynamic static other-libc asan asan-clang)
$(O)/tests/unit/program.d/%:
	@mkdir -p $(@D)
	@echo 'int main(void) { return 0; }' | $(PROGRAM_CC) -x c -o $@ -
$(O)/tests/unit/program.d/dynamic: PROGRAM_CC = $(CC)
$(O)/tests/unit/program.d/static: PROGRAM_CC = $(CC) -static
$(O)/tests/unit/program.d/other-libc: PROGRAM_CC = $(MUSL_GCC)
$(O)/tests/unit/program.d/asan: PROGRAM_CC = $(CC) -fsanitize=address
# What a program links that is built by clang -fsanitize=address -shared-libasan; only the library's name matters.
ASAN_OF_CLANG := $(O)/tests/unit/program.d/libclang_rt.asan-x86_64.so
$(ASAN_OF_CLANG): PROGRAM_CC = $(CC) -shared -Wl,-soname,$(@F)
$(O)/tests/unit/program.d/asan-clang: $(ASAN_OF_CLANG)
$(O)/tests/unit/program.d/asan-clang: PROGRAM_CC = $(CC) -Wl,--no-as-needed,$(ASAN_OF_CLANG)

# Tests that link parts of our programs; faults: a libc that fails on request.
CDMD_SOCKET_OBJS := $(call objects,src/cdmd/loop) $(call objects,src/cdmd/socket)
$(O)/tests/unit/plan-model: $(wildcard tests/unit/model-*.h)
$(O)/tests/unit/power: $(O)/src/cdmadm/boot-files.o
$(O)/tests/unit/schedule: $(O)/src/cdmd/schedule.o
$(O)/tests/unit/faults: $(O)/tests/faults/faulty.o
$(O)/tests/unit/match: $(addprefix $(O)/src/cdm-launch/,vma-match.o zoneinfo.o)
$(O)/tests/unit/program: $(addprefix $(O)/src/cdm-launch/,program.o program-elf.o launch-mode.o) $(TRACE_OBJS) | $(PROGRAM_KINDS)
$(O)/tests/unit/program: CPPFLAGS += -DPROGRAM_KINDS='"$(abspath $(O)/tests/unit/program.d)"'
$(O)/tests/unit/step-retry: $(addprefix $(O)/src/cdmd/,step-retry.o schedule.o)
$(O)/tests/unit/share: $(O)/src/cdmd/socket/share.o
$(O)/tests/unit/event-loop: $(O)/src/cdmd/loop/event-loop.o
$(O)/tests/unit/ratelimit: $(O)/src/cdmd/loop/ratelimit.o
$(O)/tests/unit/overruled: $(O)/src/cdmd/overruled.o
$(O)/tests/unit/events: $(O)/src/cdmd/events.o $(O)/src/cdmd/status.o
$(O)/tests/unit/access: $(addprefix $(O)/src/cdmd/socket/,access.o peer.o)
$(O)/tests/unit/trace-filter $(O)/tests/unit/trace-maps: $(TRACE_OBJS)
TRACE_TESTS := $(addprefix $(O)/tests/unit/,trace trace-watch attach)
$(TRACE_TESTS): $(TRACE_OBJS) | $(TRACE_PROGRAMS)
$(TRACE_TESTS): CPPFLAGS += -DTRACE_PROGRAMS='"$(abspath $(O)/tests/unit/trace.d)"'

unit: $(UNIT_TESTS)
	@for t in $(UNIT_TESTS); do echo "# $$t"; $$t || exit 1; done

include tests/fuzz/fuzz.mk

# Programs that run in the guest ---------------------------------------------------------------------------------------

VM_PROGS := $(patsubst tests/vm/prog/%.c,$(O)/tests/vm/prog/%,$(sort $(wildcard tests/vm/prog/*.c)))

$(O)/tests/vm/prog/%: tests/vm/prog/%.c $(O)/libcdm.a
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(filter %.o,$^) $(O)/libcdm.a $(LIBCDM_LIBS)
$(O)/tests/vm/prog/sweep: $(O)/tests/faults/faulty.o

# A user of the library: it gets the header and libcdm.so, and nothing else of this tree.
$(O)/tests/vm/prog/api: tests/vm/prog/api.c $(O)/libcdm.so
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) -std=gnu11 -D_GNU_SOURCE -Isrc/libcdm/api $(WARN) $(CFLAGS) -pthread -o $@ $< -L$(O) -lcdm -Wl,-rpath,$(libdir)

# The same failures of libc, for an installed program.
FAULTY_SO := $(O)/tests/faults/libfaulty.so
$(O)/tests/faults/%.o: ALL_CFLAGS += -fno-builtin -U_FORTIFY_SOURCE -Wno-missing-prototypes -Wno-shadow
$(FAULTY_SO): $(O)/tests/faults/faulty.o
	@echo "  LINK    $@"
	@$(CC) $(ALL_LDFLAGS) -shared -o $@ $<

# Programs that the preload library does not reach.
VM_STATIC_PROGS := $(addprefix $(O)/tests/vm/prog/,holder-static holder-musl holder-musl-dynamic filler-static glutton-static)
VM_PROGS += $(VM_STATIC_PROGS)

$(O)/tests/vm/prog/%-static: tests/vm/prog/%.c
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -static -o $@ $<

$(O)/tests/vm/prog/%-musl: tests/vm/prog/%.c $(if $(CROSS),$(MUSL_SPECS))
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(MUSL_GCC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -static -o $@ $<

$(O)/tests/vm/prog/%-musl-dynamic: tests/vm/prog/%.c $(if $(CROSS),$(MUSL_SPECS))
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(MUSL_GCC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -o $@ $<

# Fortran, with OpenMP threads.
FORTRAN ?= gfortran
VM_PROGS += $(if $(CROSS),,$(O)/tests/vm/prog/solver)

$(O)/tests/vm/prog/%: tests/vm/prog/%.f90
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(FORTRAN) -O2 -g -fopenmp -J $(@D) -o $@ $<

# What is installed in a guest of the VM tests: the product as its users install it, and the tests' own programs.
VM_PROGS += $(addprefix $(TRACE_DIR)/glibc-,filters signals steady still)
stage: all $(VM_PROGS) $(FAULTY_SO)
	@rm -rf $(O)/stage
	@$(MAKE) --no-print-directory install DESTDIR=$(O)/stage >/dev/null
	@mkdir -p $(O)/stage/usr/libexec/cdm-tests
	@cp $(VM_PROGS) $(FAULTY_SO) $(O)/stage/usr/libexec/cdm-tests/

# A guest of another architecture also runs the tracer's own tests, since they depend on its registers.
stage-foreign: stage $(TRACE_TESTS)

# demo: the whole path step by step, in a guest. soak: random steps beside hostile tenants, in a guest. bench: the cost of
# the engine, in a guest, and of the arena, here.
VM := tests/vm/vm --stage $(abspath $(O)/stage)

demo: stage
	@$(VM) --init systemd --nodes 2 --ram 1536 tests/vm/demo

SOAK_SECONDS ?= 600
SOAK_SEED ?= 0
SOAK_INIT ?= plain
SOAK_KERNEL ?= 6.12
soak: stage
	@$(VM) --init $(SOAK_INIT) --kernel $(SOAK_KERNEL) --nodes 3 --ram 1536 --cpus 2 --timeout $$(($(SOAK_SECONDS) + 900)) \
		--cmdline "cdm.soak=$(SOAK_SECONDS) cdm.seed=$(SOAK_SEED)" tests/vm/soak.bats

bench: stage bench-malloc bench-trace
	@$(VM) --init plain --nodes 2 --ram 1280 --cpus 2 --timeout 900 tests/bench/engine
	@$(VM) --init plain --nodes 2 --ram 1536 tests/bench/idle
	@$(VM) --init systemd --nodes 2 --ram 1536 tests/bench/idle
	@tests/bench/topology $(O)/cdmadm

.PHONY: all unit stage stage-foreign demo soak bench

# Installing, man pages, the tarball; checking and linting --------------------------------------------------------------

include src/install.mk
include tests/check.mk

help:
	@echo "make                     build (SAN=address,undefined: with sanitizers, in build-address-undefined)"
	@echo "make configure           make ./configure, which is not in git"
	@echo "make CROSS=TRIPLET       build for another machine, in build-TRIPLET (SYSROOT=DIR: where its libraries are)"
	@echo "make deps                install what building, testing and linting need (DEPS=build: only building)"
	@echo "make install uninstall   under configure's directories, and DESTDIR"
	@echo "make check               every test (PARTS=\"unit preload cli\": without the VM)"
	@echo "make fuzz                libFuzzer on input from outside (SECONDS=60 each, TARGETS=\"config state\")"
	@echo "make soak                random steps beside hostile tenants (SOAK_SECONDS=600, SOAK_SEED=N, SOAK_INIT=systemd)"
	@echo "make lint format         the linters; format the C code"
	@echo "make dist distcheck      the tarball; build, install and uninstall it"
	@echo "make clean distclean     remove what was built; distclean: what was configured, too"

clean:
	rm -rf build build-*

distclean: clean
	rm -rf autom4te.cache
	rm -f config.mk config.log config.status configure configure~ src/config.h src/config.h.in src/config.h.in~ \
		cdm-tools-*.tar.gz

.PHONY: help clean distclean
