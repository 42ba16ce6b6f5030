/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* cdm-tools' own units, where systemd runs: cdmd.service and cdm.slice. */

#include "boot-files.h"

/* Whether systemd is the init system here, sd_booted(3). */
bool units_running(const struct root *root);

/*
 * Enables and starts those that are installed, and has systemd and udev read what changed. What fails is a failed step
 * in the log; what is not installed is a note. -ENOMEM only.
 */
int units_on(struct step_log *log, struct strv *notes, const struct boot_changes *changes);

/*
 * Stops and disables them, as far as there is anything to do, of which changes takes note; the slice goes on for those
 * in it. -EIO: cdmd may still run.
 */
int units_off(struct step_log *log, struct boot_changes *changes);

/* Has systemd and udev read what changed. */
void units_reload(struct step_log *log, const struct boot_changes *changes);
