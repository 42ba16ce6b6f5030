/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "libcdm/config/config.h"

/*
 * Edges wake, levels decide: uevents, cgroups that come and go, signals and overruns only mark the state dirty;
 * then, at the next quiet moment, one reconcile runs.
 *
 * Runs until SIGTERM or SIGINT (returns 0; the fences stay) or until it cannot go on (negative errno).
 * config_file as for config_load(); it is read again at SIGHUP.
 */
int daemon_run(const char *config_file, struct error *err);
