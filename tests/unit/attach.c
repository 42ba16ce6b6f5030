/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Attaching to programs that run already and look after themselves (tests/unit/trace). One node is enough: only what is
 * bound has a policy of its own, which numa_maps shows.
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

/* A program that has said that it is ready; it ends when its standard input does. */
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
	/* What it says at its end nobody reads: the pipe has room for it. */
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

/* The policy that numa_maps shows of the mapping with this address in it. */
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

/* The program stands: everything that cdm-launch does to it, but for the cgroup. */
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

/* Set where the machine is emulated: how often a test does what it does many times. */
static const char *emulated(void)
{
	return getenv("CDM_TEST_TIMES");
}

/* A machine that is emulated may be too slow for so many threads: it is refused then, and asked again. No other may. */
static int stop_patiently(pid_t pid, struct attach **ret, struct error *err)
{
	int r = -EBUSY;

	for (int i = 0; i < (emulated() ? 10 : 1) && r == -EBUSY; i++)
		r = stop(pid, ret, err);
	return r;
}

enum how {
	ALL,
	UNDO, /* and take it back */
	LOOK, /* stop it and let it go */
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

/* All that /proc tells of a process and that is to be as it was. */
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

/* Until /proc/PID/status has this line. */
static void wait_until(pid_t pid, const char *line)
{
	for (bool has = false; !has;) {
		_cleanup_free_ char *status = proc_text(pid, "status");

		has = !status || strstr(status, line);
	}
}

/* Until it waits for its standard input to end. */
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

TEST(what_a_rule_allows_is_bound_and_nothing_is_left_behind)
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

/* Addresses and policies: what else numa_maps has changes as the kernel sees fit. */
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

TEST(what_is_undone_is_as_it_was)
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
 * Whether this is every thread's own policy: what its numa_maps shows first, which is text and has none itself. One that
 * ends meanwhile has none to show.
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
		/* Where the kernel balances it says so of the default. */
		word[strcspn(word, "|")] = '\0';
		if (strcmp(word, policy) != 0) {
			printf("# thread %s of %d has %s\n", tids.s[i], (int)pid, word);
			return false;
		}
		n++;
	}
	return n > 1;
}

/* How often: less where the machine is emulated. */
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

TEST(a_busy_program_of_many_threads_a_hundred_times)
{
	check_steady(PROGRAM("glibc-steady"), times(100));
}

TEST(and_one_of_musl)
{
	check_steady(PROGRAM("musl-steady"), times(20));
}

/* No call is made here: what stopping alone does. */
TEST(stopped_and_let_go)
{
	struct victim v = start(PROGRAM("glibc-steady"), NULL);

	CHECK(v.big);
	for (int i = 0; i < times(50); i++)
		CHECK_INT(attach_to(v.pid, anon, LOOK), ==, 0);
	CHECK_STR(policy_at(v.pid, v.big), "default");
	CHECK_INT(end(&v), ==, 0);
}

/* Who attaches is killed where every thread stands with what is its own: the program goes on. */
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

TEST(who_attaches_is_killed)
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
/* A restartable sequence that was interrupted is aborted, though its thread has been elsewhere meanwhile. */
TEST(restartable_sequences)
{
	struct victim v = start(PROGRAM("glibc-sequence"), NULL);

	CHECK(v.big);
	for (int i = 0; i < times(100); i++)
		CHECK_INT(attach_to(v.pid, anon, ALL), ==, 0);
	CHECK_INT(end(&v), ==, 0);
}
#endif

TEST(a_program_in_no_call_at_all)
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

/* It stays stopped, its parent hears of it once, and SIGCONT wakes it. */
TEST(a_stopped_program)
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
 * Whether the kernel suspends another process's filter for this one: that takes CAP_SYS_ADMIN in the first user
 * namespace, and no filter of its own (check_ptrace_options(), kernel/ptrace.c).
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
 * Its filter kills for anything but read, write and exit. Who may have the kernel suspend it for a while does: the filter is not
 * asked, and it is in force again afterwards. For everybody else the program is left as it was.
 */
TEST(a_filter_of_the_programs_own)
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

/* By another process: what does not stop is let go when that ends. */
TEST(a_parent_that_vfork_holds_up)
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

TEST(a_process_whose_first_thread_is_gone)
{
	struct victim v = start(PROGRAM("glibc-still"), "leader");

	CHECK(v.big);
	wait_until(v.pid, "\nState:\tZ");
	CHECK(strstr(refusal(v.pid, -ESRCH), "first thread"));
	CHECK_INT(end(&v), ==, 0);
}

TEST(one_that_is_traced_already)
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

TEST(what_is_no_process_to_attach_to)
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
