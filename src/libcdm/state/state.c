/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state of this boot: how things were before the first change, and which nodes have been dealt with. */

#include "state-internal.h"

#include "basic/fd.h"
#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"

#include <errno.h>
#include <fcntl.h>

/*
 * The file grows with the number of cgroups: this is a name of a kilobyte for each of 65,536 cgroups, the most that the
 * kernel's memory controller can have. A larger file is never written, so that every file can be read again.
 */
#define STATE_MAX (UINT64_C(256) << 20)

/*
 * Errors in the content of the file; other errors may be gone the next time. A file that is too large is no damage: it
 * is not ours, and it is not known whether it has replaced a state.
 */
static bool is_damage(int r)
{
	return r == -EINVAL || r == -ERANGE || r == -EBADMSG || r == -EISDIR;
}

static int load(const struct root *root, struct state *s, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	int r = json_doc_load(root->fd, STATE_FILE, "/" STATE_FILE, STATE_MAX, &doc, err);

	if (r < 0)
		return r;
	r = state_from_json(doc.root, s);
	return r < 0 ? fail(err, r, "/%s is not a state of this version", STATE_FILE) : 0;
}

/* A state that was read half is useless: each attempt starts with an empty one. */
static int load_anew(const struct root *root, struct state **s, struct error *err)
{
	state_free(*s);
	*s = calloc(1, sizeof(**s));
	return *s ? load(root, *s, err) : -ENOMEM;
}

int state_load(const struct root *root, struct state **ret, struct error *err)
{
	_cleanup_state_ struct state *s = NULL;
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = load_anew(root, &s, &why);

	/* Lack of memory can look like damage, since jansson's scanner does not distinguish them: so try twice. */
	if (is_damage(r))
		r = load_anew(root, &s, &why);
	if (is_damage(r)) {
		state_free(s);
		s = calloc(1, sizeof(*s));
		if (s)
			s->damage = strdup(error_text(&why));
		r = s && s->damage ? -ENOENT : -ENOMEM;
	}
	if (r == -ENOENT) {
		s->first = true;
		s->lost = s->damage;
		r = 0;
	}
	if (r < 0)
		return fail(err, r, "%s", s ? error_text(&why) : strerror(ENOMEM));
	*ret = TAKE_PTR(s);
	return 0;
}

int state_save(const struct root *root, const struct state *s, struct error *err)
{
	_cleanup_json_ json_t *doc = state_to_json(s);
	_cleanup_free_ char *text = doc ? json_text(doc) : NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (!text)
		return fail(err, -ENOMEM, "/%s: %m", STATE_FILE);
	if (strlen(text) > STATE_MAX)
		return fail(err, -EFBIG, "/%s: the state of %zu cgroups is larger than %s", STATE_FILE, s->n_cgroups,
			    SIZE_STR(STATE_MAX));
	r = state_make_dir(root, err);
	if (r < 0)
		return r;
	/* /run is a tmpfs: a rename is all the atomicity that is needed, and SIGKILL may come at any time. */
	fd = openat(root->fd, STATE_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return fail(err, -errno, "/%s: %m", STATE_NEW);
	r = fd_write(fd, text, strlen(text));
	if (r < 0)
		fail(err, r, "/%s: writing: %m", STATE_NEW);
	else if (renameat(root->fd, STATE_NEW, root->fd, STATE_FILE) < 0)
		r = fail(err, -errno, "/%s: renaming to %s: %m", STATE_NEW, STATE_FILE);
	if (r < 0)
		unlinkat(root->fd, STATE_NEW, 0);
	return r;
}

int state_set_aside(const struct root *root, struct error *err)
{
	if (renameat(root->fd, STATE_FILE, root->fd, DAMAGED_FILE) < 0 && errno != ENOENT)
		return fail(err, -errno, "/%s: renaming to /%s: %m", STATE_FILE, DAMAGED_FILE);
	return 0;
}

int state_forget(const struct root *root, const char *mount, const struct state *s, struct error *err)
{
	int r = s->lost ? 0 : state_remove_memo(root, mount, err);

	if (r < 0)
		return r;
	if (unlinkat(root->fd, FENCED_FILE, 0) < 0 && errno != ENOENT)
		return fail(err, -errno, "/%s: removing: %m", FENCED_FILE);
	unlinkat(root->fd, UNFENCED_FILE, 0);
	unlinkat(root->fd, STOOD_FILE, 0);
	if (unlinkat(root->fd, STATE_FILE, 0) < 0 && errno != ENOENT)
		return fail(err, -errno, "/%s: removing: %m", STATE_FILE);
	state_remove_dir(root);
	return 0;
}

/* Made since the last look, even if there was another block of that name before. */
static bool is_new(const struct state *s, const struct block *b)
{
	return s->seen && b->inode > s->seen;
}

/* The nodes that still have memory from the last look: everything that is remembered of other nodes is obsolete. */
static struct nodeset stayed(const struct state *s, const struct topology *t)
{
	struct nodeset with_blocks = topology_with_blocks(t), renewed = NODESET_EMPTY, old = NODESET_EMPTY;

	for (size_t i = 0; i < t->n_blocks; i++)
		if (t->blocks[i].node >= 0)
			nodeset_add(is_new(s, &t->blocks[i]) ? &renewed : &old, t->blocks[i].node);
	renewed = nodeset_minus(&renewed, &old);
	return nodeset_minus(&with_blocks, &renewed);
}

static int observe_blocks(struct state *s, const struct topology *t)
{
	_cleanup_idset_ struct idset was_online = IDSET_NONE, onlined = IDSET_NONE;

	for (size_t i = 0; i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[i];
		bool old = !is_new(s, b);

		if ((b->state != BLOCK_OFFLINE || (old && idset_has(&s->was_online, b->id))) &&
		    idset_add(&was_online, b->id) < 0)
			return -ENOMEM;
		if (old && idset_has(&s->onlined, b->id) && idset_add(&onlined, b->id) < 0)
			return -ENOMEM;
	}
	idset_free(&s->was_online);
	s->was_online = TAKE(was_online, IDSET_NONE);
	idset_free(&s->onlined);
	s->onlined = TAKE(onlined, IDSET_NONE);
	return 0;
}

int state_observe(struct state *s, const struct topology *t)
{
	struct nodeset *const asked[] = { &s->withdrawn, &s->draining, &s->offlining };
	struct nodeset with_memory = stayed(s, t), keep;
	int r = observe_blocks(s, t);

	if (r < 0)
		return r;
	/*
	 * Ordinary memory is online from boot on: a node that is wholly offline came later, and remains a device node
	 * when it is brought online.
	 */
	s->known = nodeset_and(s->first ? &t->has_memory : &s->known, &with_memory);
	/*
	 * A pool ends with the node's memory; that of a node that was asked to leave must come back at its former size.
	 */
	keep = nodeset_or(&t->has_memory, &s->withdrawn);
	keep = nodeset_and(&keep, &with_memory);
	state_forget_pools(s, &keep);
	/* The request ends with the node's memory: memory that comes back is new. */
	for (size_t i = 0; i < ELEMENTSOF(asked); i++)
		*asked[i] = nodeset_and(asked[i], &with_memory);
	s->first = false;
	if (t->newest > s->seen)
		s->seen = t->newest;
	return 0;
}

void state_free(struct state *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_cgroups; i++)
		state_forget_cgroup(&s->cgroups[i]);
	free(s->cgroups);
	free(s->damage);
	free(s->pools);
	free(s->auto_online);
	idset_free(&s->was_online);
	idset_free(&s->onlined);
	free(s);
}
