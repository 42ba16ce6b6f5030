/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Makes every call that can fail fail, one at a time:  sweep apply|teardown|daemon STRIDE [CONTROL LIBRARY]
 *
 * Every STRIDE-th call is tried; 1 means all. An apply or teardown is a reconcile in a child, linked with tests/faults;
 * the daemon is the real cdmd with LIBRARY preloaded, in which calls fail as the file CONTROL says. After each run the
 * kernel's files are checked: the run ended by itself, no fence is weaker than before, no device memory is online
 * without fences; and a further run without failures repairs everything.
 * Needs /etc/cdm/cdm.json, an offline device node 1, and the state after an apply; leaves the same state behind.
 */

#include "../../faults/faulty.h"
#include "basic/strutil.h"
#include "libcdm/engine/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define CGROUPS "sys/fs/cgroup"
#define MEMORY "sys/devices/system/memory"
#define NEWCOMER "newcomer" /* a cgroup without a fence, made for each run */
#define OUTPUT "/run/sweep.out"
#define LIMIT_MS 60000

static struct root root;
static struct faulty *ctl;
static struct config *config;
static char *saved_state;
static uint64_t seen; /* number of calls of this class in the last run */
static unsigned runs, wrong;

static const struct variant {
	int error;
	bool ever;
} variants[] = {
	{ EIO }, { ENOSPC }, { EINTR }, { ENOMEM }, { EACCES }, { EIO, true }, { ENOSPC, true },
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static void die(const char *what)
{
	printf("sweep: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Programs --------------------------------------------------------------------------------------------------------- */

static pid_t start_daemon(const char *control, const char *library)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	fd = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	dup2(fd, STDERR_FILENO);
	setenv("FAULTY", control, 1);
	setenv("LD_PRELOAD", library, 1);
	execlp("cdmd", "cdmd", NULL);
	_exit(127);
}

/* Returns how the program ended; -1: it did not within the limit. */
static int wait_for(pid_t pid)
{
	int status;

	for (int ms = 0; ms < LIMIT_MS; ms++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		sleep_ms(1);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static void print_step(void *arg _unused_, const struct step *step, enum step_result result, const char *message)
{
	printf("%s %s %s: %s %s\n", step_kind_name(step->kind), step->target, NODESET_STR(&step->nodes),
	       result == STEP_DONE ? "done" : "not done", message ? message : "");
}

/* Runs one reconcile in a separate process, with this failure. Returns how it ended. */
static int run(enum reconcile_mode mode, const struct faulty *failure)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;
		const struct reconcile what = { .root = &root, .config = config, .mode = mode, .hooks = { .fn = print_step } };
		int r;

		if (!freopen(OUTPUT, "we", stdout))
			_exit(99);
		*ctl = *failure;
		r = reconcile(&what, &done, &err);
		ctl->call = FAULTY_NONE;
		if (r < 0)
			puts(error_text(&err));
		fflush(stdout);
		_exit(r < 0 || done.steps.failed || done.steps.skipped);
	}
	return wait_for(pid);
}

/* What the kernel reports -------------------------------------------------------------------------------------------- */

static bool cgroup_is(const char *group, const char *file, const char *text)
{
	_cleanup_free_ char *now = NULL;

	return root_read_line(&root, &now, CGROUPS "/%s/%s", group, file) >= 0 && streq(now, text);
}

static bool device_is_online(void)
{
	struct nodeset nodes;

	return root_read_nodes(&root, &nodes, "sys/devices/system/node/has_memory") < 0 || nodeset_has(&nodes, 1);
}

/* Returns the first top-level cgroup outside the group for which so() is false; NULL: none. Owned. */
static char *not_all(bool (*so)(const char *group))
{
	_cleanup_strv_ struct strv names = STRV_NONE;

	if (root_list(&root, &names, CGROUPS) < 0)
		return strdup("the list of cgroups");
	for (size_t i = 0; i < names.n; i++)
		if (!streq(names.s[i], "cdm.slice") && root_exists(&root, CGROUPS "/%s/cgroup.procs", names.s[i]) &&
		    !so(names.s[i]))
			return strdup(names.s[i]);
	return NULL;
}

static bool is_fenced(const char *group)
{
	return cgroup_is(group, "cpuset.mems", "0") && cgroup_is(group, "cpuset.mems.effective", "0");
}

static bool old_is_fenced(const char *group)
{
	return streq(group, NEWCOMER) || is_fenced(group);
}

static bool is_restored(const char *group)
{
	return cgroup_is(group, "cpuset.mems", "") || !root_exists(&root, CGROUPS "/%s/cpuset.mems", group);
}

/* From one run to the next ------------------------------------------------------------------------------------------- */

static void offline_device(void)
{
	_cleanup_strv_ struct strv names = STRV_NONE;

	if (root_list(&root, &names, "sys/devices/system/node/node1") < 0)
		die("node1");
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *state = NULL;

		if (root_read_line(&root, &state, MEMORY "/%s/state", names.s[i]) >= 0 && streq(state, "online") &&
		    root_write(&root, "offline", MEMORY "/%s/state", names.s[i]) < 0)
			die(names.s[i]);
	}
}

/* All cgroups except a new one are fenced, the device's memory is offline, and the state says how that came about. */
static void start_over(void)
{
	FILE *f;

	rmdir("/" CGROUPS "/" NEWCOMER);
	if (mkdir("/" CGROUPS "/" NEWCOMER, 0755) < 0)
		die(NEWCOMER);
	(void)root_write(&root, "0", CGROUPS "/cdm.slice/cpuset.mems");
	offline_device();
	/* a completed teardown has removed it */
	if (mkdir("/run/cdm", 0755) < 0 && errno != EEXIST)
		die("/run/cdm");
	f = fopen("/run/cdm/state.json", "we");
	if (!f || fputs(saved_state, f) < 0 || fclose(f) != 0)
		die("state.json");
}

/* Verdicts ------------------------------------------------------------------------------------------------------------- */

struct place {
	const char *verb;
	enum reconcile_mode mode;
	struct faulty failure;
};

static void complain(const struct place *p, const char *what, const char *more)
{
	char line[256];
	FILE *f = fopen(OUTPUT, "re");

	printf("wrong: %s, %s number %llu%s fails with %s: %s %s\n", p->verb, faulty_name(p->failure.call),
	       (unsigned long long)p->failure.at, p->failure.ever ? " and all after it" : "",
	       strerrorname_np((int)p->failure.error), what, more);
	while (f && fgets(line, sizeof(line), f))
		printf("  | %s", line);
	if (f)
		fclose(f);
	fflush(stdout);
	wrong++;
}

/* What must hold however a run ended. A teardown also removes fences, once nothing of the device is online. */
static void judge_fences(const struct place *p, bool teardown)
{
	_cleanup_free_ char *old = teardown ? NULL : not_all(old_is_fenced);
	_cleanup_free_ char *open = device_is_online() ? not_all(is_fenced) : NULL;

	if (old)
		complain(p, "the fence is weaker than it was:", old);
	if (open)
		complain(p, "device memory is online, and there is no fence around", open);
}

static void judge_end(const struct place *p, int status)
{
	if (status == -1)
		complain(p, "the run hangs", "");
	else if (!WIFEXITED(status))
		complain(p, "the run was ended by a signal:", strsignal(WTERMSIG(status)));
}

static void judge_repair(const struct place *p, bool teardown)
{
	int status = run(p->mode, &(struct faulty){ 0 });
	_cleanup_free_ char *not_right = not_all(teardown ? is_restored : is_fenced);

	if (status != 0)
		complain(p, "the next run, in which no call fails, fails", "");
	if (not_right)
		complain(p, "the next run does not repair:", not_right);
	if (teardown ? device_is_online() : !cgroup_is("cdm.slice", "cpuset.mems.effective", "0-1"))
		complain(p, "the next run does not repair:", "the group");
}

static void try_verb(const struct place *p)
{
	bool teardown = p->mode == RECONCILE_TEARDOWN;
	int status;

	start_over();
	if (teardown && run(RECONCILE_ALL, &(struct faulty){ 0 }) != 0)
		die("apply");
	status = run(p->mode, &p->failure);
	seen = ctl->seen;
	judge_end(p, status);
	judge_fences(p, teardown);
	judge_repair(p, teardown);
}

static pid_t daemon_pid;

/* The daemon meets the failure when a new cgroup appears; it goes on, and fences it. */
static void try_daemon(const struct place *p)
{
	_cleanup_free_ char *old = NULL;
	bool fenced = false;
	int status;

	*ctl = p->failure;
	if (mkdir("/" CGROUPS "/" NEWCOMER, 0755) < 0)
		die(NEWCOMER);
	(void)root_write(&root, "change", "sys/devices/system/node/node1/uevent");
	if (p->failure.ever) {
		sleep_ms(100);
		ctl->call = FAULTY_NONE;
	}
	for (int ms = 0; ms < LIMIT_MS && !fenced; ms += 2) {
		fenced = is_fenced(NEWCOMER);
		sleep_ms(2);
	}
	ctl->call = FAULTY_NONE;
	seen = ctl->seen;
	old = not_all(is_fenced);
	if (waitpid(daemon_pid, &status, WNOHANG) == daemon_pid) {
		complain(p, "the daemon ended", "");
		exit(1);
	}
	if (!fenced || old)
		complain(p, "there is no fence around", old ? old : NEWCOMER);
	if (rmdir("/" CGROUPS "/" NEWCOMER) < 0)
		die(NEWCOMER);
}

static void sweep(struct place p, uint64_t stride, uint64_t first, void (*try)(const struct place *p))
{
	uint64_t tried = 0;

	for (p.failure.at = 1 + first % stride;; p.failure.at += stride, tried++) {
		try(&p);
		runs++;
		if (seen < p.failure.at)
			break;
	}
	printf("%s: %s fails with %s%s: %llu of %llu calls\n", p.verb, faulty_name(p.failure.call),
	       strerrorname_np((int)p.failure.error), p.failure.ever ? " for ever" : "", (unsigned long long)tried,
	       (unsigned long long)seen);
	fflush(stdout);
}

/* Failures that no kernel can return are left out. */
static bool makes_sense(enum faulty_call call, const struct variant *v, bool daemon)
{
	if (v->error == EINTR && v->ever)
		return false;
	if (call == FAULTY_MALLOC)
		return v->error == ENOMEM;
	if (call == FAULTY_WAIT)
		return v->error == EINTR;
	if (call == FAULTY_WATCH)
		return daemon && v->error != EINTR;
	return call != FAULTY_SOCKET || daemon;
}

static struct faulty failure_of(enum faulty_call call, const struct variant *v)
{
	return (struct faulty){ .call = call, .error = (uint32_t)v->error, .ever = v->ever };
}

static void sweep_all(const char *verb, uint64_t stride)
{
	enum reconcile_mode mode = streq(verb, "teardown") ? RECONCILE_TEARDOWN : RECONCILE_ALL;
	bool daemon = streq(verb, "daemon");
	uint64_t first = 0;

	for (enum faulty_call call = FAULTY_NONE + 1; call < N_FAULTY; call++)
		for (size_t i = 0; i < ELEMENTSOF(variants); i++)
			if (makes_sense(call, &variants[i], daemon))
				sweep((struct place){ verb, mode, failure_of(call, &variants[i]) },
				      call == FAULTY_MALLOC || variants[i].ever ? stride * 5 : stride, first++,
				      daemon ? try_daemon : try_verb);
}

/* Maps the control block: shared with the children, or, by its path, with the daemon. */
static struct faulty *shared_control(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *p;

	if (path && (fd < 0 || ftruncate(fd, sizeof(struct faulty)) < 0))
		die(path);
	p = mmap(NULL, sizeof(struct faulty), PROT_READ | PROT_WRITE, MAP_SHARED | (path ? 0 : MAP_ANONYMOUS), fd, 0);
	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

int main(int argc, char **argv)
{
	const char *control = argc == 5 ? argv[3] : NULL;

	if (argc != 3 && argc != 5)
		return 2;
	ctl = shared_control(control);
	if (root_open(NULL, &root, NULL) < 0 || config_load(NULL, -1, &config, NULL) < 0 ||
	    root_read(&root, &saved_state, NULL, "run/cdm/state.json") < 0)
		die("what an apply leaves");
	if (control) {
		daemon_pid = start_daemon(control, argv[4]);
		for (int ms = 0; ms < LIMIT_MS && !cgroup_is("cdm.slice", "cpuset.mems.effective", "0-1"); ms += 10)
			sleep_ms(10);
	} else {
		faulty = ctl;
	}
	sweep_all(argv[1], strtoull(argv[2], NULL, 10));
	if (control) {
		kill(daemon_pid, SIGTERM);
		if (wait_for(daemon_pid) != 0)
			complain(&(struct place){ .verb = argv[1] }, "the daemon did not exit with status 0", "");
	} else {
		start_over();
		if (run(RECONCILE_ALL, &(struct faulty){ 0 }) != 0)
			die("apply");
	}
	printf("%s: %u runs, %u wrong\n", argv[1], runs, wrong);
	return wrong > 0;
}
