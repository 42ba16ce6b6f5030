/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* cdm-tools' own units, where systemd runs: cdmd.service and cdm.slice. */

#include "steps.h"

/* Whether systemd is the init system here, sd_booted(3). */
bool units_running(const struct root *root);

/*
 * Enables and starts those that are installed. What fails is a failed step in the log; what is not installed is a
 * note. -ENOMEM only.
 */
int units_on(struct step_log *log, struct strv *notes);

/* Stops and disables them, as far as there is anything to do; the slice goes on for those in it. -EIO: cdmd may still run. */
int units_off(struct step_log *log);
