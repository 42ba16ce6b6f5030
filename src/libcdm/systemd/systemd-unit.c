/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units by systemd's D-Bus interface: read, enabled, disabled, started, stopped. */

#include "systemd-unit.h"

#include <errno.h>

#ifdef HAVE_SYSTEMD

#include "systemd-call.h"

#include <stdint.h>
#include <string.h>

int systemd_unit_connect(struct systemd_bus **bus, struct error *err)
{
	int r = systemd_bus_connect(bus, err);

	if (r < 0)
		return r;
	r = sd_bus_set_method_call_timeout((*bus)->bus, SYSTEMD_UNIT_TIMEOUT_SEC * UINT64_C(1000000));
	return r < 0 ? fail(err, r, "systemd: %m") : 0;
}

/* Calls a method that takes the unit's name, and reads the one word of its reply. */
static int ask(struct systemd_bus *bus, const char *method, const char *unit, const char *type, char **ret,
	       struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL, *reply = NULL;
	const char *word;
	int r = systemd_new_call(bus, &m, method);

	if (r >= 0)
		r = sd_bus_message_append(m, "s", unit);
	if (r < 0)
		return fail(err, r, "systemd: %s %s: %m", method, unit);
	r = systemd_call(bus, m, method, unit, &reply, err);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, type, &word);
	*ret = r < 0 ? NULL : strdup(word);
	return *ret ? 0 : fail(err, r < 0 ? r : -ENOMEM, "systemd: %s %s: %m", method, unit);
}

static int read_active(struct systemd_bus *bus, const char *unit, bool *ret, struct error *err)
{
	_cleanup_free_ char *path = NULL, *state = NULL;
	int r = ask(bus, "LoadUnit", unit, "o", &path, err);

	if (r < 0)
		return r;
	r = sd_bus_get_property_string(bus->bus, DESTINATION, path, DESTINATION ".Unit", "ActiveState", NULL, &state);
	if (r < 0)
		return fail(err, r, "systemd: ActiveState of %s: %m", unit);
	*ret = strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
	return 0;
}

int systemd_unit_read(struct systemd_bus *bus, const char *unit, struct systemd_unit *ret, struct error *err)
{
	_cleanup_free_ char *state = NULL;
	struct systemd_unit u = { .installed = true };
	int r = ask(bus, "GetUnitFileState", unit, "s", &state, err);

	if (r == -ENOENT) {
		error_reset(err);
		*ret = (struct systemd_unit){ 0 };
		return 0;
	}
	if (r < 0)
		return r;
	/* Other states are "static" (nothing to enable), "masked" and so on. */
	u.enabled = strcmp(state, "enabled") == 0;
	u.disabled = strcmp(state, "disabled") == 0;
	r = read_active(bus, unit, &u.active, err);
	if (r < 0)
		return r;
	*ret = u;
	return 0;
}

int systemd_unit_enable(struct systemd_bus *bus, const char *unit, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, "EnableUnitFiles");

	if (r >= 0)
		r = sd_bus_message_append(m, "asbb", 1, unit, false, false);
	return r < 0 ? fail(err, r, "systemd: EnableUnitFiles %s: %m", unit) :
		       systemd_call(bus, m, "EnableUnitFiles", unit, NULL, err);
}

int systemd_unit_disable(struct systemd_bus *bus, const char *unit, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, "DisableUnitFiles");

	if (r >= 0)
		r = sd_bus_message_append(m, "asb", 1, unit, false);
	return r < 0 ? fail(err, r, "systemd: DisableUnitFiles %s: %m", unit) :
		       systemd_call(bus, m, "DisableUnitFiles", unit, NULL, err);
}

static int call_job(struct systemd_bus *bus, const char *method, const char *unit, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, method);

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", unit, "replace");
	return r < 0 ? fail(err, r, "systemd: %s %s: %m", method, unit) :
		       systemd_call_job(bus, m, method, unit, SYSTEMD_UNIT_TIMEOUT_SEC, err);
}

int systemd_unit_start(struct systemd_bus *bus, const char *unit, struct error *err)
{
	return call_job(bus, "StartUnit", unit, err);
}

/* Restarts the unit if it does not support reload. */
int systemd_unit_reload(struct systemd_bus *bus, const char *unit, struct error *err)
{
	return call_job(bus, "ReloadOrRestartUnit", unit, err);
}

int systemd_unit_stop(struct systemd_bus *bus, const char *unit, struct error *err)
{
	return call_job(bus, "StopUnit", unit, err);
}

int systemd_reload(struct systemd_bus *bus, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, "Reload");

	/* The manager runs every generator and loads every unit before it answers. */
	return r < 0 ? fail(err, r, "systemd: Reload: %m") : systemd_call(bus, m, "Reload", "", NULL, err);
}

#else

static int unsupported(struct error *err)
{
	return fail(err, -EOPNOTSUPP, "systemd: this build cannot talk to it (configured without libsystemd)");
}

int systemd_unit_connect(struct systemd_bus **bus _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_unit_read(struct systemd_bus *bus _unused_, const char *unit _unused_, struct systemd_unit *ret _unused_,
		      struct error *err)
{
	return unsupported(err);
}

int systemd_unit_enable(struct systemd_bus *bus _unused_, const char *unit _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_unit_disable(struct systemd_bus *bus _unused_, const char *unit _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_unit_start(struct systemd_bus *bus _unused_, const char *unit _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_unit_reload(struct systemd_bus *bus _unused_, const char *unit _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_unit_stop(struct systemd_bus *bus _unused_, const char *unit _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_reload(struct systemd_bus *bus _unused_, struct error *err)
{
	return unsupported(err);
}

#endif
