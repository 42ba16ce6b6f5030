#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# README's commands are run by tests.

load common
load ../readme

@test "README: each command is run by a test, or tests/readme.bash says why not" {
	while read -r line; do
		[ -n "${README_RUN[$line]-}" ] || { echo "run by no test: $line"; return 1; }
		[ "${README_RUN[$line]}" != tests/vm/readme.bats ] || grep -qF -e "'$line'" "$top/tests/vm/readme.bats"
	done < <(readme_lines "$top/README.md")
	for line in "${!README_RUN[@]}"; do
		readme_has "$top/README.md" "$line"
	done
}

@test "README: in a fresh clone, the build line makes configure and passes it the prefix" {
	line='make configure && ./configure --prefix=/usr && make && sudo make install'
	readme_has "$top/README.md" "$line"
	clone=$BATS_TEST_TMPDIR/clone
	mkdir "$clone"
	(cd "$top" && tar cf - --exclude=./build* --exclude=./.git --exclude=./configure --exclude=./config.mk --exclude=./config.status --exclude=./config.log \
		--exclude=./autom4te.cache --exclude=./src/config.h .) | tar xf - -C "$clone"
	[ ! -e "$clone/configure" ] && [ ! -e "$clone/config.mk" ]
	bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	printf '#!/bin/sh\nexec "$@"\n' >"$bin/sudo"
	# The stub of make records compiling and installing instead of doing them: make distcheck does both.
	printf '#!/bin/sh\ncase $1 in configure) exec /usr/bin/make "$@" ;; *) echo "make $*" >>told ;; esac\n' >"$bin/make"
	chmod +x "$bin"/*
	cd "$clone"
	PATH=$bin:$PATH run bash -ec "$line"
	[ "$status" -eq 0 ] || { tail -5 <<<"$output"; return 1; }
	[ -x configure ]
	grep -qx 'prefix := /usr' config.mk
	[ "$(cat told)" = $'make \nmake install' ]
}
