/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The world of cgroup v2 under systemd: lists of units go through its D-Bus interface. */

#include "cgroup-internal.h"
#include "cgroup-leaf.h"
#include "libcdm/systemd/systemd-unit.h"

#include "basic/strutil.h"

#include <errno.h>
#include <sys/random.h>

static void take_note(struct cgroup_ctl *ctl, const char *fmt, ...) _printf_(2, 3);
static void take_note(struct cgroup_ctl *ctl, const char *fmt, ...)
{
	free(ctl->note);
	ctl->note = FORMATTED(fmt);
}

/* An error from D-Bus: its code must not be taken for "the cgroup is gone". */
static int refused(int r, const char *path, const struct error *why, struct error *err)
{
	bool denied = r == -EACCES || r == -EPERM;

	return fail(err, r == -ENOENT || r == -ENODEV ? -EIO : r, "cgroup /%s: %s%s", path, error_text(why),
		    denied ? "; it takes root, or a polkit rule that lets you manage units" : "");
}

static int switch_cpuset(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err)
{
	_cleanup_free_ char *unit = NULL;
	int r = *path ? cgroup_unit(path, &unit) : 1;

	if (r < 0)
		return fail(err, r, "%m");
	/* systemd turns it on when a unit below has AllowedMemoryNodes, and off when none has. */
	return r > 0 ? 0 : cgroup_ops_v2.switch_cpuset(ctl, path, on, err);
}

static int make(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	_cleanup_free_ char *unit = NULL;
	int r = cgroup_unit(path, &unit);

	if (r < 0)
		return fail(err, r, "%m");
	if (r == 0)
		return cgroup_ops_v2.make(ctl, path, err);
	if (root_exists(ctl->root, "%s/%s", ctl->mount, path))
		return 0;
	r = systemd_bus_connect(&ctl->bus, &why);
	if (r == 0)
		r = systemd_bus_start(ctl->bus, unit, &why);
	systemd_bus_rest(&ctl->bus);
	if (r < 0)
		return refused(r, path, &why, err);
	if (!root_exists(ctl->root, "%s/%s", ctl->mount, path))
		return fail(err, -EIO, "cgroup /%s: %s was started and has no cgroup there", path, unit);
	return 0;
}

/* Stopping a slice ends the processes in it, so only an empty one is stopped. */
static int remove_group(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_free_ char *unit = NULL, *events = NULL;
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = cgroup_unit(path, &unit);

	if (r < 0)
		return fail(err, r, "%m");
	if (r == 0)
		return cgroup_lib_remove(ctl, path, err);
	r = root_read_line(ctl->root, &events, "%s/%s/cgroup.events", ctl->mount, path);
	if (r < 0)
		return fail(err, r, "cgroup /%s: reading cgroup.events: %m", path);
	if (strstr(events, "populated 1"))
		return fail(err, -EBUSY, "cgroup /%s: processes run in it: end them, or move them elsewhere", path);
	r = systemd_bus_connect(&ctl->bus, &why);
	if (r == 0)
		r = systemd_unit_stop(ctl->bus, unit, &why);
	systemd_bus_rest(&ctl->bus);
	return r < 0 ? refused(r, path, &why, err) : 0;
}

static bool mems_are(const struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems)
{
	struct nodeset now;

	return root_read_nodes(ctl->root, &now, "%s/%s/cpuset.mems", ctl->mount, path) == 0 && nodeset_equal(&now, mems);
}

/* Called if there was no file to write to: systemd makes it appear, or else this function turns the controller on. */
static int set_where_off(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, bool told, struct error *err)
{
	int r;

	if (told && systemd_bus_sync(ctl->bus, NULL) == 0 && mems_are(ctl, path, mems))
		return 0;
	r = cgroup_v2_enable_above(ctl, path, err);
	return r < 0 ? r : cgroup_write_mems(ctl, path, mems, err);
}

/*
 * systemd writes the file as well, and not always what it was told: StartupAllowedMemoryNodes= wins while systemd
 * starts and stops, and a list with a node that is not possible is shown as set although the kernel refuses it. Only
 * the file shows what is in effect.
 */
static int see_to_it(struct cgroup_ctl *ctl, const char *path, const char *unit, const struct nodeset *mems,
		     struct error *err)
{
	int r = systemd_bus_sync(ctl->bus, NULL);

	/* An empty list cannot always be set (cgroup_write_mems()). */
	if (r < 0 || nodeset_empty(mems) || mems_are(ctl, path, mems))
		return 0;
	r = cgroup_write_mems(ctl, path, mems, err);
	if (r < 0)
		return r;
	if (!mems_are(ctl, path, mems))
		return fail(err, -EIO, "cgroup /%s: cpuset.mems is not %s after it was written: somebody else writes it",
			    path, NODESET_STR(mems));
	take_note(ctl,
		  "cgroup /%s: systemd put another list in the place of %s, which was written once more: see "
		  "StartupAllowedMemoryNodes= of %s",
		  path, NODESET_STR(mems), unit);
	return 0;
}

static int set_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err)
{
	_cleanup_error_ struct error told = ERROR_NONE, written = ERROR_NONE;
	_cleanup_free_ char *unit = NULL;
	int r = cgroup_unit(path, &unit), w;

	if (r < 0)
		return fail(err, r, "%m");
	if (r == 0)
		return cgroup_write_mems(ctl, path, mems, err);
	w = cgroup_write_mems(ctl, path, mems, &written);
	if (w < 0 && w != -EOPNOTSUPP)
		return fail(err, w, "%s", error_text(&written));
	r = systemd_bus_connect(&ctl->bus, &told);
	if (r == 0)
		r = systemd_bus_set_mems(ctl->bus, unit, mems, &told);
	if (w < 0)
		w = set_where_off(ctl, path, mems, r == 0, err);
	else if (r == 0)
		w = see_to_it(ctl, path, unit, mems, err);
	systemd_bus_rest(&ctl->bus);
	if (w == 0 && r < 0)
		take_note(ctl,
			  "cgroup /%s: cpuset.mems was written, but systemd does not know and its next daemon-reload "
			  "undoes it: %s",
			  path, error_text(&told));
	return w;
}

/* The name is "cdm-launch-PID.scope", with a random part from the second attempt on. */
static int start_scope(struct cgroup_ctl *ctl, pid_t pid, const char *slice, const struct nodeset *mems, char **ret,
		       struct error *err)
{
	int r = -EEXIST;

	for (int attempt = 0; r == -EEXIST && attempt < 3; attempt++) {
		struct systemd_scope scope = { .slice = slice, .pid = pid, .mems = mems };
		_cleanup_free_ char *name = NULL;
		char suffix[16] = "";
		unsigned random = 0;

		if (attempt > 0 && getrandom(&random, sizeof(random), GRND_NONBLOCK) == sizeof(random))
			snprintf(suffix, sizeof(suffix), "-%08x", random);
		if (asprintf(&name, LEAF_PREFIX "%d%s.scope", (int)pid, suffix) < 0) {
			name = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		scope.name = name;
		scope.description = ctl->description ? ctl->description : name;
		r = systemd_bus_start_scope(ctl->bus, &scope, err);
		if (r == 0)
			*ret = TAKE_PTR(name);
	}
	return r;
}

static int enter_slice(struct cgroup_ctl *ctl, pid_t pid, const char *group, const char *slice,
		       const struct nodeset *mems, char **ret_path, struct error *err)
{
	_cleanup_free_ char *scope = NULL, *now = NULL;
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = systemd_bus_connect(&ctl->bus, &why);

	if (r == 0)
		r = start_scope(ctl, pid, slice, mems, &scope, &why);
	systemd_bus_rest(&ctl->bus);
	if (r < 0)
		return refused(r, group, &why, err);
	r = cgroup_ctl_where(ctl, pid, &now, err);
	if (r < 0)
		return r;
	if (!cgroup_is_below(now, group) || !streq(cgroup_name(now), scope))
		return fail(err, -EIO, "cgroup /%s: entering it: %s was started, but process %d is in /%s", group,
			    scope, (int)pid, now);
	/* systemd before 244 does not know AllowedMemoryNodes; the process must not continue without its list. */
	if (!mems_are(ctl, now, mems)) {
		r = set_where_off(ctl, now, mems, false, err);
		if (r < 0)
			return r;
		take_note(ctl, "cgroup /%s: systemd did not set AllowedMemoryNodes, so cpuset.mems was written", now);
	}
	*ret_path = TAKE_PTR(now);
	return 0;
}

static int enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems, char **ret_path,
		 struct error *err)
{
	_cleanup_free_ char *unit = NULL;
	int r = cgroup_unit(group, &unit);

	if (r < 0)
		return fail(err, r, "%m");
	if (r == 0 || !has_suffix(unit, ".slice"))
		return cgroup_ops_v2.enter(ctl, pid, group, mems, ret_path, err);
	return enter_slice(ctl, pid, group, unit, mems, ret_path, err);
}

const struct cgroup_ops cgroup_ops_systemd = {
	.switch_cpuset = switch_cpuset,
	.make = make,
	.remove = remove_group,
	.set_mems = set_mems,
	.enter = enter,
};
