/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* cdm-tools' own units, if systemd runs: cdmd.service and cdm.slice. */

#include "boot-files.h"

/* Whether systemd is the init system here, sd_booted(3). */
bool units_running(const struct root *root);

/*
 * Enables and starts the units that are installed, and has systemd and udev read what changed. An action that fails is
 * a failed step in the log, a unit that is not installed is a note. Returns 0 or -ENOMEM.
 */
int units_on(struct step_log *log, struct strv *notes, const struct boot_changes *changes);

/*
 * Stops and disables the units where needed, and notes in changes that units changed; the slice keeps running for the
 * programs in it. -EIO: cdmd may still be running.
 */
int units_off(struct step_log *log, struct boot_changes *changes);

/* Has systemd and udev read what changed. */
void units_reload(struct step_log *log, const struct boot_changes *changes);
