/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration as a value: the built-in one, what is in it, and how it is freed. */

#include "config-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>

const char *online_policy_name(enum online_policy p)
{
	static const char *const names[] = {
		[ONLINE_MOVABLE] = "movable",
		[ONLINE_KERNEL] = "kernel",
		[ONLINE_DRIVER] = "driver",
		[ONLINE_NEVER] = "never",
	};

	return names[p];
}

const char *auto_online_policy_name(enum auto_online_policy p)
{
	return p == AUTO_ONLINE_KEEP ? "keep" : "settle";
}

void class_free(struct class *c)
{
	free(c->name);
	free(c->match.pci);
	free(c->match.driver);
	free(c->hugepools);
	*c = (struct class){ 0 };
}

void group_free(struct group *g)
{
	free(g->pattern);
	strv_free(&g->enter_users);
	strv_free(&g->enter_groups);
	*g = (struct group){ 0 };
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_classes; i++)
		class_free(&c->classes[i]);
	for (size_t i = 0; i < c->n_groups; i++)
		group_free(&c->groups[i]);
	free(c->classes);
	free(c->groups);
	strv_free(&c->files);
	free(c);
}

int config_class(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_classes; i++)
		if (streq(c->classes[i].name, name))
			return (int)i;
	return -1;
}

int config_group(const struct config *c, const char *pattern)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (streq(c->groups[i].pattern, pattern))
			return (int)i;
	return -1;
}

int config_put_class(struct config *c, struct class *class)
{
	int i = config_class(c, class->name);
	struct class *at = i < 0 ? GROW(c->classes, c->n_classes) : &c->classes[i];

	if (!at)
		return -ENOMEM;
	class_free(at);
	*at = TAKE(*class, (struct class){ 0 });
	return (int)(at - c->classes);
}

int config_put_group(struct config *c, struct group *group)
{
	int i = config_group(c, group->pattern);
	struct group *at = i < 0 ? GROW(c->groups, c->n_groups) : &c->groups[i];

	if (!at)
		return -ENOMEM;
	group_free(at);
	*at = TAKE(*group, (struct group){ 0 });
	return (int)(at - c->groups);
}

int config_builtin(struct config **ret)
{
	_cleanup_class_ struct class device = { .name = strdup("device"), .match.device = true };
	_cleanup_group_ struct group slice = { .pattern = strdup("cdm.slice"), .classes = CLASS_BIT(0) };
	_cleanup_config_ struct config *c = calloc(1, sizeof(*c));

	if (!c || !device.name || !slice.pattern)
		return -ENOMEM;
	if (config_put_class(c, &device) < 0 || config_put_group(c, &slice) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(c);
	return 0;
}

/* Allocates nothing, since a failure for lack of memory would be taken for "not granted". */
uint64_t config_granted(const struct config *c, const char *path)
{
	uint64_t classes = 0;

	for (size_t i = 0; i < c->n_groups; i++)
		if (path_glob_covers(c->groups[i].pattern, path))
			classes |= c->groups[i].classes;
	return classes;
}
