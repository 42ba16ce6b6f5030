# SPDX-License-Identifier: GPL-2.0-or-later
#
# libcdm.so: the functions of cdm.h, and the parts of the archive that they use. It links only jansson and libc: code
# that needs another library has an undefined symbol, and does not link (-z defs).

LIBCDM_ABI := 0
LIBCDM_SO := $(O)/libcdm.so.$(LIBCDM_ABI)
LIBCDM_PC := $(O)/cdm.pc
LIBCDM_PUBLIC := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard src/libcdm/api/cdm-*.c)))

$(LIBCDM_SO): $(LIBCDM_PUBLIC) $(O)/libcdm.a src/libcdm/api/libcdm.map
	@echo "  LINK    $@"
	@$(CC) $(ALL_LDFLAGS) -shared -o $@ $(LIBCDM_PUBLIC) $(O)/libcdm.a $(JANSSON_LIBS) \
		-Wl,--version-script=src/libcdm/api/libcdm.map -Wl,-soname,$(@F) -Wl,-z,defs,-z,nodelete

# Programs linked in the build tree find it by the same name as when it is installed.
$(O)/libcdm.so: $(LIBCDM_SO)
	@ln -sf $(<F) $@

$(LIBCDM_PC): src/libcdm/api/cdm.pc.in $(CONFIG_MK)
	$(V_GEN) sed -e 's|@includedir@|$(includedir)|' -e 's|@libdir@|$(libdir)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

all: $(LIBCDM_SO) $(O)/libcdm.so $(LIBCDM_PC)
