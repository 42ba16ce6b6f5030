#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make install puts each file in its place, and make uninstall removes exactly these files.

bats_require_minimum_version 1.5.0

setup()
{
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	dest=$BATS_TEST_TMPDIR/dest
	dirs=(prefix=/usr bindir=/usr/bin sbindir=/usr/sbin libdir=/usr/lib datadir=/usr/share mandir=/usr/share/man
		udevdir=/usr/lib/udev unitdir=/usr/lib/systemd/system)
	run -0 do_make install
}

# With fixed directories, so that configure's do not matter, and without the variables of an outer make.
do_make()
{
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$root" O="${CDM_BUILD:-$root/build}" DESTDIR="$dest" "$@" "${dirs[@]}"
}

@test "programs, library, data, manual, completions, units and rules are where their users look for them" {
	cd "$dest"
	for program in usr/bin/cdm-launch usr/sbin/cdmd usr/sbin/cdmadm; do
		[ -x "$program" ]
	done
	for file in usr/lib/cdm/libcdm-preload.so usr/share/cdm/{cdm,profile}.schema.json usr/share/cdm/profiles.d/default.json \
		usr/lib/udev/rules.d/05-cdm.rules usr/lib/systemd/system/{cdmd.service,cdm.slice} \
		usr/share/man/man{1/cdm-launch.1,5/cdm.json.5,7/cdm.7,8/cdmd.8,8/cdmadm.8} \
		usr/share/bash-completion/completions/{cdmd,cdmadm,cdm-launch} \
		usr/share/zsh/site-functions/_{cdmd,cdmadm,cdm-launch} \
		usr/share/fish/vendor_completions.d/{cdmd,cdmadm,cdm-launch}.fish \
		usr/share/doc/cdm-tools/jemalloc.BSD-2-Clause.txt; do
		[ -s "$file" ] || { echo "$file: not there"; return 1; }
	done
	[ ! -e etc ]
}

@test "no placeholder is left in units and rules" {
	run ! grep -rnE '@[a-z]+@' "$dest"/usr/lib/systemd "$dest"/usr/lib/udev
}

@test "systemd-analyze verify accepts the units" {
	# systemd-analyze requires that a unit's programs exist; ours are not installed on this system.
	sed -E 's,^(ExecStart|ExecReload)=.*,\1=/bin/true,' -i "$dest/usr/lib/systemd/system/cdmd.service"
	run -0 systemd-analyze verify --man=no "$dest/usr/lib/systemd/system/cdmd.service" "$dest/usr/lib/systemd/system/cdm.slice"
	[ -z "$output" ]
}

@test "make uninstall removes all files that make install created, and no others" {
	echo mine >"$dest/usr/share/cdm/profiles.d/mine.json"
	do_make uninstall
	[ "$(cd "$dest" && find . -type f)" = ./usr/share/cdm/profiles.d/mine.json ]
	rm "$dest/usr/share/cdm/profiles.d/mine.json"
	do_make uninstall
	[ -z "$(find "$dest" -name 'cdm*')" ]
}

@test "a second make install changes nothing" {
	before=$(cd "$dest" && find . -type f -exec sha256sum {} + | sort)
	do_make install
	[ "$before" = "$(cd "$dest" && find . -type f -exec sha256sum {} + | sort)" ]
}
