/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "libcdm/json/json.h"
#include "state.h"

/*
 * state-cgroup.c: records the list of a cgroup, unless one is recorded already: -ENOMEM. Frees the members of an entry.
 */
int state_remember_text(struct state *s, const char *path, uint64_t inode, const char *mems);
void state_forget_cgroup(struct saved_cgroup *c);

/* state-json.c. -EINVAL: the document is not one of state_to_json(). -ENOMEM; NULL: out of memory. */
int state_from_json(json_t *doc, struct state *s);
json_t *state_to_json(const struct state *s);

#define STATE_NEW STATE_DIR "/.state.json.new"

/*
 * state-dir.c: makes STATE_DIR if it is missing; removes it with its locks and the leftovers of killed processes,
 * unless it has other files. The caller holds both locks.
 */
_must_use_ int state_make_dir(const struct root *root, struct error *err);
void state_remove_dir(const struct root *root);

/* state-memo.c. The first two are pure; state_recall() takes values over from the memo. -ENOMEM. */
int state_mark_lost(struct state *s);
int state_recall(struct state *s, struct memo *m);
_must_use_ int state_remove_memo(const struct root *root, const char *mount, struct error *err);

/* state-pool.c: the key "hugepages". -EINVAL, -ENOMEM; NULL: out of memory. */
int pools_from_json(const json_t *doc, struct state *s);
json_t *pools_to_json(const struct state *s);
