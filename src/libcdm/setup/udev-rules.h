/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Distributions ship udev rules that bring every memory block online at its "add", whatever it belongs to: RHEL and
 * Fedora in 40-redhat.rules, SUSE in 80-hotplug-cpu-mem.rules, Ubuntu in 40-vm-hotadd.rules. Our 05-cdm.rules makes
 * the fence stand before them; that they do not choose the zone takes more, since udev knows no way for one rule to
 * stop a later one. A file in /etc/udev/rules.d replaces the distribution's of the same name: a copy in which such a
 * rule asks first for what 05-cdm.rules says of the block. Without 05-cdm.rules the copy does what the original did.
 */

#include "managed-file.h"

#define UDEV_RULES_DIR "etc/udev/rules.d"
#define UDEV_GUARD "ENV{.CDM}!=\"1\", " /* 05-cdm.rules sets it for a block that cdmd sees to */

/*
 * text with the guard before every rule that brings memory online. 1 and *ret (owned); 0: there is no such rule
 * without it; -ENOMEM.
 */
int udev_rules_guard(const char *text, char **ret);

/*
 * Adds the guarded copies that are wanted; notes has a line for each file that is the administrator's own to change.
 * With `guard` false no copy is wanted, those of ours shall go, and notes says so of every file.
 */
int udev_rules_want(struct lasting *l, bool guard, struct strv *notes, struct error *err);

/* Adds that every copy of ours shall go. */
int udev_rules_unwant(struct lasting *l, struct error *err);
