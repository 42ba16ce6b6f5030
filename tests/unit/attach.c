/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Attaching to running programs that check themselves (tests/unit/trace). One node is enough: only bound mappings have
 * a policy, and numa_maps shows it.
 */

#include "check.h"
#include "trace/traced.h"

#include "basic/fd.h"
#include "trace/allow.h"
#include "trace/attach-process.h"
#include "trace/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOUND "interleave=static:0"

static struct root root = ROOT_NONE;

/* A program that has reported that it is ready; it ends when its standard input ends. */
struct victim {
	pid_t pid;
	int in;
	unsigned long big, small;
};

static struct victim start(const char *program, const char *how)
{
	struct victim v = { .pid = -1 };
	int in[2], out[2];
	char text[128] = "";

	if (root.fd < 0 && root_open(NULL, &root, NULL) < 0)
		return v;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return v;
	fflush(stdout);
	v.pid = fork();
	if (v.pid == 0) {
		setpgid(0, 0);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(program, program, how, NULL);
		_exit(127);
	}
	v.in = in[1];
	close(in[0]);
	close(out[1]);
	if (read(out[0], text, sizeof(text) - 1) <= 0 || sscanf(text, "ready %lx %lx", &v.big, &v.small) != 2)
		v.big = 0;
	/* Nobody reads its output from here on: the pipe has room for it. */
	fcntl(out[0], F_SETFD, 0);
	return v;
}

static int end(struct victim *v)
{
	close(v->in);
	return status_of(v->pid);
}

static char *proc_text(pid_t pid, const char *file)
{
	char *text = NULL;

	return root_read(&root, &text, NULL, "proc/%d/%s", (int)pid, file) < 0 ? NULL : text;
}

/* Returns the policy that numa_maps shows for the mapping that contains this address. */
static const char *policy_at(pid_t pid, unsigned long at)
{
	static char policy[64];
	_cleanup_free_ char *text = proc_text(pid, "numa_maps");
	unsigned long start;
	char word[64];

	snprintf(policy, sizeof(policy), "none");
	for (const char *line = text; line && sscanf(line, "%lx %63s", &start, word) == 2 && start <= at;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		snprintf(policy, sizeof(policy), "%s", word);
	return policy;
}

static const struct placement_target node0 = { .nodes = { { 1 } }, .policy = POLICY_INTERLEAVE };

/* Does to the stopped program everything that cdm-launch does, except moving it to another cgroup. */
static int place(struct attach *a, const struct placement *wanted, struct error *err)
{
	static const int modes[] = { MPOL_BIND | MPOL_F_STATIC_NODES };
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	int r = attach_maps(a, &maps, err);

	if (r >= 0)
		r = attach_set_task(a, &node0.nodes, modes, 1, err);
	if (r >= 0)
		r = attach_try(a, &node0, err);
	for (size_t i = 0; i < maps.n && r >= 0; i++) {
		int rule = map_rule(wanted, &maps.v[i]);

		if (rule >= 0 && wanted->rules[rule].allow)
			r = attach_bind(a, &maps.v[i], &node0, &node0.nodes, err);
	}
	return r;
}

static int stop(pid_t pid, struct attach **ret, struct error *err)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int r = attach_check(&root, pid, err);

	return r < 0 ? r : attach_stop(&root, pid, pidfd, ret, err);
}

/* Returns, on an emulated machine, the limit for repeated tests; NULL elsewhere. */
static const char *emulated(void)
{
	return getenv("CDM_TEST_TIMES");
}

/* On an emulated machine, stopping so many threads may take too long and be refused: only there it is tried again. */
static int stop_patiently(pid_t pid, struct attach **ret, struct error *err)
{
	int r = -EBUSY;

	for (int i = 0; i < (emulated() ? 10 : 1) && r == -EBUSY; i++)
		r = stop(pid, ret, err);
	return r;
}

enum how {
	ALL,
	UNDO, /* bind, then undo it */
	LOOK, /* stop it and let it go on, nothing else */
};

static int attach_to(pid_t pid, const char *const *texts, enum how how)
{
	_cleanup_attach_ struct attach *a = NULL;
	const struct placement wanted = place_of(texts);
	_cleanup_error_ struct error err = ERROR_NONE;
	int r = stop_patiently(pid, &a, &err);

	if (r >= 0 && how != LOOK)
		r = place(a, &wanted, &err);
	if (r >= 0 && how == UNDO)
		r = attach_undo(a, &err);
	if (r >= 0)
		r = attach_finish(a, &err);
	if (r < 0)
		printf("# %s\n", error_text(&err));
	return r < 0 ? r : 0;
}

/* Returns everything in /proc of a process that must be unchanged afterwards. */
static char *trace_of(pid_t pid)
{
	_cleanup_free_ char *maps = proc_text(pid, "maps"), *call = proc_text(pid, "syscall"),
			    *status = proc_text(pid, "status");
	char *all = NULL;
	static const char *const fields[] = { "State",  "TracerPid", "FDSize", "Threads", "SigPnd",
					      "ShdPnd", "SigBlk",    "SigIgn", "SigCgt",  "Seccomp" };
	size_t size;
	FILE *f = open_memstream(&all, &size);

	for (size_t i = 0; status && i < ELEMENTSOF(fields); i++) {
		char key[32];
		const char *line;

		snprintf(key, sizeof(key), "\n%s:", fields[i]);
		line = strstr(status, key);
		if (line)
			fprintf(f, "%.*s\n", (int)strcspn(line + 1, "\n"), line + 1);
	}
	fprintf(f, "%s%s", maps ? maps : "", call ? call : "");
	fclose(f);
	return all;
}

/* Waits until /proc/PID/status has this line. */
static void wait_until(pid_t pid, const char *line)
{
	for (bool has = false; !has;) {
		_cleanup_free_ char *status = proc_text(pid, "status");

		has = !status || strstr(status, line);
	}
}

/* Waits until the process blocks in read() on its standard input. */
static void wait_until_it_reads(pid_t pid)
{
	char call[32];

	snprintf(call, sizeof(call), "%d 0x0 ", SYS_read);
	for (bool has = false; !has;) {
		_cleanup_free_ char *text = proc_text(pid, "syscall");

		has = !text || strncmp(text, call, strlen(call)) == 0;
	}
	wait_until(pid, "\nState:\tS");
}

TEST(attach_binds_what_a_rule_allows_and_changes_nothing_else)
{
	struct victim v = start(PROGRAM("glibc-still"), "read");
	_cleanup_free_ char *before = NULL, *after = NULL;

	CHECK(v.big);
	wait_until_it_reads(v.pid);
	before = trace_of(v.pid);
	CHECK_STR(policy_at(v.pid, v.big), "default");
	CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	wait_until_it_reads(v.pid);
	after = trace_of(v.pid);
	CHECK_STR(policy_at(v.pid, v.big), BOUND);
	CHECK_STR(before, after);
	CHECK_INT(end(&v), ==, 0);
}

/* Returns the addresses and policies in numa_maps: the kernel may change its other fields at any time. */
static char *policies_of(pid_t pid)
{
	_cleanup_free_ char *text = proc_text(pid, "numa_maps");
	char *all = NULL;
	size_t size;
	FILE *f = open_memstream(&all, &size);

	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		const size_t start = strcspn(line, " ");

		fprintf(f, "%.*s\n", (int)(start + 1 + strcspn(line + start + !!line[start], " ")), line);
	}
	fclose(f);
	return all;
}

TEST(attach_undo_restores_every_policy)
{
	struct victim v = start(PROGRAM("glibc-still"), "read");
	_cleanup_free_ char *before = NULL, *after = NULL;

	CHECK(v.big);
	wait_until_it_reads(v.pid);
	before = policies_of(v.pid);
	CHECK_INT(attach_to(v.pid, anon, UNDO), ==, 0);
	after = policies_of(v.pid);
	CHECK_STR(before, after);
	CHECK_INT(end(&v), ==, 0);
}

/*
 * Returns whether every thread has this task policy. The first mapping in numa_maps is text, which has no policy and so
 * shows the task's. Threads that end meanwhile are left out.
 */
static bool every_thread_has(pid_t pid, const char *policy)
{
	_cleanup_strv_ struct strv tids = STRV_NONE;
	size_t n = 0;

	if (root_list(&root, &tids, "proc/%d/task", (int)pid) < 0)
		return false;
	for (size_t i = 0; i < tids.n; i++) {
		_cleanup_free_ char *text = NULL;
		char word[64];

		if (root_read(&root, &text, NULL, "proc/%d/task/%s/numa_maps", (int)pid, tids.s[i]) < 0 ||
		    sscanf(text, "%*x %63s", word) != 1)
			continue;
		/* With NUMA balancing the kernel appends "|balancing" to the default. */
		word[strcspn(word, "|")] = '\0';
		if (strcmp(word, policy) != 0) {
			printf("# thread %s of %d has %s\n", tids.s[i], (int)pid, word);
			return false;
		}
		n++;
	}
	return n > 1;
}

/* Returns how often to repeat: less on an emulated machine. */
static int times(int wanted)
{
	const char *most = emulated();

	return most && atoi(most) < wanted ? atoi(most) : wanted;
}

static void check_steady(const char *program, int n)
{
	struct victim v = start(program, NULL);

	CHECK(v.big);
	CHECK(every_thread_has(v.pid, "default"));
	CHECK_INT(attach_to(v.pid, anon, UNDO), ==, 0);
	CHECK(every_thread_has(v.pid, "default"));
	for (int i = 0; i < n; i++)
		CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK(every_thread_has(v.pid, "bind=static:0"));
	CHECK_STR(policy_at(v.pid, v.big), BOUND);
	CHECK_INT(end(&v), ==, 0);
}

TEST(a_busy_threaded_program_of_glibc_survives_repeated_attach)
{
	check_steady(PROGRAM("glibc-steady"), times(100));
}

TEST(a_busy_threaded_program_of_musl_survives_repeated_attach)
{
	check_steady(PROGRAM("musl-steady"), times(20));
}

/* No system call is injected: this tests stopping alone. */
TEST(a_busy_program_survives_being_stopped_repeatedly)
{
	struct victim v = start(PROGRAM("glibc-steady"), NULL);

	CHECK(v.big);
	for (int i = 0; i < times(50); i++)
		CHECK_INT(attach_to(v.pid, anon, LOOK), ==, 0);
	CHECK_STR(policy_at(v.pid, v.big), "default");
	CHECK_INT(end(&v), ==, 0);
}

/*
 * Attaches and kills itself after this step, while every thread is stopped with its own registers: the program must go
 * on.
 */
static void killed_after(pid_t pid, int step)
{
	static const int modes[] = { MPOL_BIND | MPOL_F_STATIC_NODES };
	const struct placement wanted = place_of(anon);
	_cleanup_error_ struct error err = ERROR_NONE;
	struct attach *a = NULL;
	int r = stop_patiently(pid, &a, &err);

	if (r >= 0 && step == 1)
		r = attach_set_task(a, &node0.nodes, modes, 1, &err);
	if (r >= 0 && step >= 2)
		r = place(a, &wanted, &err);
	if (r >= 0 && step == 3)
		r = attach_finish(a, &err);
	if (r >= 0)
		kill(getpid(), SIGKILL);
	fprintf(stderr, "# step %d: %s\n", step, error_text(&err));
	_exit(1);
}

TEST(a_program_survives_when_the_attaching_process_is_killed)
{
	struct victim v = start(PROGRAM("glibc-steady"), NULL);

	CHECK(v.big);
	for (int i = 0; i < times(40); i++) {
		pid_t pid = fork();

		if (pid == 0)
			killed_after(v.pid, i % 4);
		CHECK_INT(status_of(pid), ==, SIGKILL);
	}
	CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK_STR(policy_at(v.pid, v.big), BOUND);
	CHECK_INT(end(&v), ==, 0);
}

#ifdef __x86_64__
/* An interrupted restartable sequence is aborted, although its thread ran injected calls meanwhile. */
TEST(interrupted_restartable_sequences_are_aborted)
{
	struct victim v = start(PROGRAM("glibc-sequence"), NULL);

	CHECK(v.big);
	for (int i = 0; i < times(100); i++)
		CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK_INT(end(&v), ==, 0);
}
#endif

TEST(attach_works_on_a_program_that_makes_no_system_calls)
{
	struct victim v = start(PROGRAM("glibc-still"), "spin");
	int status;

	CHECK(v.big);
	for (int i = 0; i < 20; i++)
		CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK_STR(policy_at(v.pid, v.big), BOUND);
	CHECK_INT(waitpid(v.pid, &status, WNOHANG), ==, 0);
	kill(v.pid, SIGTERM);
	CHECK_INT(end(&v), ==, SIGTERM << 8);
}

/* The program stays stopped, its parent is notified only once, and SIGCONT wakes it. */
TEST(a_stopped_program_is_bound_and_stays_stopped)
{
	struct victim v = start(PROGRAM("glibc-still"), "read");
	_cleanup_free_ char *status = NULL;
	int how;

	CHECK(v.big);
	kill(v.pid, SIGSTOP);
	CHECK_INT(waitpid(v.pid, &how, WUNTRACED), ==, v.pid);
	CHECK(WIFSTOPPED(how) && WSTOPSIG(how) == SIGSTOP);
	CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK_STR(policy_at(v.pid, v.big), BOUND);
	wait_until(v.pid, "\nState:\tT");
	status = proc_text(v.pid, "status");
	CHECK(strstr(status, "\nTracerPid:\t0\n"));
	CHECK_INT(waitpid(v.pid, &how, WUNTRACED | WCONTINUED | WNOHANG), ==, 0);
	kill(v.pid, SIGCONT);
	CHECK_INT(waitpid(v.pid, &how, WCONTINUED), ==, v.pid);
	CHECK(WIFCONTINUED(how));
	CHECK_INT(end(&v), ==, 0);
}

/*
 * Returns whether the kernel suspends another process's seccomp filter for this process. That takes CAP_SYS_ADMIN in
 * the initial user namespace, and no seccomp filter on the caller (check_ptrace_options(), kernel/ptrace.c).
 */
static bool may_suspend_filters(void)
{
	pid_t pid = fork();
	bool may;

	if (pid == 0)
		for (;;)
			pause();
	may = ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)PTRACE_O_SUSPEND_SECCOMP) == 0;
	kill(pid, SIGKILL);
	return status_of(pid) == SIGKILL && may;
}

/*
 * The program's filter kills it for any call but read, write and exit. A privileged caller has the kernel suspend the
 * filter, which is in force again afterwards. An unprivileged one is refused, and the program is unchanged.
 */
TEST(a_seccomp_filter_is_suspended_if_permitted_and_else_refused)
{
	bool may = may_suspend_filters();
	struct victim v = start(PROGRAM("glibc-still"), "filter");
	_cleanup_free_ char *before = NULL, *after = NULL;

	CHECK(v.big);
	wait_until_it_reads(v.pid);
	before = trace_of(v.pid);
	CHECK(strstr(before, "Seccomp:\t2"));
	CHECK_INT(attach_to(v.pid, anon, ALL), ==, may ? 0 : -EOPNOTSUPP);
	CHECK_STR(policy_at(v.pid, v.big), may ? BOUND : "default");
	wait_until_it_reads(v.pid);
	after = trace_of(v.pid);
	CHECK_STR(before, after);
	CHECK_INT(end(&v), ==, 0);
}

/* Refusals: each with its reason, and the program goes on --------------------------------------------------------------- */

static const char *refusal(pid_t pid, int code)
{
	static char text[512];
	_cleanup_attach_ struct attach *a = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	int r = stop(pid, &a, &err);

	snprintf(text, sizeof(text), "%s", r == code ? error_text(&err) : r < 0 ? "another error" : "no error");
	return text;
}

/* Another process attaches: when it ends, the kernel drops the pending stop. */
TEST(a_process_that_waits_in_vfork_is_refused)
{
	struct victim v = start(PROGRAM("glibc-still"), "vfork");
	pid_t pid;

	CHECK(v.big);
	wait_until(v.pid, "\nState:\tD");
	pid = fork();
	if (pid == 0)
		_exit(!strstr(refusal(v.pid, -EBUSY), "vfork"));
	CHECK_INT(status_of(pid), ==, 0);
	CHECK_INT(end(&v), ==, 0);
}

TEST(a_process_without_its_first_thread_is_refused)
{
	struct victim v = start(PROGRAM("glibc-still"), "leader");

	CHECK(v.big);
	wait_until(v.pid, "\nState:\tZ");
	CHECK(strstr(refusal(v.pid, -ESRCH), "first thread"));
	CHECK_INT(end(&v), ==, 0);
}

TEST(a_process_that_is_traced_already_is_refused)
{
	struct victim v = start(PROGRAM("glibc-still"), "read");
	int to_us[2];
	pid_t tracer;
	char c;

	CHECK(v.big);
	CHECK_INT(pipe(to_us), ==, 0);
	tracer = fork();
	if (tracer == 0) {
		c = ptrace(PTRACE_SEIZE, v.pid, NULL, NULL) < 0;
		_exit(write(to_us[1], &c, 1) != 1 || pause());
	}
	CHECK(read(to_us[0], &c, 1) == 1 && c == 0);
	CHECK(strstr(refusal(v.pid, -EBUSY), "traces it"));
	kill(tracer, SIGKILL);
	CHECK_INT(status_of(tracer), ==, SIGKILL);
	close(to_us[0]);
	close(to_us[1]);
	CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK_INT(end(&v), ==, 0);
}

TEST(init_ancestors_threads_and_ended_processes_are_refused)
{
	struct victim v = start(PROGRAM("glibc-still"), "leader");
	_cleanup_strv_ struct strv tids = STRV_NONE;
	char parents[32];
	pid_t pid;

	CHECK(v.big);
	snprintf(parents, sizeof(parents), "process %d", (int)getpid());
	CHECK(strstr(refusal(1, -EPERM), "init"));
	CHECK(strstr(refusal(getpid(), -EPERM), parents));
	pid = fork();
	if (pid == 0)
		_exit(!strstr(refusal(getppid(), -EPERM), "ancestor of it"));
	CHECK_INT(status_of(pid), ==, 0);
	CHECK_INT(root_list(&root, &tids, "proc/%d/task", (int)v.pid), ==, 0);
	CHECK(strstr(refusal(atoi(tids.s[tids.n - 1]), -EINVAL), "is a thread of process"));
	CHECK_INT(end(&v), ==, 0);
	CHECK(strstr(refusal(v.pid, -ESRCH), "does not exist"));
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK_INT(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), ==, 0);
	CHECK(strstr(refusal(pid, -ESRCH), "zombie"));
	CHECK_INT(status_of(pid), ==, 0);
}

CHECK_MAIN()
