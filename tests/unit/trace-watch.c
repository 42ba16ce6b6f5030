/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reporter examines each process once, while its memory still exists and before anyone learns of its end. */

#include "check.h"
#include "trace/traced.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEEN 4096
#define SHELL(text) ARGV("/bin/sh", "-c", (text))

/* Shared memory in which the tracer's process reports to this one. */
struct seen {
	unsigned done, n;
	unsigned long lost, bound;
	struct trace_process v[SEEN];
	bool has_memory[SEEN];
};

static struct seen *seen;

static void bound(struct trace_watch *w, unsigned rule, uint64_t size, int error)
{
	(void)w;
	(void)rule;
	seen->bound += error == 0 && size > 0;
}

static void ends(struct trace_watch *w, const struct root *root, const struct trace_process *p)
{
	_cleanup_free_ char *maps = NULL;

	(void)w;
	seen->has_memory[seen->n] = root_read(root, &maps, NULL, "proc/%d/numa_maps", (int)p->tid) >= 0 &&
				    strstr(maps, "N0=");
	seen->v[seen->n++] = *p;
}

static void done(struct trace_watch *w, const struct root *root)
{
	(void)root;
	seen->lost = w->lost;
	seen->done++;
}

/* Starts a watched program; rules NULL: its memory is only examined. */
static pid_t start(const char *const *rules, int in, const char *const *argv)
{
	static struct trace_watch watch = { .bound = bound, .ends = ends, .done = done, .keep = { -1, -1 } };

	if (!seen)
		seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(seen, 0, sizeof(*seen));
	return start_traced(rules, &watch, in, -1, argv);
}

/* The end of the program is known, so it and its children have been examined. */
static void check_seen(pid_t pid, int status)
{
	CHECK_INT(seen->done, ==, 1);
	CHECK_INT(seen->lost, ==, 0);
	CHECK_INT(seen->n, >, 0);
	for (unsigned i = 0; i < seen->n; i++) {
		CHECK(seen->has_memory[i]);
		CHECK(seen->v[i].pid != pid || (seen->v[i].status & ~0x80) == (status & ~0x80));
		for (unsigned k = 0; k < i; k++)
			CHECK_INT(seen->v[i].pid, !=, seen->v[k].pid);
	}
}

TEST(a_program_is_examined_once_however_it_ends)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "exit 0", 0 },
		{ "exit 255", 255 << 8 },
		{ "kill -9 $$", SIGKILL },
		{ "kill -15 $$", SIGTERM },
		{ "ulimit -c 0; kill -11 $$", SIGSEGV },
		{ "exec /bin/true", 0 },
		{ "exec /bin/false", 1 << 8 },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		pid_t pid = start(NULL, -1, SHELL(cases[i].text));

		CHECK_INT(status_of(pid) & ~0x80, ==, cases[i].status); /* with or without a core dump */
		check_seen(pid, cases[i].status);
		CHECK_INT(seen->n, ==, 1);
		CHECK(seen->v[0].pid == pid && seen->v[0].image == pid && !seen->v[0].shares);
	}
}

TEST(every_child_is_examined_once_with_its_image)
{
	pid_t pid = start(NULL, -1, SHELL("(exit 1); /bin/true; (/bin/true; exit 2); (/bin/true & wait) & wait; exit 3"));
	unsigned forked = 0;

	CHECK_INT(status_of(pid), ==, 3 << 8);
	check_seen(pid, 3 << 8);
	CHECK_INT(seen->n, ==, 7);
	for (unsigned i = 0; i < seen->n; i++) {
		CHECK(seen->v[i].image == seen->v[i].pid || seen->v[i].image == pid);
		forked += seen->v[i].image == pid;
	}
	/* the shell, and three forks of it that executed nothing */
	CHECK_INT(forked, ==, 4);
	CHECK_INT(seen->v[seen->n - 1].pid, ==, pid);
}

TEST(a_watched_program_can_be_stopped_and_continued)
{
	int status, in[2];
	pid_t pid;

	CHECK_INT(pipe2(in, O_CLOEXEC), ==, 0);
	pid = start(NULL, in[0], SHELL("kill -STOP $$; read line; exit 6"));
	close(in[0]);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), ==, pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	kill(pid, SIGCONT);
	CHECK_INT(waitpid(pid, &status, WCONTINUED), ==, pid);
	CHECK(WIFCONTINUED(status));
	close(in[1]);
	CHECK_INT(status_of(pid), ==, 6 << 8);
	check_seen(pid, 6 << 8);
}

/* Threads, vfork and posix_spawn at once, also in trace mode. */
TEST(every_process_of_a_busy_program_is_examined)
{
	static const char *const programs[] = { PROGRAM("glibc-crowd"), PROGRAM("musl-crowd") };

	for (size_t i = 0; i < ELEMENTSOF(programs); i++) {
		pid_t pid = start(anon, -1, ARGV(programs[i]));

		CHECK_INT(status_of(pid), ==, 0);
		check_seen(pid, 0);
		CHECK_INT(seen->bound, >, 1000);
	}
}

TEST(a_vfork_child_is_marked_as_sharing_its_memory)
{
	pid_t pid = start(anon, -1, ARGV(PROGRAM("glibc-signals"), "vfork"));
	unsigned shares = 0;

	CHECK_INT(status_of(pid), ==, 8 << 8);
	check_seen(pid, 8 << 8);
	CHECK_INT(seen->n, ==, 2);
	for (unsigned i = 0; i < seen->n; i++)
		shares += seen->v[i].shares;
	CHECK_INT(shares, ==, 1);
	CHECK(!seen->v[1].shares && seen->v[1].pid == pid);
}

static pid_t tracer_of(pid_t pid)
{
	char path[64], line[256];
	pid_t tracer = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	if (f)
		fclose(f);
	return tracer;
}

TEST(the_program_goes_on_when_its_watcher_is_killed)
{
	int in[2];
	pid_t pid, tracer;

	CHECK_INT(pipe2(in, O_CLOEXEC), ==, 0);
	pid = start(NULL, in[0], SHELL("read line; exit 5"));
	while ((tracer = tracer_of(pid)) == 0)
		;
	kill(tracer, SIGKILL);
	while (tracer_of(pid) != 0)
		;
	CHECK_INT(write(in[1], "x\n", 2), ==, 2);
	CHECK_INT(status_of(pid), ==, 5 << 8);
	CHECK_INT(seen->done, ==, 0);
	close(in[0]);
	close(in[1]);
}

/* The watcher waits for children that outlive the program. */
TEST(the_watch_ends_with_the_last_process)
{
	int in[2];
	pid_t pid;

	CHECK_INT(pipe2(in, O_CLOEXEC), ==, 0);
	pid = start(NULL, in[0], SHELL("exec 3<&0; (read line <&3; exit 4) & exit 9"));
	close(in[0]);
	CHECK_INT(status_of(pid), ==, 9 << 8);
	CHECK_INT(seen->n, ==, 1);
	CHECK_INT(seen->done, ==, 0);
	close(in[1]);
	for (int i = 0; i < 10000 && !__atomic_load_n(&seen->done, __ATOMIC_ACQUIRE); i++)
		poll(NULL, 0, 1);
	check_seen(pid, 9 << 8);
	CHECK_INT(seen->n, ==, 2);
}

CHECK_MAIN()
