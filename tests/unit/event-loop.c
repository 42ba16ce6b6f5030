/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the daemon's event loop reports, and what it must not report any more. */

#include "check.h"
#include "cdmd/loop/event-loop.h"

#include <sys/epoll.h>
#include <unistd.h>

static int count(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	++*(int *)s->arg;
	return 0;
}

TEST(a_source_that_was_removed_is_not_reported_while_a_child_has_a_copy_of_its_descriptor)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	int epoll = loop_open(&err), calls = 0, others = 0, ends[2], more[2], copy;
	struct source s = { .ready = count, .arg = &calls }, other = { .ready = count, .arg = &others };

	CHECK(pipe(ends) == 0 && pipe(more) == 0 && write(ends[1], "x", 1) == 1 && write(more[1], "x", 1) == 1);
	s.fd = ends[0];
	other.fd = more[0];
	CHECK_INT(loop_add(epoll, &s, EPOLLIN, &err), ==, 0);
	CHECK_INT(loop_add(epoll, &other, EPOLLIN, &err), ==, 0);
	CHECK_INT(loop_wait(epoll, &err), ==, 0);
	CHECK_INT(calls, ==, 1);
	CHECK_INT(others, ==, 1);

	copy = dup(s.fd); /* as fork(2) makes one */
	loop_close(epoll, &s);
	CHECK_INT(loop_wait(epoll, &err), ==, 0);
	CHECK_INT(calls, ==, 1);
	CHECK_INT(others, ==, 2);

	close(copy);
	close(ends[1]);
	close(more[0]);
	close(more[1]);
	close(epoll);
}

CHECK_MAIN()
