/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The watch: reports device nodes that this process gets and loses. Edges wake, levels decide: an event of cdmd or a
 * uevent of the kernel only makes the watch compare the nodes that the process may use now with those that it has
 * reported. So an event that is lost, duplicated or forged does no harm. The exception is "leaving", which cannot be
 * checked; only cdmd sends it.
 */

#include "cdm-internal.h"
#include "cdm.h"

#include "basic/strutil.h"
#include "libcdm/socket/cdmd-client.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

/* The kernel's multicast group of NETLINK_KOBJECT_UEVENT; udevd's is 2. */
#define KERNEL_GROUP 1

/*
 * On 6.1 cpusets are updated after the node's uevent (cpuset_hotplug_workfn()) and send no event of their own. So the
 * watch looks a few times more, each time after four times the delay.
 */
#define LOOKS 4
#define FIRST_LOOK_MS 100U

/* The delay between attempts to connect to a cdmd that does not run. */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000

struct cdm_watch {
	int epoll, uevents, timer;
	struct cdmd_client daemon;
	struct nodeset has;                 /* the nodes that were reported as usable */
	struct nodeset came, leaving, gone; /* not yet reported */
	unsigned looks;                     /* number of looks still to come */
	unsigned retry_ms;
};

DEFINE_CLEANUP(struct cdm_watch *, cdm_watch_close)

static int want(int epoll, int fd, struct error *err)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? fail(err, -errno, "epoll: %m") : 0;
}

static int open_uevents(struct error *err)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		return fail(err, -errno, "a socket for the kernel's uevents: %m");
	return TAKE_FD(fd);
}

/* Sets the timer for the first that applies: unread events, the next look, the next attempt to connect to cdmd. */
static void set_timer(struct cdm_watch *w)
{
	unsigned ms = !nodeset_empty(&w->came) ? 1 :
		      w->looks                 ? FIRST_LOOK_MS << (2 * (LOOKS - w->looks)) :
		      w->daemon.fd < 0         ? w->retry_ms :
						 0;
	const struct itimerspec when = { .it_value = { ms / 1000, (long)(ms % 1000) * 1000000 } };

	timerfd_settime(w->timer, 0, &when, NULL);
}

/* Tries to connect to cdmd; that it does not run is no error. */
static void reach_daemon(struct cdm_watch *w)
{
	_cleanup_root_ struct root root = ROOT_NONE;

	if (root_open(NULL, &root, NULL) < 0 || cdmd_subscribe_soon(&root, &w->daemon, NULL) < 0)
		return;
	if (want(w->epoll, w->daemon.fd, NULL) < 0)
		cdmd_close(&w->daemon);
}

/* Compares the nodes that the process may use now with those that were reported. */
static int look(struct cdm_watch *w, struct error *err)
{
	struct place device;
	int r = place_find(NULL, &device, err);

	if (r < 0)
		return r;
	w->came = nodeset_minus(&device.now, &w->has);
	w->gone = nodeset_minus(&w->has, &device.now);
	w->leaving = nodeset_minus(&w->leaving, &w->gone);
	return 0;
}

/* Reads all pending uevents. Returns whether any of them is a reason to look. */
static bool drain_uevents(struct cdm_watch *w)
{
	bool found = false;

	for (;;) {
		char text[8192];
		struct sockaddr_nl from = { .nl_family = AF_UNSPEC };
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(w->uevents, text, sizeof(text), 0, (struct sockaddr *)&from, &size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return found || errno == ENOBUFS;
		/* Processes can send to this socket too; only the kernel's messages have port id 0. */
		found |= from.nl_pid == 0 && from.nl_groups == KERNEL_GROUP && uevent_is_of_memory(text, (size_t)n);
	}
}

static void take_event(struct cdm_watch *w, const json_t *doc)
{
	const char *event = json_string_value(json_object_get(doc, "event"));
	const json_t *node = json_object_get(doc, "node");

	if (event && streq(event, "leaving") && json_is_integer(node) && json_integer_value(node) < NODESET_MAX)
		if (nodeset_has(&w->has, (int)json_integer_value(node)))
			nodeset_add(&w->leaving, (int)json_integer_value(node));
}

/* Reads all pending lines of cdmd. Each is a reason to look, also the first one, which is not an event. */
static bool drain_daemon(struct cdm_watch *w)
{
	bool found = false;

	while (w->daemon.fd >= 0) {
		_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
		int r = cdmd_read(&w->daemon, 0, &doc, NULL);

		if (r == -ETIMEDOUT)
			break;
		found = true;
		if (r < 0) {
			cdmd_close(&w->daemon);
			break;
		}
		take_event(w, doc.root);
		/* cdmd has accepted the subscription; a cdmd with too many clients refuses it. */
		if (json_is_true(json_object_get(doc.root, "ok")))
			w->retry_ms = RETRY_MIN_MS;
	}
	return found;
}

static bool drain_timer(struct cdm_watch *w)
{
	uint64_t times;
	bool rings = read(w->timer, &times, sizeof(times)) > 0;

	if (!rings)
		return false;
	if (w->looks > 0) {
		w->looks--;
	} else if (w->daemon.fd < 0) {
		w->retry_ms = w->retry_ms < RETRY_MAX_MS / 2 ? w->retry_ms * 2 : RETRY_MAX_MS;
		reach_daemon(w);
	}
	return true;
}

static int next(struct nodeset *from)
{
	int node = nodeset_next(from, 0);

	if (node >= 0)
		nodeset_del(from, node);
	return node;
}

static int tell(struct cdm_watch *w, struct cdm_event *ret)
{
	int node = next(&w->leaving);

	if (node >= 0) {
		*ret = (struct cdm_event){ CDM_LEAVING, node };
		return 1;
	}
	node = next(&w->gone);
	if (node >= 0) {
		nodeset_del(&w->has, node);
		*ret = (struct cdm_event){ CDM_GONE, node };
		return 1;
	}
	node = next(&w->came);
	if (node < 0)
		return 0;
	nodeset_add(&w->has, node);
	*ret = (struct cdm_event){ CDM_CAME, node };
	return 1;
}

static int read_watch(struct cdm_watch *w, struct cdm_event *ret, struct error *err)
{
	bool uevents = drain_uevents(w), daemon = drain_daemon(w), timer = drain_timer(w);
	int r = 0;

	if (uevents) {
		w->looks = LOOKS;
		if (w->daemon.fd < 0)
			reach_daemon(w);
	}
	if (uevents || daemon || timer) {
		set_timer(w);
		r = look(w, err);
	}
	return r < 0 ? r : tell(w, ret);
}

static int open_watch(struct cdm_watch **ret, struct error *err)
{
	_cleanup_(cdm_watch_closep) struct cdm_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return fail(err, -ENOMEM, "%m");
	w->daemon = CDMD_CLIENT_NONE;
	w->retry_ms = RETRY_MIN_MS;
	w->uevents = w->timer = -1;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0)
		return fail(err, -errno, "epoll: %m");
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->timer < 0)
		return fail(err, -errno, "timer: %m");
	r = w->uevents = open_uevents(err);
	if (r >= 0)
		r = want(w->epoll, w->uevents, err);
	if (r >= 0)
		r = want(w->epoll, w->timer, err);
	/* The sockets report every change from here on, so look now: the nodes found are the first events. */
	if (r >= 0)
		r = look(w, err);
	if (r < 0)
		return r;
	reach_daemon(w);
	set_timer(w);
	*ret = TAKE_PTR(w);
	return 0;
}

_public_ int cdm_watch_open(struct cdm_watch **ret)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	return (int)cdm_told(open_watch(ret, &err), &err);
}

_public_ int cdm_watch_fd(const struct cdm_watch *watch)
{
	return watch->epoll;
}

_public_ int cdm_watch_read(struct cdm_watch *watch, struct cdm_event *ret)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	return (int)cdm_told(read_watch(watch, ret, &err), &err);
}

_public_ void cdm_watch_close(struct cdm_watch *watch)
{
	const int fds[] = { watch ? watch->epoll : -1, watch ? watch->uevents : -1, watch ? watch->timer : -1 };

	if (!watch)
		return;
	cdmd_close(&watch->daemon);
	for (size_t i = 0; i < ELEMENTSOF(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(watch);
}
