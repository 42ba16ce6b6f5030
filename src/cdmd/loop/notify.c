/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Notifies systemd by sd_notify(3): ready, reloading, stopping, the watchdog. */

#include "notify.h"

#include "basic/clock.h"
#include "basic/strutil.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * The protocol that sd_notify(3) documents for programs without libsystemd: a datagram to a socket of the service
 * manager. The library would cost an idle daemon a megabyte. Errors are ignored: a service manager that gets no message
 * reports that itself.
 */
static void tell(const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	size_t len = path ? strlen(path) : 0;

	if (len < 2 || len >= sizeof(to.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (*path == '@')
		to.sun_path[0] = '\0'; /* abstract, unix(7): no byte follows the name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	len += offsetof(struct sockaddr_un, sun_path) + (*path == '/');
	while (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to, (socklen_t)len) < 0 &&
	       errno == EINTR)
		;
}

void notify_ready(const char *refused)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "READY=1\nSTATUS=Keeping the fences%s%s",
		     refused ? " by the old configuration, the new one is refused: " : "", refused ? refused : "") < 0)
		text = NULL;
	tell(text ? text : "READY=1");
}

void notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)now_us());
	tell(text);
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_watchdog(void)
{
	tell("WATCHDOG=1");
}

uint64_t notify_watchdog_usec(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t n, whose = (uint64_t)getpid();

	/* The variables may be meant for another process of the service. */
	if (!usec || parse_u64(usec, &n) < 0 || (pid && (parse_u64(pid, &whose) < 0 || whose != (uint64_t)getpid())))
		return 0;
	return n;
}
