/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The report: examines each process of a launched program when it ends. */

#include "launch-report-internal.h"

#include "basic/output.h"
#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define KEEP_OUTPUT 0
#define KEEP_COUNTS 1

/* The watch -------------------------------------------------------------------------------------------------------- */

static void ends(struct trace_watch *w, const struct root *root, const struct trace_process *p)
{
	struct report *r = (struct report *)w;

	if (report_look(r, root, p, NULL) < 0)
		r->incomplete = true;
}

static void bound(struct trace_watch *w, unsigned rule, uint64_t size, int error)
{
	struct report *r = (struct report *)w;
	struct counts_target *target = &r->targets[r->l->place.rules[rule].target];

	r->rules[rule].ranges++;
	r->rules[rule].bytes += size;
	if (error < 0) {
		target->ranges++;
		target->bytes += size;
		target->error = error;
	}
}

static void let_go(struct trace_watch *w, uint64_t size)
{
	struct report *r = (struct report *)w;

	r->let_go.ranges++;
	r->let_go.bytes += size;
}

static void done(struct trace_watch *w, const struct root *root)
{
	struct report *r = (struct report *)w;
	_cleanup_free_ char *text = NULL;

	(void)root_read_u64(root, &r->max_map_count, "proc/sys/vm/max_map_count");
	text = r->l->report.json ? report_json_text(r) : report_text(r);
	for (size_t at = 0, len = text ? strlen(text) : 0; at < len;) {
		ssize_t n = write(TRACE_KEEP + KEEP_OUTPUT, text + at, len - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
}

int report_running(const struct launch *l, const struct root *root, bool json, struct error *err)
{
	struct report r = { .l = l };
	const struct trace_process p = { .pid = l->attach, .tid = l->attach, .image = l->attach };
	_cleanup_free_ char *text = NULL;
	int e = report_look(&r, root, &p, err);

	if (e >= 0 && !(text = json ? report_running_json_text(&r) : report_running_text(&r)))
		e = -ENOMEM;
	if (e < 0)
		return e == -ENOMEM ? fail(err, e, "%m") : e;
	fputs(text, stdout);
	return output_flush(err);
}

/* The launcher's side ---------------------------------------------------------------------------------------------- */

static int open_output(const struct report_options *o, int *ret, struct error *err)
{
	int fd = o->file ? open(o->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666) :
			   fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return fail(err, -errno, "--report: %s: %m", o->file ? o->file : "standard error");
	*ret = fd;
	return 0;
}

/* Sealed, so that no process that has it open can shrink it under the others (counts.c). */
static int make_counts(struct report *r, struct error *err)
{
	int fd = memfd_create("cdm-launch counts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *p = MAP_FAILED;

	r->watch.keep[KEEP_COUNTS] = fd;
	if (fd >= 0 && ftruncate(fd, sizeof(struct counts)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
		p = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return fail(err, -errno, "--report: counters: %m");
	r->counts = p;
	r->counts->magic = COUNTS_MAGIC;
	return 0;
}

int report_open(const struct launch *l, struct report *ret, struct error *err)
{
	int r;

	*ret = (struct report){
		.watch = { .bound = bound, .let_go = let_go, .ends = ends, .done = done, .keep = { -1, -1 } }, .l = l
	};
	r = open_output(&l->report, &ret->watch.keep[KEEP_OUTPUT], err);
	return r < 0 || l->mode == MODE_TRACE ? r : make_counts(ret, err);
}

int report_start(struct report *r, char **ret_counts, struct error *err)
{
	const struct trace plan = { .watch = &r->watch, .why = "--report" };
	char *path;
	pid_t tracer;
	int e = trace_start(&plan, &tracer, err);

	if (e < 0)
		return e;
	if (asprintf(&path, "/proc/%d/fd/%d", (int)tracer, TRACE_KEEP + KEEP_COUNTS) < 0)
		return fail(err, -ENOMEM, "%m");
	*ret_counts = path;
	return 0;
}

void report_close(struct report *r)
{
	for (size_t i = 0; r->l && i < ELEMENTSOF(r->watch.keep); i++)
		closep(&r->watch.keep[i]);
	if (r->counts)
		munmap(r->counts, sizeof(*r->counts));
}
