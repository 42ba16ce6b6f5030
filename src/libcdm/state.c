/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state-internal.h"

#include "basic/fd.h"
#include "basic/strutil.h"
#include "leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define STATE_VERSION 1
#define STATE_NEW STATE_DIR "/.state.json.new"

static int make_dir(const struct root *root, struct error *err)
{
	if (!root->live)
		return fail(err, -EROFS, "a captured tree (--sysroot) is only read, never changed");
	if (mkdirat(root->fd, STATE_DIR, 0755) < 0 && errno != EEXIST)
		return fail(err, -errno, "creating /%s: %m", STATE_DIR);
	return 0;
}

static int lock(const struct root *root, const char *file, int how, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = make_dir(root, err);

	if (r < 0)
		return r;
	/* To lock is not to write: once the file is there, a /run that is full or read-only is no hindrance. */
	fd = openat(root->fd, file, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(err, -errno, "/%s: %m", file);
	do
		r = flock(fd, how);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return fail(err, errno == EWOULDBLOCK ? -EBUSY : -errno, "/%s: flock: %m", file);
	return TAKE_FD(fd);
}

int state_lock(const struct root *root, struct error *err)
{
	return lock(root, STATE_DIR "/lock", LOCK_EX, err);
}

int state_lock_daemon(const struct root *root, struct error *err)
{
	static const char file[] = STATE_DIR "/cdmd.lock";
	int fd = lock(root, file, LOCK_EX | LOCK_NB, err);

	return fd == -EBUSY ? fail(err, fd, "another cdmd is running already (it holds /%s)", file) : fd;
}

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

/* Unless it is remembered already. */
static int remember(struct state *s, const char *path, const char *mems)
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

static int get_strings(const json_t *list, struct strv *ret)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		_cleanup_free_ char *raw = json_is_string(item) ? unescape_text(json_string_value(item)) : NULL;
		int r = raw ? strv_add(ret, raw) : -EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}

/* What was asked of nodes: there only while something is. */
static const struct mark {
	const char *key;
	size_t offset;
} marks[] = {
	{ "withdrawn", offsetof(struct state, withdrawn) },
	{ "draining", offsetof(struct state, draining) },
	{ "offlining", offsetof(struct state, offlining) },
};

static struct nodeset *marked(const struct state *s, const struct mark *m)
{
	return (struct nodeset *)((char *)s + m->offset);
}

static int marks_from_json(const json_t *doc, struct state *s)
{
	for (size_t i = 0; i < ELEMENTSOF(marks); i++) {
		const json_t *value = json_object_get(doc, marks[i].key);
		int r = !value                ? 0 :
			json_is_string(value) ? nodeset_parse(json_string_value(value), marked(s, &marks[i])) :
						-EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}

static json_t *marks_to_json(json_t *doc, const struct state *s)
{
	for (size_t i = 0; doc && i < ELEMENTSOF(marks); i++) {
		const struct nodeset *nodes = marked(s, &marks[i]);

		if (!nodeset_empty(nodes) && json_object_set_new(doc, marks[i].key, json_nodes(nodes)) < 0) {
			json_decref(doc);
			return NULL;
		}
	}
	if (doc && s->n_pools && json_object_set_new(doc, "hugepages", pools_to_json(s)) < 0) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

/* -EINVAL when it is not what state_save() writes. */
static int from_json(json_t *doc, struct state *s)
{
	const char *known, *settled, *onlined, *auto_online = NULL, *path;
	json_t *mems, *migrating = NULL, *created, *enabled, *value;
	int version, lost = 0, r;

	if (json_unpack(doc, "{s:i, s?b, s:s, s:s, s:s, s?s, s:o, s?o, s:o, s:o}", "version", &version, "lost", &lost,
			"known", &known, "settled", &settled, "onlined", &onlined, "auto_online", &auto_online, "mems",
			&mems, "migrating", &migrating, "created", &created, "enabled", &enabled) < 0 ||
	    version != STATE_VERSION)
		return -EINVAL;
	s->lost = lost;
	if (auto_online) {
		s->auto_online = strdup(auto_online);
		if (!s->auto_online)
			return -ENOMEM;
	}
	json_object_foreach(mems, path, value) {
		_cleanup_free_ char *raw = unescape_text(path);

		r = raw && json_is_string(value) ? remember(s, raw, json_string_value(value)) : -EINVAL;
		if (r < 0)
			return r;
	}
	r = nodeset_parse(known, &s->known);
	if (r < 0)
		return r;
	r = idset_parse(settled, &s->settled);
	if (r < 0)
		return r;
	r = idset_parse(onlined, &s->onlined);
	if (r < 0)
		return r;
	r = marks_from_json(doc, s);
	if (r >= 0)
		r = get_strings(migrating, &s->migrating);
	if (r >= 0)
		r = pools_from_json(doc, s);
	if (r < 0)
		return r;
	r = get_strings(created, &s->created);
	return r < 0 ? r : get_strings(enabled, &s->enabled);
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
	r = from_json(doc.root, s);
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

static json_t *strings_to_json(const struct strv *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->n; i++) {
		_cleanup_free_ char *escaped = escape_text(v->s[i]);

		if (!escaped || json_array_append_new(list, json_string(escaped)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *to_json(const struct state *s)
{
	_cleanup_free_ char *settled = idset_format(&s->settled), *onlined = idset_format(&s->onlined);
	json_t *mems = json_object();

	if (!settled || !onlined) {
		json_decref(mems);
		return NULL;
	}
	for (size_t i = 0; i < s->n_mems; i++) {
		/* A cgroup's name is any bytes; JSON's keys are UTF-8. */
		_cleanup_free_ char *key = escape_text(s->mems[i].path);

		if (!key || json_object_set_new(mems, key, json_string(s->mems[i].mems)) < 0) {
			json_decref(mems);
			return NULL;
		}
	}
	return marks_to_json(json_pack("{s:i, s:b, s:o, s:s, s:s, s:s*, s:o, s:o, s:o, s:o}", "version", STATE_VERSION,
				       "lost", s->lost, "known", json_nodes(&s->known), "settled", settled, "onlined",
				       onlined, "auto_online", s->auto_online, "mems", mems, "migrating",
				       strings_to_json(&s->migrating), "created", strings_to_json(&s->created),
				       "enabled", strings_to_json(&s->enabled)),
			     s);
}

int state_save(const struct root *root, const struct state *s, struct error *err)
{
	_cleanup_json_ json_t *doc = to_json(s);
	_cleanup_free_ char *text = doc ? json_text(doc) : NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (!text)
		return fail(err, -ENOMEM, "/%s: %m", STATE_FILE);
	r = make_dir(root, err);
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

static void raise_flag(const struct root *root, const char *file)
{
	int fd = openat(root->fd, file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd >= 0)
		close(fd);
}

void state_tell_fenced(const struct root *root)
{
	raise_flag(root, FENCED_FILE);
	unlinkat(root->fd, UNFENCED_FILE, 0);
}

void state_tell_unfenced(const struct root *root)
{
	if (make_dir(root, NULL) == 0)
		raise_flag(root, UNFENCED_FILE);
}

int state_forget(const struct root *root, struct error *err)
{
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
	for (size_t i = 0; i < ELEMENTSOF(marks); i++)
		*marked(s, &marks[i]) = nodeset_and(marked(s, &marks[i]), &with_blocks);
	s->first = false;
	idset_free(&s->settled);
	s->settled = TAKE(settled, IDSET_NONE);
	idset_free(&s->onlined);
	s->onlined = TAKE(onlined, IDSET_NONE);
	return 0;
}

int state_remember_mems(struct state *s, const struct cgroup *g)
{
	return remember(s, g->path, g->explicit ? NODESET_STR(&g->mems) : "");
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
