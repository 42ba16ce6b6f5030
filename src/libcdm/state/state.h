/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the engine must remember between two reconciles, even after SIGKILL: the values from before its changes, and
 * what it has dealt with. It is kept in STATE_DIR, which does not outlive the boot, and replaced atomically.
 */

#include "basic/idset.h"
#include "basic/root.h"
#include "basic/run-dir.h"
#include "libcdm/cgroup/cgroup.h"
#include "libcdm/kernel/topology.h"

#define STATE_FILE STATE_DIR "/state.json"
#define DAMAGED_FILE STATE_FILE ".damaged"  /* a state file that cannot be read is kept here for the user */
#define FENCED_FILE STATE_DIR "/fenced"     /* it exists: the fences are in place; udev (05-cdm.rules) does nothing */
#define UNFENCED_FILE STATE_DIR "/unfenced" /* it exists: udev tried and failed; cdmd keeps trying, udev does not */
#define STOOD_FILE STATE_DIR "/stood"       /* it exists: the fences have been in place at some time in this boot */

/*
 * Entries belong to a block, node or cgroup, not to its name: at the next look another one may have that name.
 * root_inode() tells them apart.
 */

/* A cgroup that cdm-tools changed. */
struct saved_cgroup {
	char *path;
	uint64_t inode; /* of its directory; 0: not known yet */
	char *mems;     /* its cpuset.mems before our first write: "" if it had no list; NULL: we never wrote one */
	bool created;   /* a group that cdm-tools made */
	bool enabled;   /* we turned on the cpuset controller for its children */
	bool migrating; /* a v1 cpuset whose memory_migrate we turned on */
};

/* A pool of huge pages that cdm-tools changed. */
struct saved_pool {
	int node;
	uint64_t page_size; /* bytes */
	uint64_t before;    /* its size before our first write, in pages */
	uint64_t asked;     /* if tried: the size that we asked for last, in pages */
	bool tried;
};

struct state {
	bool first;              /* nothing was saved in this boot yet, or it is lost */
	char *damage;            /* why the saved state cannot be used; NULL: it can */
	bool lost;               /* that happened in this boot: some of the former values are unknown */
	bool unsaved;            /* this state could not be written */
	uint64_t seen;           /* topology.newest at the last look: blocks with a greater inode are new; 0: unknown */
	struct nodeset known;    /* nodes whose memory was online at the first look, and is present ever since */
	struct idset was_online; /* blocks that were online once: if they are offline now, that is on purpose */
	struct idset onlined;    /* those of them that cdm-tools brought online */
	/*
	 * Requests for nodes (node-request.h), as long as the nodes have memory. Withdrawn nodes are granted to no
	 * group and not brought online; the other two sets are work: a node leaves them when that was tried, with or
	 * without success.
	 */
	struct nodeset withdrawn, draining, offlining;
	struct nodeset asked;         /* asked online in this reconcile; not saved */
	char *auto_online;            /* auto_online_blocks before we set it; NULL: we did not */
	struct saved_cgroup *cgroups; /* sorted by path_compare(): parents before children */
	size_t n_cgroups;
	struct saved_pool *pools;
	size_t n_pools;
};

/*
 * Both return the descriptor that holds the lock, which ends with the process: a file that is left behind is no lock.
 * There is one writer at a time: state_lock() waits for others. There is one daemon: -EBUSY if another one runs.
 */
_must_use_ int state_lock(const struct root *root, struct error *err);
_must_use_ int state_lock_daemon(const struct root *root, struct error *err);

/* Whether fd locks the file that another daemon would find, which is not so after someone has cleaned /run. */
bool state_is_daemon_lock(const struct root *root, int fd);

/*
 * Without a file, this is the first state of the boot. A damaged file counts as missing, and `damage` says why. A file
 * that cannot be read is an error: it may be readable the next time.
 */
_must_use_ int state_load(const struct root *root, struct state **ret, struct error *err);
_must_use_ int state_save(const struct root *root, const struct state *s, struct error *err);

/* Renames a damaged file to DAMAGED_FILE, before a new one takes its place. */
_must_use_ int state_set_aside(const struct root *root, struct error *err);

/*
 * The memo: the part of the state that must never be lost, in extended attributes of the root of the cpuset hierarchy,
 * which exist as long as the fences. /run can be full, or be cleaned; without a memo the next look would count as the
 * boot's first one, and device nodes that are online as nodes of the boot. Processes without CAP_SYS_ADMIN cannot read
 * it ("trusted", xattr(7)).
 */
#define MEMO_KNOWN "trusted.cdm.known"
#define MEMO_AUTO_ONLINE "trusted.cdm.auto_online"

struct memo {
	struct nodeset known;
	char *auto_online; /* owned */
};

/* mount is that of the cpuset hierarchy (struct cgroups). -ENODATA, -EOPNOTSUPP: there is no memo. */
int state_read_memo(const struct root *root, const char *mount, struct memo *ret);
_must_use_ int state_write_memo(const struct root *root, const char *mount, const struct state *s, struct error *err);

/*
 * Recovers a lost state from the memo. If there is none, but there are fences that must be ours, the nodes that they
 * leave out are taken to have arrived after the boot: as nodes of the boot they would be system nodes from now on, and
 * every fence would be opened for them.
 */
struct config;
struct cgroups; /* as cgroups_open() found them; read only if the fences are needed */
_must_use_ int state_recover(const struct root *root, const struct config *config, struct cgroups *g,
			     struct state *state, struct error *err);

/*
 * Tells udev that the fences are in place, or that it has failed to make them: otherwise it would try again for each of
 * a big device's thousands of blocks. If the file cannot be written, udev only tries again at the next block.
 */
void state_tell_fenced(const struct root *root);
/* A fence that stood, or a new one, could not be made: udev tries again at the next block. */
void state_tell_open(const struct root *root);
void state_tell_unfenced(const struct root *root);

/*
 * After a teardown: forgets everything and removes STATE_DIR; the caller holds both locks. The memo is removed as well,
 * unless something was lost: then there may be fences and nodes that the teardown left alone, and the next look must
 * not count as the boot's first.
 */
_must_use_ int state_forget(const struct root *root, const char *mount, const struct state *s, struct error *err);

/* Updates what is remembered of blocks and nodes to what the topology shows now. Pure; -ENOMEM. */
int state_observe(struct state *s, const struct topology *t);

/* Finds or makes the entry of a cgroup; inode 0: the next look finds it out. -ENOMEM. */
int state_remember(struct state *s, const char *path, uint64_t inode, struct saved_cgroup **ret);

/* Records the list of a cgroup, unless one is recorded already. */
int state_remember_mems(struct state *s, const struct cgroup *g);

/* The entry of a cgroup; NULL: there is none. */
const struct saved_cgroup *state_saved(const struct state *s, const char *path);

/* Whether there is an entry of a cgroup below path. */
bool state_saved_below(const struct state *s, const char *path);

/* The list of the cgroup before our first write; its current list, if there was no write. */
struct nodeset state_mems_before(const struct state *s, const struct cgroup *g);

/* Forgets cgroups that are gone: nothing can be restored there, and a new cgroup of that name is a different one. */
void state_observe_cgroups(struct state *s, const struct root *root, const struct cgroups *now);

/* NULL: cdm-tools never changed it. */
struct saved_pool *state_pool(const struct state *s, int node, uint64_t page_size);

/* Records the size of a pool, unless one is recorded already. */
int state_remember_pool(struct state *s, int node, uint64_t page_size, uint64_t before);

/* Lets a pool size that the node could not provide be tried again. */
void state_try_pools_again(struct state *s, int node);

/* Forgets the pools of all other nodes. */
void state_forget_pools(struct state *s, const struct nodeset *keep);

void state_free(struct state *s);
DEFINE_CLEANUP(struct state *, state_free)
#define _cleanup_state_ _cleanup_(state_freep)
