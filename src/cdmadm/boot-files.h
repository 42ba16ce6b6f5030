/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the next boot finds in /etc: drop-ins of systemd units, rules of udev that leave memory to cdmd, and the mark by
 * which our own rules know that they may act.
 */

#include "libcdm/setup/managed-file.h"
#include "step-log.h"

struct boot_changes {
	bool units; /* systemd must read its units again */
	bool rules; /* udev its rules */
};

/*
 * What setup wants there, checked and written beside its place: whatever can be refused is refused here. Notes say
 * what is the administrator's own and stays as it is.
 */
int boot_prepare(const struct root *root, const struct config *config, const struct snapshot *now, struct lasting *l,
		 struct strv *notes, struct error *err);

/* The same for teardown: all of it goes. */
int boot_prepare_removal(struct lasting *l, struct strv *notes, struct error *err);

/* Does it, as steps of the log. */
void boot_commit(struct lasting *l, struct step_log *log, struct boot_changes *changes);
