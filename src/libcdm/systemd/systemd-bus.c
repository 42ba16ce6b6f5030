/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systemd's D-Bus interface: lists of units, slices and scopes. */

#include "systemd-bus.h"

#include "basic/clock.h"

#include <errno.h>

#ifdef HAVE_SYSTEMD

#include "systemd-call.h"

#include <stdint.h>
#include <string.h>

static size_t connections;

static int open_private(sd_bus **ret)
{
	_cleanup_bus_ sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r == 0)
		r = sd_bus_set_address(bus, "unix:path=/run/systemd/private");
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

/* Empties the queue; that also shows whether the connection was closed. */
static bool is_alive(sd_bus *bus)
{
	int r;

	do
		r = sd_bus_process(bus, NULL);
	while (r > 0);
	return r == 0 && sd_bus_is_open(bus) > 0;
}

int systemd_bus_connect(struct systemd_bus **bus, struct error *err)
{
	_cleanup_bus_ sd_bus *connection = NULL;
	struct systemd_bus *b;
	bool direct = false;
	int r;

	if (*bus && is_alive((*bus)->bus))
		return 0;
	systemd_bus_close(*bus);
	*bus = NULL;
	r = systemd_lib_load(err);
	if (r < 0)
		return r;
	r = sd_bus_open_system(&connection);
	if (r < 0 && geteuid() == 0) {
		direct = true;
		r = open_private(&connection);
	}
	if (r < 0)
		return fail(err, r, "systemd: no connection over D-Bus: %m");
	b = calloc(1, sizeof(*b));
	if (!b)
		return fail(err, -ENOMEM, "%m");
	sd_bus_set_method_call_timeout(connection, SYSTEMD_CALL_TIMEOUT_SEC * UINT64_C(1000000));
	*b = (struct systemd_bus){ .bus = TAKE_PTR(connection), .direct = direct };
	*bus = b;
	connections++;
	return 0;
}

void systemd_bus_close(struct systemd_bus *bus)
{
	if (!bus)
		return;
	sd_bus_flush_close_unref(bus->bus);
	free(bus);
	connections--;
}

void systemd_bus_rest(struct systemd_bus **bus)
{
	if (!*bus || !(*bus)->direct)
		return;
	systemd_bus_close(*bus);
	*bus = NULL;
}

void systemd_bus_unload(void)
{
	if (connections == 0)
		systemd_lib_unload();
}

int systemd_new_call(struct systemd_bus *bus, sd_bus_message **ret, const char *method)
{
	return sd_bus_message_new_method_call(bus->bus, ret, DESTINATION, MANAGER_PATH, MANAGER, method);
}

int systemd_call(struct systemd_bus *bus, sd_bus_message *m, const char *method, const char *unit,
		 sd_bus_message **ret_reply, struct error *err)
{
	_cleanup_bus_error_ sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(bus->bus, m, 0, &e, ret_reply);

	if (r >= 0)
		return 0;
	if (sd_bus_error_has_name(&e, DESTINATION ".UnitExists"))
		r = -EEXIST;
	return fail(err, r, "systemd: %s %s: %s", method, unit, e.message ? e.message : strerror(-r));
}

/* AllowedMemoryNodes is a bit mask in bytes, the lowest first; an empty one resets it. */
static int append_mems(sd_bus_message *m, const struct nodeset *mems)
{
	uint8_t mask[NODESET_MAX / 8] = { 0 };
	size_t n = 0;
	int r;

	NODESET_FOREACH(node, mems) {
		mask[node / 8] |= (uint8_t)(1U << (node % 8));
		n = (size_t)node / 8 + 1;
	}
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "AllowedMemoryNodes");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', mask, n);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int systemd_bus_set_mems(struct systemd_bus *bus, const char *unit, const struct nodeset *mems, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, "SetUnitProperties");

	if (r >= 0)
		r = sd_bus_message_append(m, "sb", unit, 1);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_mems(m, mems);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r < 0)
		return fail(err, r, "systemd: SetUnitProperties %s: %m", unit);
	return systemd_call(bus, m, "SetUnitProperties", unit, NULL, err);
}

static int ping(struct systemd_bus *bus, const char *unit, sd_bus_message **ret_reply, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus->bus, &m, DESTINATION, MANAGER_PATH, "org.freedesktop.DBus.Peer",
					       "Ping");

	return r < 0 ? fail(err, r, "systemd: Ping: %m") : systemd_call(bus, m, "Ping", unit, ret_reply, err);
}

/*
 * PID 1 answers SetUnitProperties before it writes the cgroup's files, but writes them before it reads its next message
 * (systemd's manager_loop() empties manager_dispatch_cgroup_realize_queue() first): so a second answer comes after the
 * write.
 */
int systemd_bus_sync(struct systemd_bus *bus, struct error *err)
{
	return ping(bus, "", NULL, err);
}

struct job {
	const char *path;
	char *result; /* NULL: still waiting */
};

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_)
{
	struct job *job = userdata;
	const char *path, *unit, *result;
	uint32_t id;
	int r = sd_bus_message_read(m, "uoss", &id, &path, &unit, &result);

	if (r < 0 || !job->path || strcmp(path, job->path) != 0)
		return 0;
	free(job->result);
	job->result = strdup(result);
	return job->result ? 0 : -ENOMEM;
}

static int wait_for_job(sd_bus *bus, struct job *job, unsigned timeout_sec)
{
	uint64_t end = now_us() + timeout_sec * UINT64_C(1000000);

	while (!job->result) {
		uint64_t now = now_us();
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = now < end ? sd_bus_wait(bus, end - now) : -ETIMEDOUT;
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

/* On the bus only subscribers get signals. */
static int subscribe(struct systemd_bus *bus, const char *unit, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r;

	if (bus->subscribed || bus->direct)
		return 0;
	r = systemd_new_call(bus, &m, "Subscribe");
	r = r < 0 ? fail(err, r, "systemd: Subscribe: %m") : systemd_call(bus, m, "Subscribe for", unit, NULL, err);
	bus->subscribed = r == 0;
	return r;
}

/*
 * Finds the unique name of systemd's connection on the bus: other users can send signals that look like systemd's, to
 * all or to us, but not under this name. The name is taken from a reply of systemd; the bus holds the call back until
 * systemd has connected (at boot, and when it re-executes). *ret stays NULL if the connection leads to systemd
 * directly.
 */
static int sender_of_signals(struct systemd_bus *bus, const char *unit, char **ret, struct error *err)
{
	_cleanup_message_ sd_bus_message *reply = NULL;
	const char *name;
	int r = bus->direct ? 0 : ping(bus, unit, &reply, err);

	if (r < 0 || bus->direct)
		return r;
	name = sd_bus_message_get_sender(reply);
	*ret = name ? strdup(name) : NULL;
	return *ret ? 0 : fail(err, name ? -ENOMEM : -EBADMSG, "systemd: Ping %s: %m", unit);
}

int systemd_call_job(struct systemd_bus *bus, sd_bus_message *m, const char *method, const char *unit,
		     unsigned timeout_sec, struct error *err)
{
	_cleanup_message_ sd_bus_message *reply = NULL;
	_cleanup_free_ char *sender = NULL;
	_cleanup_slot_ sd_bus_slot *slot = NULL;
	_cleanup_free_ char *result = NULL;
	struct job job = { 0 };
	int r = sender_of_signals(bus, unit, &sender, err);

	if (r < 0)
		return r;
	r = sd_bus_match_signal(bus->bus, &slot, sender, MANAGER_PATH, MANAGER, "JobRemoved", on_job_removed, &job);
	if (r < 0)
		return fail(err, r, "systemd: %s %s: %m", method, unit);
	r = subscribe(bus, unit, err);
	if (r == 0)
		r = systemd_call(bus, m, method, unit, &reply, err);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &job.path);
	if (r >= 0)
		r = wait_for_job(bus->bus, &job, timeout_sec);
	result = job.result;
	if (r < 0)
		return fail(err, r, "systemd: %s %s: waiting for the job: %m", method, unit);
	if (strcmp(result, "done") != 0)
		return fail(err, -EIO, "systemd: %s %s: the job's result is '%s' (systemctl status %s)", method, unit,
			    result, unit);
	return 0;
}

int systemd_bus_start(struct systemd_bus *bus, const char *unit, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, "StartUnit");

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", unit, "replace");
	return r < 0 ? fail(err, r, "systemd: StartUnit %s: %m", unit) :
		       systemd_call_job(bus, m, "StartUnit", unit, SYSTEMD_JOB_TIMEOUT_SEC, err);
}

static int append_scope(sd_bus_message *m, const struct systemd_scope *s)
{
	int r = sd_bus_message_append(m, "ss", s->name, "fail");

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)", "Description", "s", s->description, "Slice", "s", s->slice,
					  "CollectMode", "s", "inactive-or-failed", "PIDs", "au", 1, (uint32_t)s->pid);
	if (r >= 0)
		r = append_mems(m, s->mems);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

int systemd_bus_start_scope(struct systemd_bus *bus, const struct systemd_scope *scope, struct error *err)
{
	_cleanup_message_ sd_bus_message *m = NULL;
	int r = systemd_new_call(bus, &m, "StartTransientUnit");

	if (r >= 0)
		r = append_scope(m, scope);
	if (r < 0)
		return fail(err, r, "systemd: StartTransientUnit %s: %m", scope->name);
	return systemd_call_job(bus, m, "StartTransientUnit", scope->name, SYSTEMD_JOB_TIMEOUT_SEC, err);
}

#else

static int unsupported(struct error *err)
{
	return fail(err, -EOPNOTSUPP, "systemd: this build cannot talk to it (configured without libsystemd)");
}

int systemd_bus_connect(struct systemd_bus **bus _unused_, struct error *err)
{
	return unsupported(err);
}

void systemd_bus_close(struct systemd_bus *bus _unused_)
{
}

void systemd_bus_rest(struct systemd_bus **bus _unused_)
{
}

void systemd_bus_unload(void)
{
}

int systemd_bus_set_mems(struct systemd_bus *bus _unused_, const char *unit _unused_,
			 const struct nodeset *mems _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_bus_sync(struct systemd_bus *bus _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_bus_start(struct systemd_bus *bus _unused_, const char *unit _unused_, struct error *err)
{
	return unsupported(err);
}

int systemd_bus_start_scope(struct systemd_bus *bus _unused_, const struct systemd_scope *scope _unused_, struct error *err)
{
	return unsupported(err);
}

#endif
