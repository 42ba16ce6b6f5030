/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Enables, starts, reloads and stops the project's units of systemd. */

#include "units.h"

#include "basic/strutil.h"
#include "libcdm/systemd/systemd-unit.h"

#include <errno.h>

#define SERVICE "cdmd.service"
#define UDEV "systemd-udevd.service"

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

/* Makes one call, and logs it as one step. */
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

/*
 * Starts a unit. A daemon that runs already is told to read the configuration again, otherwise it would keep the old
 * one.
 */
static void bring_up(struct step_log *log, struct systemd_bus *bus, const char *unit, const struct systemd_unit *u)
{
	if (!u->active)
		(void)step(log, "start", systemd_unit_start, bus, unit);
	else if (streq(unit, SERVICE))
		(void)step(log, "reload", systemd_unit_reload, bus, unit);
}

/*
 * systemd notices new links and drop-ins only when it is told to reload; udev would notice its rules by itself, some
 * seconds later.
 */
static void read_again(struct step_log *log, struct systemd_bus *bus, const struct boot_changes *changes)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	struct systemd_unit udev;

	if (changes->units)
		(void)step(log, "reload", reload, bus, "systemd");
	if (changes->rules && systemd_unit_read(bus, UDEV, &udev, &err) == 0 && udev.active)
		(void)step(log, "reload", systemd_unit_reload, bus, UDEV);
}

void units_reload(struct step_log *log, const struct boot_changes *changes)
{
	_cleanup_(closebus) struct systemd_bus *bus = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;

	if (!changes->units && !changes->rules)
		return;
	if (systemd_unit_connect(&bus, &err) < 0)
		step_log_add(log, "reload", "systemd", STEP_FAILED, error_text(&err));
	else
		read_again(log, bus, changes);
}

int units_on(struct step_log *log, struct strv *notes, const struct boot_changes *changes)
{
	_cleanup_(closebus) struct systemd_bus *bus = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct systemd_unit u[ELEMENTSOF(units)];
	struct boot_changes c = *changes;
	int r = systemd_unit_connect(&bus, &err);

	for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++)
		r = systemd_unit_read(bus, units[i], &u[i], &err);
	if (r < 0) {
		step_log_add(log, "enable", SERVICE, STEP_FAILED, error_text(&err));
		return r == -ENOMEM ? r : 0;
	}
	for (size_t i = 0; i < ELEMENTSOF(units); i++)
		if (u[i].disabled)
			c.units |= step(log, "enable", systemd_unit_enable, bus, units[i]) >= 0;
	read_again(log, bus, &c);
	for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++) {
		if (u[i].installed)
			bring_up(log, bus, units[i], &u[i]);
		else
			r = note_missing(notes, units[i]);
	}
	return r;
}

int units_off(struct step_log *log, struct boot_changes *changes)
{
	_cleanup_(closebus) struct systemd_bus *bus = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct systemd_unit u[ELEMENTSOF(units)];
	bool stopped = true;
	int r = systemd_unit_connect(&bus, &err);

	for (size_t i = 0; i < ELEMENTSOF(units) && r >= 0; i++)
		r = systemd_unit_read(bus, units[i], &u[i], &err);
	if (r < 0) {
		step_log_add(log, "stop", SERVICE, STEP_FAILED, error_text(&err));
		return r;
	}
	for (size_t i = 0; i < ELEMENTSOF(units); i++) {
		/* Stopping the slice would end the programs in it, so only the service is stopped. */
		if (streq(units[i], SERVICE) && u[i].active)
			stopped = step(log, "stop", systemd_unit_stop, bus, units[i]) >= 0;
		if (u[i].enabled)
			changes->units |= step(log, "disable", systemd_unit_disable, bus, units[i]) >= 0;
	}
	return stopped ? 0 : -EIO;
}
