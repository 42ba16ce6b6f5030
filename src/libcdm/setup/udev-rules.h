/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Distributions ship udev rules that bring every memory block online at its "add", whatever node it is on: RHEL and
 * Fedora in 40-redhat.rules, SUSE in 80-hotplug-cpu-mem.rules, Ubuntu in 40-vm-hotadd.rules. Our 05-cdm.rules makes the
 * fence before them, but cannot keep them from choosing the zone, since a udev rule cannot stop a later one. A file in
 * /etc/udev/rules.d replaces the distribution's file of the same name: setup puts a copy there in which such a rule
 * first checks what 05-cdm.rules says about the block. Without 05-cdm.rules the copy does what the original did.
 */

#include "managed-file.h"

#define UDEV_RULES_DIR "etc/udev/rules.d"
#define UDEV_GUARD "ENV{.CDM}!=\"1\", " /* 05-cdm.rules sets it for a block that cdmd handles */

/*
 * Puts the guard before every rule in text that brings memory online. Returns 1 and *ret (owned); 0: there is no such
 * rule without a guard; -ENOMEM.
 */
int udev_rules_guard(const char *text, char **ret);

/*
 * Adds the guarded copies that are needed; notes gets a line for each file that the administrator must change himself.
 * If `guard` is false, no copy is made, ours are removed, and notes names every such file.
 */
_must_use_ int udev_rules_want(struct lasting *l, bool guard, struct strv *notes, struct error *err);

/* Adds the removal of every copy of ours. */
_must_use_ int udev_rules_unwant(struct lasting *l, struct error *err);
