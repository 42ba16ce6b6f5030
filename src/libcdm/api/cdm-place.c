/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the library knows of the machine. It is read once, and again when the process may use other nodes than then. */

#include "cdm-internal.h"
#include "cdm.h"

#include "basic/strutil.h"
#include "libcdm/snapshot/nodes.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>

/* Protected by the library's lock. */
static struct {
	char *file; /* NULL: /etc/cdm */
	struct look *look;
} known;

void look_free(struct look *look)
{
	if (!look)
		return;
	classification_free(look->classes);
	topology_free(look->topology);
	config_free(look->config);
	free(look);
}

int look_at(const struct root *root, const char *file, struct look **ret, struct error *err)
{
	_cleanup_look_ struct look *look = calloc(1, sizeof(*look));
	_cleanup_state_ struct state *state = NULL;
	int r = look ? 0 : fail(err, -ENOMEM, "%m");

	if (r >= 0)
		r = config_load(file, root->live ? -1 : root->fd, &look->config, err);
	if (r >= 0)
		r = state_load(root, &state, err);
	if (r >= 0)
		r = nodes_read(root, look->config, state, false, &look->topology, &look->classes, err);
	if (r >= 0)
		r = classification_check(look->classes, err);
	if (r < 0)
		return r;
	topology_forget_blocks(look->topology);
	*ret = TAKE_PTR(look);
	return 0;
}

/*
 * Tasks in the root cpuset may be allowed every possible node (kernel/cgroup/cpuset.c,
 * cpuset_init_current_mems_allowed()), so the answer must be limited to nodes with memory.
 */
int usable_nodes(const struct root *root, struct nodeset *ret, struct error *err)
{
	struct nodeset allowed = NODESET_EMPTY, has_memory;
	int r;

	if (syscall(SYS_get_mempolicy, NULL, allowed.bits, (unsigned long)NODESET_MAXNODE, NULL,
		    (unsigned long)MPOL_F_MEMS_ALLOWED) < 0)
		return fail(err, -errno, "get_mempolicy: %m%s", errno == EPERM ? FORBIDDEN_CALL : "");
	r = root_read_nodes(root, &has_memory, "sys/devices/system/node/has_memory");
	if (r < 0)
		return fail(err, r, "/sys/devices/system/node/has_memory: %m");
	*ret = nodeset_and(&allowed, &has_memory);
	return 0;
}

/* The caller holds the lock. */
static int refresh(bool anew, struct error *err)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_look_ struct look *look = NULL;
	struct nodeset usable;
	int r = root_open(NULL, &root, err);

	if (r >= 0)
		r = usable_nodes(&root, &usable, err);
	if (r < 0 || (!anew && known.look && nodeset_equal(&usable, &known.look->usable)))
		return r;
	r = look_at(&root, known.file, &look, err);
	if (r < 0)
		return r;
	look->usable = usable;
	look_free(known.look);
	known.look = TAKE_PTR(look);
	return 0;
}

int look_with(bool anew, int (*fn)(const struct look *look, const void *in, void *out, struct error *err),
	      const void *in, void *out, struct error *err)
{
	int r;

	library_lock();
	r = refresh(anew, err);
	if (r >= 0)
		r = fn(known.look, in, out, err);
	library_unlock();
	return r;
}

/* The old configuration stays in force until the new one has been read. */
_public_ int cdm_config(const char *file)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *old = NULL, *new = file ? strdup(file) : NULL;
	int r;

	if (file && !new)
		return (int)cdm_told(fail(&err, -ENOMEM, "%m"), &err);
	library_lock();
	old = known.file;
	known.file = new;
	r = refresh(true, &err);
	if (r < 0) {
		known.file = old;
		old = new;
	}
	new = NULL;
	library_unlock();
	return (int)cdm_told(r, &err);
}

/* Places ----------------------------------------------------------------------------------------------------------- */

static struct nodeset of_classes(const struct look *look, uint64_t classes)
{
	return classify_grantable(look->classes, look->topology, classes);
}

static int unknown_place(const struct look *look, const char *where, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	_cleanup_free_ char *list = NULL;

	for (size_t i = 0; i < look->config->n_classes; i++)
		(void)strv_add(&names, look->config->classes[i].name);
	list = strv_join(&names, ", ");
	return fail(err, -ENOENT,
		    "\"%s\" is neither a class of the configuration (%s) nor \"system\" nor a list of nodes that there can "
		    "be (%s): see `cdmadm nodes`",
		    where, list ? list : "", NODESET_STR(&look->topology->possible));
}

int place_in(const struct look *look, const char *where, struct place *ret, struct error *err)
{
	int class = where ? config_class(look->config, where) : -1;
	struct place p;

	if (!where)
		p.all = of_classes(look, ~UINT64_C(0));
	else if (streq(where, "system"))
		p.all = look->classes->system;
	else if (class >= 0)
		p.all = of_classes(look, CLASS_BIT(class));
	else if (nodeset_parse(where, &p.all) < 0 || nodeset_empty(&p.all) ||
		 !nodeset_subset(&p.all, &look->topology->possible))
		return unknown_place(look, where, err);
	p.now = nodeset_and(&p.all, &look->usable);
	*ret = p;
	return 0;
}

/* Finds a group that is granted some of the nodes, for the remedy in a message. */
static const char *a_group_with(const struct look *look, const struct nodeset *nodes)
{
	for (size_t i = 0; i < look->config->n_groups; i++) {
		struct nodeset granted = of_classes(look, look->config->groups[i].classes);

		if (group_literal(&look->config->groups[i]) && nodeset_intersects(&granted, nodes))
			return look->config->groups[i].pattern;
	}
	return NULL;
}

static int no_such_memory(const struct look *look, const char *where, const struct nodeset *all, struct error *err)
{
	struct nodeset online = nodeset_and(all, &look->topology->has_memory);
	const char *group, *what = where ? where : "any class";

	if (nodeset_empty(all))
		return fail(err, -ENODEV,
			    "there is no device node of %s%s, and none can come: see `cdmadm nodes --explain`",
			    where ? "class " : "", what);
	if (nodeset_empty(&online))
		return fail(err, -ENODEV,
			    "no memory of node %s (%s) is online: see `cdmadm nodes`, or wait for it with "
			    "cdm_watch_open()",
			    NODESET_STR(all), what);
	group = a_group_with(look, &online);
	return fail(err, -EACCES, "this process's cpuset allows nodes %s, not node %s (%s): run it under cdm-launch%s%s%s",
		    NODESET_STR(&look->usable), NODESET_STR(&online), what,
		    !group                      ? "" :
		    has_suffix(group, ".slice") ? ", or in a unit with Slice=" :
						  ", or in the group ",
		    group ? group : "", group ? "" : "; no group of the configuration is granted it by name");
}

int place_need_in(const struct look *look, const char *where, struct place *ret, struct error *err)
{
	struct place p;
	int r = place_in(look, where, &p, err);

	if (r >= 0 && nodeset_empty(&p.now))
		r = no_such_memory(look, where, &p.all, err);
	if (r < 0)
		return r;
	*ret = p;
	return 0;
}

static int find(const struct look *look, const void *in, void *out, struct error *err)
{
	return place_in(look, in, out, err);
}

static int need(const struct look *look, const void *in, void *out, struct error *err)
{
	return place_need_in(look, in, out, err);
}

int place_find(const char *where, struct place *ret, struct error *err)
{
	return look_with(false, find, where, ret, err);
}

int place_need(const char *where, struct place *ret, struct error *err)
{
	return look_with(false, need, where, ret, err);
}
