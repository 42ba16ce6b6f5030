/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The report: what landed where, by rule. A tracer that is neither parent nor child of the program (trace.h) reads each
 * process's memory as it ends, however it ends, and writes the report before the last one is gone. The preload library
 * (preload/counts.h) or the tracer itself counts what the rules allowed.
 */

#include "launch.h"
#include "vma-match.h"

#include "trace/trace.h"

#define LEAKS_SHOWN 256

/* Why pages that a rule allowed are not on its nodes. */
enum spill {
	SPILL_FULL,        /* the nodes are full */
	SPILL_NOT_GRANTED, /* the group does not have the nodes, or they are gone */
	SPILL_CACHE,       /* page cache of a file, which all processes share */
	SPILL_UNKNOWN,     /* there is room now */
	N_SPILLS
};
const char *spill_name(enum spill s); /* "full", "not-granted", ... */

struct tally {
	struct node_pages *v; /* by ascending node */
	size_t n;
};
int tally_add(struct tally *t, int node, uint64_t pages); /* -ENOMEM */

/* VMAs that the same rules may have bound. */
struct report_place {
	uint64_t rules;
	struct tally pages;
	uint64_t spilled[N_SPILLS];
};

struct report_leak {
	struct vma vma;
	pid_t pid;
	char *comm;
	int node;
	uint64_t pages;
};

struct report_process {
	pid_t pid;
	char *comm;
	int status;                  /* in the format of wait(2) */
	bool looked_at, has_library; /* has_library: in preload mode, it is mapped, so the rules hold */
	uint64_t vmas, bound;
	struct tally pages; /* that rules allowed */
};

/* For --explain: one VMA of a process, with the rules that took or refused it. */
struct report_vma {
	struct vma vma;
	pid_t pid;
	enum ruling ruling;
	uint64_t rules;
};

struct report {
	struct trace_watch watch; /* must be first: the tracer has a pointer to it */
	const struct launch *l;
	struct counts *counts; /* NULL in trace mode */
	struct counts_rule rules[PLACEMENT_RULES];
	struct counts_target targets[PLACEMENT_TARGETS];
	struct counts_rule let_go;
	struct report_place *places;
	struct report_process *processes;
	struct report_leak *leaks; /* at most LEAKS_SHOWN */
	struct report_vma *vmas;
	size_t n_places, n_processes, n_leaks, n_vmas;
	uint64_t leak_pages, max_map_count;
	bool shares;     /* pages that several processes map were counted for each */
	bool incomplete; /* memory ran out, or a process could not be read */
	char *full;      /* "node 1: 2M of 512M free" at the last spill for that reason; NULL: none */
};

/* Opens the output and the counters: fails before anything else happens. */
_must_use_ int report_open(const struct launch *l, struct report *ret, struct error *err);

/*
 * Preload mode: starts the process that reports. *ret_counts: the path of the counters, for the preload library; owned.
 */
_must_use_ int report_start(struct report *r, char **ret_counts, struct error *err);

/* Prints on standard output what a running process has now (--explain --attach), without changing anything. */
_must_use_ int report_running(const struct launch *l, const struct root *root, bool json, struct error *err);

/* The text of the report, owned; NULL: out of memory. */
char *report_text(const struct report *r);
char *report_json_text(const struct report *r);

/* The same for a running process. */
char *report_running_text(const struct report *r);
char *report_running_json_text(const struct report *r);

/* Releases the launcher's copy. */
void report_close(struct report *r);
#define _cleanup_report_ _cleanup_(report_close)
