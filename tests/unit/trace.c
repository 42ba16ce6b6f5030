/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Binding from outside, on programs that check themselves where the kernel has bound their memory (tests/unit/trace).
 * One node is enough: only bound mappings have a policy.
 */

#include "check.h"
#include "trace/traced.h"

#include "basic/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define START(rules, ...) start_traced((rules), NULL, -1, -1, ARGV(__VA_ARGS__))
#define RUN(rules, ...) status_of(START((rules), __VA_ARGS__))

TEST(only_allowed_ranges_are_bound_in_a_static_glibc_program)
{
	CHECK_INT(RUN(anon, PROGRAM("glibc-ranges")), ==, 0);
	CHECK_INT(RUN(anon_heap, PROGRAM("glibc-ranges"), "heap"), ==, 0);
}

TEST(only_allowed_ranges_are_bound_in_a_static_musl_program)
{
	CHECK_INT(RUN(anon, PROGRAM("musl-ranges")), ==, 0);
	CHECK_INT(RUN(anon_heap, PROGRAM("musl-ranges"), "heap"), ==, 0);
}

#ifndef __powerpc64__ /* whose glibc has no such programs */
TEST(only_allowed_ranges_are_bound_in_a_static_pie_program)
{
	CHECK_INT(RUN(anon, PROGRAM("pie-ranges")), ==, 0);
	CHECK_INT(RUN(anon_heap, PROGRAM("pie-ranges"), "heap"), ==, 0);
}
#endif

#ifdef __x86_64__
TEST(registers_flags_red_zone_and_stack_are_unchanged)
{
	CHECK_INT(RUN(anon, PROGRAM("none-bare")), ==, 0);
}
#endif

TEST(glibc_programs_with_threads_signals_and_children_work)
{
	CHECK_INT(RUN(anon, PROGRAM("glibc-crowd")), ==, 0);
}

TEST(musl_programs_with_threads_signals_and_children_work)
{
	CHECK_INT(RUN(anon, PROGRAM("musl-crowd")), ==, 0);
}

TEST(every_exit_status_reaches_the_parent)
{
	for (int i = 0; i < 256; i++) {
		char n[8];

		snprintf(n, sizeof(n), "%d", i);
		CHECK_INT(RUN(anon, PROGRAM("glibc-signals"), "exit", n), ==, i << 8);
	}
}

TEST(every_death_by_a_signal_reaches_the_parent)
{
	for (int i = 1; i < 32; i++) {
		char n[8];

		if (i == SIGCHLD || i == SIGCONT || i == SIGURG || i == SIGWINCH || i == SIGSTOP || i == SIGTSTP ||
		    i == SIGTTIN || i == SIGTTOU)
			continue;
		snprintf(n, sizeof(n), "%d", i);
		CHECK_INT(RUN(anon, PROGRAM("glibc-signals"), "die", n) & ~0x80, ==, i);
	}
}

TEST(a_program_that_unmaps_all_its_memory_dies_by_sigsegv)
{
	CHECK_INT(RUN(anon, PROGRAM("glibc-signals"), "unmap") & ~0x80, ==, SIGSEGV);
}

TEST(ignored_signals_interrupt_no_system_call)
{
	CHECK_INT(RUN(anon, PROGRAM("glibc-ignored")), ==, 0);
}

/* A shell sees the same: it is the parent of the program, not of the tracer. */
TEST(a_traced_program_can_be_stopped_and_continued)
{
	static const char *const how[] = { "19", "20", "21", "22" };
	int status;

	for (size_t i = 0; i < ELEMENTSOF(how); i++) {
		pid_t pid = START(anon, PROGRAM("glibc-signals"), "stop", how[i]);

		/*
		 * In an orphaned process group only SIGSTOP stops (get_signal()): start_traced() sees to it that the
		 * group is none.
		 */
		CHECK_INT(waitpid(pid, &status, WUNTRACED), ==, pid);
		CHECK(WIFSTOPPED(status));
		CHECK_INT(WSTOPSIG(status), ==, atoi(how[i]));
		CHECK_INT(waitpid(pid, &status, WUNTRACED | WCONTINUED | WNOHANG), ==, 0);
		kill(pid, SIGCONT);
		CHECK_INT(waitpid(pid, &status, WCONTINUED), ==, pid);
		CHECK(WIFCONTINUED(status));
		kill(pid, SIGUSR1);
		CHECK_INT(status_of(pid), ==, 6 << 8);
	}
}

/* Returns the first number with this key in /proc/PID/status; -1 if there is none. */
static int status_field(pid_t pid, const char *key)
{
	char path[64], line[256];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && n < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			n = atoi(line + strlen(key));
	if (f)
		fclose(f);
	return n;
}

TEST(the_program_is_killed_when_its_tracer_is_killed)
{
	pid_t pid = START(anon, PROGRAM("glibc-signals"), "wait"), tracer;
	int status;

	do
		tracer = status_field(pid, "TracerPid:");
	while (tracer == 0);
	CHECK_INT(tracer, >, 0);
	CHECK_INT(status_field(tracer, "PPid:"), !=, pid);
	CHECK_INT(status_field(tracer, "PPid:"), !=, getpid());
	kill(tracer, SIGKILL);
	status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(a_child_that_outlives_the_program_stays_traced)
{
	int in[2], out[2];
	char text[64] = "";
	pid_t orphan;
	ssize_t n;

	CHECK_INT(pipe2(in, O_CLOEXEC), ==, 0);
	CHECK_INT(pipe2(out, O_CLOEXEC), ==, 0);
	CHECK_INT(status_of(start_traced(anon, NULL, in[0], out[1], ARGV(PROGRAM("glibc-signals"), "orphan"))), ==, 9 << 8);
	close(in[0]);
	close(out[1]);
	n = read(out[0], text, sizeof(text) - 1);
	CHECK_INT(n, >, 0);
	orphan = atoi(text);
	CHECK_INT(status_field(orphan, "TracerPid:"), >, 0);
	CHECK_INT(write(in[1], "xy", 2), ==, 2);
	close(in[1]);
	memset(text, 0, sizeof(text));
	/* Reads to the end of the file: that comes only if the tracer holds none of the program's descriptors. */
	for (size_t used = 0; (n = read(out[0], text + used, sizeof(text) - 1 - used)) > 0; used += (size_t)n)
		;
	CHECK_STR(text, "orphan\n");
	close(out[0]);
}

TEST(a_process_that_is_traced_already_is_refused)
{
	const struct placement place = place_of(anon);
	int to_us[2];
	char text[256] = "";
	pid_t pid;

	CHECK_INT(pipe(to_us), ==, 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const struct trace plan = { .place = &place, .why = "trace mode" };
		struct error err = ERROR_NONE;

		if (trace_start(&plan, NULL, &err) < 0 || trace_start(&plan, NULL, &err) != -EPERM)
			_exit(1);
		dprintf(to_us[1], "%s", error_text(&err));
		_exit(0);
	}
	CHECK_INT(status_of(pid), ==, 0);
	CHECK_INT(read(to_us[0], text, sizeof(text) - 1), >, 0);
	CHECK(strstr(text, "traces cdm-launch already"));
	close(to_us[0]);
	close(to_us[1]);
}

TEST(a_programs_own_seccomp_filter_applies_to_injected_calls)
{
	int status;

	CHECK_INT(RUN(anon, PROGRAM("glibc-filters"), "errno"), ==, 0);
	CHECK_INT(RUN(anon, PROGRAM("glibc-filters"), "trap"), ==, 0);
	CHECK_INT(RUN(anon, PROGRAM("glibc-filters"), "trace"), ==, 0);
	CHECK_INT(RUN(anon, PROGRAM("glibc-filters"), "untraced"), ==, 0);
	status = RUN(anon, PROGRAM("glibc-filters"), "kill");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

/*
 * For unprivileged processes the kernel requires no_new_privs before a filter. Nothing is executed here: this user may
 * be unable to read any program.
 */
TEST(an_unprivileged_process_is_traced_and_has_no_new_privs)
{
	const struct placement place = place_of(anon);
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const struct trace plan = { .place = &place, .why = "trace mode" };
		struct error err = ERROR_NONE;
		int mode = -1;
		void *p;

		/*
		 * After a change of its user ids nobody may trace a process until it executes a program
		 * (commit_creds()).
		 */
		if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0 ||
				       prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0))
			_exit(2);
		if (trace_start(&plan, NULL, &err) < 0) {
			printf("# %s\n", error_text(&err));
			fflush(stdout);
			_exit(125);
		}
		p = mmap(NULL, 4 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		syscall(SYS_get_mempolicy, &mode, NULL, 0UL, p, (unsigned long)MPOL_F_ADDR);
		_exit(mode != (MPOL_INTERLEAVE | MPOL_F_STATIC_NODES) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
	}
	CHECK_INT(status_of(pid), ==, 0);
}

/* Returns what the program writes when it reads this file; NULL if it fails. */
static char *output_of(bool traced, const char *program, const char *argument, const char *input)
{
	int in = open(input, O_RDONLY | O_CLOEXEC), out = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), status;
	char *text = NULL;
	pid_t pid;

	if (traced) {
		pid = start_traced(anon, NULL, in, out, ARGV(program, argument));
	} else {
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			dup2(in, STDIN_FILENO);
			dup2(out, STDOUT_FILENO);
			execl(program, program, argument, NULL);
			_exit(127);
		}
	}
	status = status_of(pid);
	lseek(out, 0, SEEK_SET);
	if (status == 0)
		(void)fd_read(out, 64 << 20, &text, NULL);
	close(in);
	close(out);
	return text;
}

/* Go's runtime makes system calls itself, on its own stacks, in many threads, with signals that preempt them. */
TEST(go_programs_write_the_same_output_when_traced)
{
	static const char *const programs[][2] = { { "/usr/bin/shfmt", "-mn" }, { "/usr/bin/fzf", "--filter=7" } };
	char input[] = "/tmp/trace-XXXXXX";
	const int fd = mkstemp(input);

	CHECK_INT(fd, >=, 0);
	for (int i = 0; i < 50000; i++)
		dprintf(fd, "if [ \"$x%d\" ]; then echo  %d ; fi\n", i, i * 7919);
	close(fd);
	for (size_t i = 0; i < ELEMENTSOF(programs); i++) {
		_cleanup_free_ char *plain = output_of(false, programs[i][0], programs[i][1], input);
		_cleanup_free_ char *traced = output_of(true, programs[i][0], programs[i][1], input);

		CHECK(plain && traced);
		CHECK(strlen(plain) > 1000 && strcmp(plain, traced) == 0);
	}
	unlink(input);
}

TEST(a_program_that_does_not_exist_exits_with_127)
{
	CHECK_INT(RUN(anon, "/nonexistent"), ==, 127 << 8);
}

TEST(code_is_not_bound_and_memory_that_becomes_code_is_unbound)
{
	static const char *const asking[] = { "anon,min=1M,exec=yes", NULL };

	CHECK_INT(RUN(anon, PROGRAM("glibc-code")), ==, 0);
	CHECK_INT(RUN(anon, PROGRAM("musl-code")), ==, 0);
	CHECK_INT(RUN(anon_heap, PROGRAM("glibc-code")), ==, 0);
	CHECK_INT(RUN(asking, PROGRAM("glibc-code"), "asking"), ==, 0);
}

TEST(a_strict_call_populates_its_memory_or_fails_without_effect)
{
	static const char *const strict[] = { "anon,min=1M,policy=bind", "heap,policy=bind", NULL };
	static const char *const what[] = { "filled", "refused", "missing" };

	for (size_t i = 0; i < ELEMENTSOF(what); i++)
		CHECK_INT(RUN(strict, PROGRAM("glibc-strict"), what[i]), ==, 0);
}

CHECK_MAIN()
