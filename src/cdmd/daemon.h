/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "libcdm/config/config.h"

/*
 * Events only wake the daemon; what it does depends on the state that it then reads. Uevents, cgroups that appear and
 * disappear, signals and overruns mark the state dirty, and at the next quiet moment one reconcile runs.
 *
 * Runs until SIGTERM or SIGINT (returns 0; the fences stay) or until it cannot continue (negative errno).
 * config_file as for config_load(); it is read again at SIGHUP.
 */
_must_use_ int daemon_run(const char *config_file, struct error *err);
