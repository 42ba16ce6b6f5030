/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state-internal.h"

#include "basic/fd.h"
#include "basic/strutil.h"
#include "leaf.h"

#include <errno.h>
#include <fcntl.h>

#define STATE_NEW STATE_DIR "/.state.json.new"

/* The index of the first one that is not before path. */
static size_t place_of(const struct state *s, const char *path)
{
	size_t low = 0, high = s->n_mems;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (path_compare(s->mems[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct saved_mems *state_saved_mems(const struct state *s, const char *path)
{
	size_t i = place_of(s, path);

	return i < s->n_mems && streq(s->mems[i].path, path) ? &s->mems[i] : NULL;
}

bool state_saved_below(const struct state *s, const char *path)
{
	size_t i = place_of(s, path);

	/* What is below comes right behind it. */
	i += i < s->n_mems && streq(s->mems[i].path, path);
	return i < s->n_mems && cgroup_is_below(s->mems[i].path, path);
}

int state_remember(struct state *s, const char *path, const char *mems)
{
	size_t i = place_of(s, path);
	struct saved_mems *grown, m;

	if (state_saved_mems(s, path))
		return 0;
	grown = reallocarray(s->mems, s->n_mems + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->mems = grown;
	m = (struct saved_mems){ strdup(path), strdup(mems) };
	if (!m.path || !m.mems) {
		free(m.path);
		free(m.mems);
		return -ENOMEM;
	}
	memmove(grown + i + 1, grown + i, (s->n_mems - i) * sizeof(*grown));
	grown[i] = m;
	s->n_mems++;
	return 0;
}

/* What the file says and not the system: everything else may be better the next time. */
static bool is_damage(int r)
{
	return r == -EINVAL || r == -ERANGE || r == -EFBIG || r == -EBADMSG || r == -EISDIR;
}

static int load(const struct root *root, struct state *s, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	int r = json_doc_load(root->fd, STATE_FILE, "/" STATE_FILE, &doc, err);

	if (r < 0)
		return r;
	r = state_from_json(doc.root, s);
	return r < 0 ? fail(err, r, "/%s is not a state of this version", STATE_FILE) : 0;
}

/* Half of a state is none: each look begins with an empty one. */
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

	/* Want of memory can look like damage, since jansson's scanner does not tell them apart: so it takes two looks. */
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
	r = state_make_dir(root, err);
	if (r < 0)
		return r;
	/* /run is a tmpfs: a rename is all the atomicity there is to have, and SIGKILL can strike at any point. */
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
	if (unlinkat(root->fd, STATE_FILE, 0) < 0 && errno != ENOENT)
		return fail(err, -errno, "/%s: removing: %m", STATE_FILE);
	return 0;
}

int state_observe(struct state *s, const struct topology *t)
{
	_cleanup_idset_ struct idset settled = IDSET_NONE, onlined = IDSET_NONE;
	struct nodeset *const asked[] = { &s->withdrawn, &s->draining, &s->offlining };
	struct nodeset with_blocks = topology_with_blocks(t), keep;

	/* Ordinary memory is online from the boot: what is wholly offline came later, and stays a device's when it is onlined. */
	s->known = nodeset_and(s->first ? &t->has_memory : &s->known, &with_blocks);
	for (size_t i = 0; i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[i];

		if ((b->state != BLOCK_OFFLINE || idset_has(&s->settled, b->id)) && idset_add(&settled, b->id) < 0)
			return -ENOMEM;
		if (idset_has(&s->onlined, b->id) && idset_add(&onlined, b->id) < 0)
			return -ENOMEM;
	}
	/* A pool ends with the node's memory; one of a node that was asked to leave is to come back as it was. */
	keep = nodeset_or(&t->has_memory, &s->withdrawn);
	keep = nodeset_and(&keep, &with_blocks);
	state_forget_pools(s, &keep);
	/* Gone with its memory: what comes back is new. */
	for (size_t i = 0; i < ELEMENTSOF(asked); i++)
		*asked[i] = nodeset_and(asked[i], &with_blocks);
	s->first = false;
	idset_free(&s->settled);
	s->settled = TAKE(settled, IDSET_NONE);
	idset_free(&s->onlined);
	s->onlined = TAKE(onlined, IDSET_NONE);
	return 0;
}

int state_remember_mems(struct state *s, const struct cgroup *g)
{
	return state_remember(s, g->path, g->explicit ? NODESET_STR(&g->mems) : "");
}

struct nodeset state_mems_before(const struct state *s, const struct cgroup *g)
{
	const struct saved_mems *saved = state_saved_mems(s, g->path);
	struct nodeset mems = g->mems;

	if (saved)
		(void)nodeset_parse(saved->mems, &mems);
	return mems;
}

void state_forget_gone(struct state *s, bool (*is_gone)(const char *path, const void *arg), const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_mems; i++) {
		struct saved_mems m = s->mems[i];

		if (is_gone(m.path, arg)) {
			free(m.path);
			free(m.mems);
		} else {
			s->mems[kept++] = m;
		}
	}
	s->n_mems = kept;
	kept = 0;
	for (size_t i = 0; i < s->migrating.n; i++) {
		if (is_gone(s->migrating.s[i], arg))
			free(s->migrating.s[i]);
		else
			s->migrating.s[kept++] = s->migrating.s[i];
	}
	s->migrating.n = kept;
}

void state_free(struct state *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_mems; i++) {
		free(s->mems[i].path);
		free(s->mems[i].mems);
	}
	free(s->mems);
	free(s->damage);
	free(s->pools);
	free(s->auto_online);
	idset_free(&s->settled);
	idset_free(&s->onlined);
	strv_free(&s->migrating);
	strv_free(&s->created);
	strv_free(&s->enabled);
	free(s);
}
