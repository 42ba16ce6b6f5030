# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where everything goes: make install, uninstall, man, dist. The files are listed once, for installing and uninstalling.

# Templates: @sbindir@ and the like become the directories that configure was given.
SUBSTITUTE = sed -e 's|@sbindir@|$(sbindir)|g' -e 's|@sysconfdir@|$(sysconfdir)|g'

$(O)/units/%: src/cdmd/units/%.in $(CONFIG_MK)
	@mkdir -p $(@D)
	$(V_GEN) $(SUBSTITUTE) $< >$@

$(O)/udev-rules/%: udev-rules/%.in $(CONFIG_MK)
	@mkdir -p $(@D)
	$(V_GEN) $(SUBSTITUTE) $< >$@

$(O)/man/%: man/%.scd $(CONFIG_MK)
	@mkdir -p $(@D)
	$(V_GEN) $(SCDOC) <$< >$@

# Without scdoc there are no man pages; configure has warned about that.
MAN_PAGES := $(if $(SCDOC),$(patsubst man/%.scd,$(O)/man/%,$(sort $(wildcard man/*.scd))))

# A page that describes several functions can be found by the name of each: its NAME line lists them.
man_aliases = $(filter cdm_%,$(filter-out $(basename $(1)),$(shell awk '/ - /{sub(/ - .*/,"");gsub(",","");print;exit}' man/$(1).scd)))
define man_alias
$(O)/man/$(1).3: man/$(2).scd
	@mkdir -p $$(@D)
	$$(V_GEN) echo '.so man3/$(2)' >$$@
MAN_PAGES += $(O)/man/$(1).3
endef
$(foreach p,$(if $(SCDOC),$(notdir $(basename $(wildcard man/cdm_*.3.scd)))),$(foreach a,$(call man_aliases,$(p)),$(eval $(call man_alias,$(a),$(p)))))
UNITS := $(if $(HAVE_SYSTEMD),$(patsubst src/cdmd/units/%.in,$(O)/units/%,$(sort $(wildcard src/cdmd/units/*.in))))
RULES := $(patsubst udev-rules/%.in,$(O)/udev-rules/%,$(sort $(wildcard udev-rules/*.rules.in)))

man: $(MAN_PAGES)
all: $(MAN_PAGES) $(UNITS) $(RULES)

pkgdatadir = $(datadir)/cdm
docdir = $(datadir)/doc/cdm-tools

# INSTALL := MODE:FILE:DESTINATION...; link:TEXT:DESTINATION is a symbolic link
INSTALL = 755:$(O)/cdm-launch:$(bindir)/cdm-launch \
	755:$(O)/cdmd:$(sbindir)/cdmd \
	755:$(O)/cdmadm:$(sbindir)/cdmadm \
	644:$(PRELOAD_SO):$(libdir)/cdm/libcdm-preload.so \
	644:$(LIBCDM_SO):$(libdir)/$(notdir $(LIBCDM_SO)) \
	link:$(notdir $(LIBCDM_SO)):$(libdir)/libcdm.so \
	644:src/libcdm/api/cdm.h:$(includedir)/cdm.h \
	644:src/libcdm/api/cdm.hpp:$(includedir)/cdm.hpp \
	$(foreach f,$(wildcard examples/*),644:$(f):$(docdir)/$(f)) \
	644:$(LIBCDM_PC):$(libdir)/pkgconfig/cdm.pc \
	$(foreach f,$(wildcard src/libcdm/*/*.schema.json),644:$(f):$(pkgdatadir)/$(notdir $(f))) \
	$(foreach f,$(wildcard src/libcdm/rules/profiles/*.json),644:$(f):$(pkgdatadir)/profiles.d/$(notdir $(f))) \
	$(foreach f,$(RULES),644:$(f):$(udevdir)/rules.d/$(notdir $(f))) \
	$(foreach f,$(UNITS),644:$(f):$(unitdir)/$(notdir $(f))) \
	$(foreach f,$(MAN_PAGES),644:$(f):$(mandir)/man$(subst .,,$(suffix $(f)))/$(notdir $(f))) \
	644:LICENSES/BSD-2-Clause.txt:$(docdir)/jemalloc.BSD-2-Clause.txt \
	644:README.md:$(docdir)/README.md \
	644:NEWS:$(docdir)/NEWS \
	644:SECURITY.md:$(docdir)/SECURITY.md \
	$(foreach p,$(PROGRAMS),644:completions/bash/$(p):$(datadir)/bash-completion/completions/$(p)) \
	$(foreach p,$(PROGRAMS),644:completions/zsh/_$(p):$(datadir)/zsh/site-functions/_$(p)) \
	$(foreach p,$(PROGRAMS),644:completions/fish/$(p).fish:$(datadir)/fish/vendor_completions.d/$(p).fish)

# The project's own directories: uninstall removes them, unless they contain other files.
OWN_DIRS = $(pkgdatadir)/profiles.d $(pkgdatadir) $(docdir)/examples $(docdir) $(libdir)/cdm

install: all
	@set -e; for f in $(INSTALL); do \
		mode=$${f%%:*} to=$${f##*:}; from=$${f#*:}; from=$${from%:*}; \
		echo "  INSTALL $$to"; \
		case $$mode in \
		link) mkdir -p "$$(dirname "$(DESTDIR)$$to")"; ln -sf "$$from" "$(DESTDIR)$$to" ;; \
		*) install -D -m $$mode "$$from" "$(DESTDIR)$$to" ;; \
		esac; \
	done

uninstall:
	@set -e; for f in $(INSTALL); do to="$(DESTDIR)$${f##*:}"; echo "  RM      $${f##*:}"; rm -f "$$to"; done
	@for d in $(OWN_DIRS); do rmdir "$(DESTDIR)$$d" 2>/dev/null || [ ! -e "$(DESTDIR)$$d" ] || \
		echo "left $(DESTDIR)$$d: not empty"; done

# The tarball builds without autoconf and without git: it contains the commit and configure.
DIST := cdm-tools-$(VERSION)

dist: configure
	git archive --format=tar.gz -o $(DIST).tar.gz --prefix=$(DIST)/src/ --add-file=src/config.h.in \
		--prefix=$(DIST)/ --add-file=configure HEAD
	@echo "$(DIST).tar.gz"

# Does what a user of the tarball does: configures, builds, installs and uninstalls it; no file may be left.
distcheck: dist
	rm -rf $(O)/distcheck && mkdir -p $(O)/distcheck
	tar -C $(O)/distcheck -xzf $(DIST).tar.gz
	cd $(O)/distcheck/$(DIST) && ./configure && $(MAKE) O=build && $(MAKE) O=build install DESTDIR="$$PWD/root" && \
		$(MAKE) O=build uninstall DESTDIR="$$PWD/root"
	@left=$$(find $(O)/distcheck/$(DIST)/root ! -type d); \
		[ -z "$$left" ] || { echo "uninstall left: $$left" >&2; exit 1; }
	rm -rf $(O)/distcheck

.PHONY: man install uninstall dist distcheck
