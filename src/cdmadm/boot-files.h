/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The files in /etc for the next boot: drop-ins of systemd units, udev rules that leave memory to cdmd, and the mark
 * without which our own rules do nothing.
 */

#include "libcdm/setup/managed-file.h"
#include "step-log.h"

struct boot_changes {
	bool units; /* udev must read its rules again */
	bool rules; /* udev its rules */
};

/*
 * Checks the files that setup wants, and writes each beside its final place: every error that can be foreseen is
 * reported here. Notes name the administrator's own files, which stay as they are.
 */
_must_use_ int boot_prepare(const struct root *root, const struct config *config, const struct snapshot *now,
			    struct lasting *l, struct strv *notes, struct error *err);

/* The same for teardown: prepares the removal of all these files. */
_must_use_ int boot_prepare_removal(struct lasting *l, struct strv *notes, struct error *err);

/* Moves the prepared files into place, or removes them, with a step in the log for each. */
void boot_commit(struct lasting *l, struct step_log *log, struct boot_changes *changes);
