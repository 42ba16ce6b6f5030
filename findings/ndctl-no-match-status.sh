#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Some tools of one package fail for a device that does not exist, others succeed.
#
# Versions: ndctl, daxctl, libcxl1, libdaxctl1, libndctl6 76.1-1 (Debian 12), where no such device is present.
# One would guess: removing or disabling a device that does not exist fails with all of them, or with none.
# What happens: `cxl disable-region`, `cxl disable-memdev`, `cxl destroy-region` and `ndctl disable-region` print
#   "disabled 0 ..." and end with status 0; `daxctl offline-memory`, `daxctl disable-device` and
#   `ndctl disable-namespace` end with status 250 (-ENXIO as a byte).
# Why it matters: a script that relies on the status of `cxl disable-region "$region"` continues although, with a
#   misspelt or renumbered region, all memory is still present.
#
# Prints each command's status. Fails if one differs from the status listed here.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for package in ndctl daxctl libcxl1 libdaxctl1 libndctl6; do apt-get download -qq "$package=76.1-1"; done
apt-get download -qq libiniparser1 libjson-c5 libkmod2
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu*)
PATH=$dir/root/usr/bin:$PATH
export LD_LIBRARY_PATH PATH

# ends STATUS COMMAND...     COMMAND must end with STATUS
ends()
{
	wanted=$1 status=0
	shift
	"$@" >out 2>&1 || status=$?
	echo "$* -> $status: $(tail -n 1 out)"
	[ "$status" -eq "$wanted" ]
}

ends 0 cxl disable-region region4093
ends 0 cxl destroy-region region4093
ends 0 cxl disable-memdev mem4093
ends 0 ndctl disable-region region4093
ends 250 ndctl disable-namespace namespace4093.0
ends 250 daxctl offline-memory dax4093.0
ends 250 daxctl disable-device dax4093.0
