/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "units.h"

#include "basic/strutil.h"
#include "libcdm/systemd-unit.h"

#include <errno.h>

#define SERVICE "cdmd.service"

static const char *const units[] = { "cdm.slice", SERVICE };

static void closebus(struct systemd_bus **bus)
{
	systemd_bus_close(*bus);
}

bool units_running(const struct root *root)
{
	return root_exists(root, "run/systemd/system");
}

typedef int (*unit_fn)(struct systemd_bus *bus, const char *unit, struct error *err);

/* One call as one step. */
static int step(struct step_log *log, const char *what, unit_fn fn, struct systemd_bus *bus, const char *unit)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	int r = fn(bus, unit, &err);

	step_log_add(log, what, unit, r < 0 ? STEP_FAILED : STEP_DONE, r < 0 ? error_text(&err) : NULL);
	return r;
}

static int reload(struct systemd_bus *bus, const char *unit _unused_, struct error *err)
{
	return systemd_reload(bus, err);
}

static int note_missing(struct strv *notes, const char *unit)
{
	return strv_addf(notes, "%s is not installed: %s", unit,
			 streq(unit, SERVICE) ?
				 "the fences stand, but nothing keeps them up to date, and the next boot has none" :
				 "the group is made without it");
}

/* Starts a unit; a daemon that runs already reads the configuration again, or it would go on with what it had. */
static void bring_up(struct step_log *log, struct systemd_bus *bus, const char *unit, const struct systemd_unit *u)
{
	if (!u->active)
		(void)step(log, "start", systemd_unit_start, bus, unit);
	else if (streq(unit, SERVICE))
		(void)step(log, "reload", systemd_unit_reload, bus, unit);
}

int units_on(struct step_log *log, struct strv *notes)
{
	_cleanup_(closebus) struct systemd_bus *bus = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct systemd_unit u[ELEMENTSOF(units)];
	bool enabled = false;
	int r = systemd_unit_connect(&bus, &err);

	for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++)
		r = systemd_unit_read(bus, units[i], &u[i], &err);
	if (r < 0) {
		step_log_add(log, "enable", SERVICE, STEP_FAILED, error_text(&err));
		return r == -ENOMEM ? r : 0;
	}
	for (size_t i = 0; i < ELEMENTSOF(units); i++)
		if (u[i].disabled)
			enabled |= step(log, "enable", systemd_unit_enable, bus, units[i]) >= 0;
	/* Enabling changes links on disk, of which the manager learns by a reload alone. */
	if (enabled)
		(void)step(log, "reload", reload, bus, "systemd");
	for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++) {
		if (u[i].installed)
			bring_up(log, bus, units[i], &u[i]);
		else
			r = note_missing(notes, units[i]);
	}
	return r;
}

int units_off(struct step_log *log)
{
	_cleanup_(closebus) struct systemd_bus *bus = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct systemd_unit u[ELEMENTSOF(units)];
	bool disabled = false, stopped = true;
	int r = systemd_unit_connect(&bus, &err);

	for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++)
		r = systemd_unit_read(bus, units[i], &u[i], &err);
	if (r < 0) {
		step_log_add(log, "stop", SERVICE, STEP_FAILED, error_text(&err));
		return r;
	}
	for (size_t i = 0; i < ELEMENTSOF(units); i++) {
		/* Stopping the slice would end the programs in it. */
		if (streq(units[i], SERVICE) && u[i].active)
			stopped = step(log, "stop", systemd_unit_stop, bus, units[i]) >= 0;
		if (u[i].enabled)
			disabled |= step(log, "disable", systemd_unit_disable, bus, units[i]) >= 0;
	}
	if (disabled)
		(void)step(log, "reload", reload, bus, "systemd");
	return stopped ? 0 : -EIO;
}
