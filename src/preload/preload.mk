# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libcdm-preload.so and its tests. It is never built with sanitizers: it is loaded into processes that have none.

PRELOAD_SO := $(O)/libcdm-preload.so
PRELOAD_DIR := src/preload
pic = $(patsubst %,$(O)/src/%.pic.o,$(1))
PRELOAD_OBJS := $(patsubst %.c,$(O)/%.pic.o,$(sort $(wildcard src/preload/*.c src/preload/hooks/*.c src/placement/*.c))) \
	$(call pic,basic/nodeset basic/glob basic/maps-line basic/move-pages basic/fill basic/meminfo-field)
PRELOAD_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) -O2 -fPIC -fno-plt -ftls-model=initial-exec -fvisibility=hidden \
	-fno-builtin-malloc -fno-stack-protector
PRELOAD_JEMALLOC := $(O)/$(PRELOAD_DIR)/libjemalloc.a

$(O)/src/%.pic.o: src/%.c $(PRELOAD_DIR)/preload.mk
	@mkdir -p $(@D)
	@echo "  CC      $< (preload)"
	@$(CC) -D_GNU_SOURCE -Isrc $(CPPFLAGS) $(PRELOAD_CFLAGS) -MMD -MP -c -o $@ $<

# jemalloc under other names, without its constructor: the first device block sets it up. Its versions define different
# symbols, so the names are read from the library (all but je_*, which are internal). jemalloc.syms lists the functions
# that jemalloc calls and we replace.
$(PRELOAD_JEMALLOC): $(JEMALLOC_PIC) $(PRELOAD_DIR)/jemalloc.syms $(PRELOAD_DIR)/preload.mk
	@mkdir -p $(@D)
	@echo "  OBJCOPY $@"
	@$(NM) -g --defined-only $(JEMALLOC_PIC) | awk 'NF == 3 && $$3 !~ /^je_/ { print $$3, "jem_" $$3 }' | sort -u >$@.syms
	@cat $(PRELOAD_DIR)/jemalloc.syms >>$@.syms
	@$(OBJCOPY) --redefine-syms=$@.syms --remove-section=.init_array $(JEMALLOC_PIC) $@

$(PRELOAD_SO): $(PRELOAD_OBJS) $(PRELOAD_JEMALLOC) $(PRELOAD_DIR)/preload.map
	@echo "  LINK    $@"
	@$(CC) -shared -o $@ $(PRELOAD_OBJS) $(PRELOAD_JEMALLOC) -Wl,--version-script=$(PRELOAD_DIR)/preload.map \
		-Wl,-soname,libcdm-preload.so -Wl,--as-needed,-z,defs,-z,relro,-z,now,-z,nodelete -Wl,--gc-sections $(LDFLAGS)

# Tests: PRELOAD_TESTS are programs that print TAP, linked with the library's own objects --------------------------------

PRELOAD_TEST_PROGRAMS := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/unit/preload/*.c)))
PRELOAD_TEST_SCRIPTS := $(patsubst %.sh,$(O)/%,$(sort $(wildcard tests/unit/preload/*.sh)))
PRELOAD_TESTS := $(PRELOAD_TEST_PROGRAMS) $(PRELOAD_TEST_SCRIPTS)
PRELOAD_TEST_OBJS := $(filter $(O)/src/placement/%,$(PRELOAD_OBJS)) \
	$(call pic,preload/bind preload/counts preload/own-call preload/self-maps) \
	$(call pic,basic/fill basic/glob basic/maps-line basic/move-pages basic/nodeset)
PRELOAD_TEST_LIBS := $(patsubst %.c,$(O)/%.so,$(sort $(wildcard tests/unit/preload/lib/*.c)))

$(PRELOAD_TEST_PROGRAMS): $(O)/%: %.c $(wildcard tests/unit/preload/*.h) tests/unit/check.h \
		$(PRELOAD_TEST_OBJS) | $(PRELOAD_SO) $(PRELOAD_TEST_LIBS)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) -D_GNU_SOURCE -Isrc -std=gnu11 $(WARN) $(CFLAGS) -fno-builtin -pthread \
		-DPRELOAD_SO='"$(abspath $(PRELOAD_SO))"' -o $@ $< $(PRELOAD_TEST_OBJS)

$(PRELOAD_TEST_LIBS): $(O)/%.so: %.c
	@mkdir -p $(@D)
	@$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra $(CFLAGS) -fno-builtin -fPIC -shared -pthread $(LIB_LDFLAGS) -o $@ $<
$(O)/tests/unit/preload/lib/first.so: LIB_LDFLAGS := -Wl,-z,initfirst
$(O)/tests/unit/preload/lib/opens.so: LIB_LDFLAGS := -Wl,--enable-new-dtags,-rpath,'$$ORIGIN'

$(PRELOAD_TEST_SCRIPTS): $(O)/%: %.sh | $(PRELOAD_SO)
	@mkdir -p $(@D)
	@sed 's|^so=.*|so=$(abspath $(PRELOAD_SO))|' $< >$@ && chmod +x $@

# make bench-malloc: what the library costs a program, and what the program gains from the arena.
$(O)/tests/bench/malloc: tests/bench/malloc.c
	@mkdir -p $(@D)
	@$(CC) -D_GNU_SOURCE -std=gnu11 $(WARN) $(CFLAGS) -fno-builtin-malloc -o $@ $<

# Compiled like the library, so that only the code differs.
$(O)/tests/bench/empty.so: tests/bench/empty.c
	@mkdir -p $(@D)
	@$(CC) -D_GNU_SOURCE $(PRELOAD_CFLAGS) -fvisibility=default -shared -Wl,-z,now -o $@ $<

bench-malloc: $(O)/tests/bench/malloc $(O)/tests/bench/empty.so $(PRELOAD_SO)
	@tests/bench/malloc.sh $(PRELOAD_SO) $(O)/tests/bench/empty.so $<

.PHONY: bench-malloc
