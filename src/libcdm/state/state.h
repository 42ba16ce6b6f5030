/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the engine must remember between two reconciles, and across SIGKILL: how things stood before it changed
 * them, and what it has dealt with. Kept in STATE_DIR, which does not outlive the boot; replaced atomically.
 */

#include "basic/idset.h"
#include "basic/root.h"
#include "basic/run-dir.h"
#include "libcdm/cgroup/cgroup.h"
#include "libcdm/kernel/topology.h"

#define STATE_FILE STATE_DIR "/state.json"
#define DAMAGED_FILE STATE_FILE ".damaged"  /* where a state that cannot be read is kept for people */
#define FENCED_FILE STATE_DIR "/fenced"     /* there: the fences stand, udev (05-cdm.rules) need not see to it */
#define UNFENCED_FILE STATE_DIR "/unfenced" /* there: udev tried and they do not; cdmd goes on trying, udev does not */

/*
 * What is remembered belongs to a thing and not to its name: another block, node or cgroup may have that name by the
 * next look. root_inode() tells them apart.
 */

/* A cgroup that we changed. */
struct saved_cgroup {
	char *path;
	uint64_t inode; /* of its directory; 0: not known yet */
	char *mems;     /* its cpuset.mems before our first write: "" is no list of its own; NULL: we never wrote one */
	bool created;   /* a group that we made */
	bool enabled;   /* we turned the cpuset controller on for its children */
	bool migrating; /* a v1 cpuset whose memory_migrate we turned on */
};

/* A pool of huge pages that we changed. */
struct saved_pool {
	int node;
	uint64_t page_size; /* bytes */
	uint64_t before;    /* pages in it before our first write */
	uint64_t asked;     /* pages that we asked for last, when tried */
	bool tried;
};

struct state {
	bool first;           /* nothing was saved yet in this boot, or it is lost */
	char *damage;         /* why what was saved cannot be used, NULL: it can */
	bool lost;            /* that happened once in this boot: some of what stood before is not known */
	bool unsaved;         /* it could not be written as it is here */
	uint64_t seen;        /* topology.newest at the last look: blocks with a greater inode are new; 0: not known */
	struct nodeset known; /* nodes whose memory was online when we first looked, and there ever since */
	struct idset settled; /* blocks that were online once: offline now, they were taken offline on purpose */
	struct idset onlined; /* those of them that we onlined */
	/*
	 * What was asked of nodes (request.h), as long as they have memory. Withdrawn ones are granted to nobody and
	 * not onlined; the others are work: a mark goes when it was tried, with or without success.
	 */
	struct nodeset withdrawn, draining, offlining;
	struct nodeset asked;         /* asked online in this reconcile; not kept */
	char *auto_online;            /* auto_online_blocks before we set it; NULL: never set */
	struct saved_cgroup *cgroups; /* by path_compare(): parents before children */
	size_t n_cgroups;
	struct saved_pool *pools;
	size_t n_pools;
};

/*
 * Both return the descriptor that holds the lock; it goes with the process, so that a file left behind is no lock.
 * One writer at a time: waits for the others. One daemon at a time: -EBUSY when there is another.
 */
int state_lock(const struct root *root, struct error *err);
int state_lock_daemon(const struct root *root, struct error *err);

/* Whether the daemon's lock that fd holds is the one that another daemon would find: somebody may have cleaned /run. */
bool state_is_daemon_lock(const struct root *root, int fd);

/*
 * A missing file is the first state of this boot. One that is damaged is as good as missing, and `damage` says why.
 * That it could not be read is an error: it may be there the next time.
 */
int state_load(const struct root *root, struct state **ret, struct error *err);
int state_save(const struct root *root, const struct state *s, struct error *err);

/* Moves a damaged file out of the way, to DAMAGED_FILE, before a new one takes its place. */
int state_set_aside(const struct root *root, struct error *err);

/*
 * The memo: what of the state must never be lost, in extended attributes of the cpuset hierarchy's root, which live as
 * long as the fences do. /run can be full, or cleaned by somebody; without a memo, the next look would be taken for the
 * boot's first one, to which a device's node that is online is one of the boot's. It tells nothing to who has no
 * CAP_SYS_ADMIN ("trusted", xattr(7)).
 */
#define MEMO_KNOWN "trusted.cdm.known"
#define MEMO_AUTO_ONLINE "trusted.cdm.auto_online"

struct memo {
	struct nodeset known;
	char *auto_online; /* owned */
};

/* mount is the cpuset hierarchy's (struct cgroups). -ENODATA, -EOPNOTSUPP: there is none. */
int state_read_memo(const struct root *root, const char *mount, struct memo *ret);
int state_write_memo(const struct root *root, const char *mount, const struct state *s, struct error *err);

/*
 * A state that is lost gets back from the memo what that tells. With no memo, and fences that surely are ours, the
 * nodes that those leave out came after the boot: taken for some of the boot's they would be system nodes from now on,
 * and every fence would be opened for them.
 */
struct config;
struct cgroups; /* as cgroups_open() found them; read, where the fences are asked */
int state_recover(const struct root *root, const struct config *config, struct cgroups *g, struct state *state,
		  struct error *err);

/*
 * Tells udev that the fences stand, or that it tried in vain: for every block of a big device in turn would be
 * thousands of times. Failing only costs it a look of its own at the next block.
 */
void state_tell_fenced(const struct root *root);
void state_tell_unfenced(const struct root *root);

/*
 * After a teardown: nothing is remembered any more, and STATE_DIR goes; the caller holds both locks. The memo goes as
 * well, unless something was lost: then there may be fences and nodes that the teardown left as they are, and the next
 * look is not the boot's first.
 */
int state_forget(const struct root *root, const char *mount, const struct state *s, struct error *err);

/* Brings what is remembered of blocks and nodes up to what the topology shows now. Pure; -ENOMEM. */
int state_observe(struct state *s, const struct topology *t);

/* The entry of a cgroup, made where there is none; inode 0: the next look finds it out. -ENOMEM. */
int state_remember(struct state *s, const char *path, uint64_t inode, struct saved_cgroup **ret);

/* Remembers how a cgroup stood, unless that is remembered already. */
int state_remember_mems(struct state *s, const struct cgroup *g);

/* What is remembered of a cgroup, NULL: nothing. */
const struct saved_cgroup *state_saved(const struct state *s, const char *path);

/* Whether anything is remembered of a cgroup below path. */
bool state_saved_below(const struct state *s, const char *path);

/* What the cgroup had before our first write; what it has, when there was none. */
struct nodeset state_mems_before(const struct state *s, const struct cgroup *g);

/* Forgets cgroups that are gone: nothing can be restored there, and another of that name is another one. */
void state_observe_cgroups(struct state *s, const struct root *root, const struct cgroups *now);

/* NULL: we never changed it. */
struct saved_pool *state_pool(const struct state *s, int node, uint64_t page_size);

/* Remembers how many pages a pool had, unless that is remembered already. */
int state_remember_pool(struct state *s, int node, uint64_t page_size, uint64_t before);

/* What was tried on a node and could not be had may be tried again. */
void state_try_pools_again(struct state *s, int node);

/* Forgets the pools of all other nodes. */
void state_forget_pools(struct state *s, const struct nodeset *keep);

void state_free(struct state *s);
DEFINE_CLEANUP(struct state *, state_free)
#define _cleanup_state_ _cleanup_(state_freep)
