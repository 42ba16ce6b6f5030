/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cdm_nodes(): the nodes of this machine with their classes. */

#include "cdm-internal.h"
#include "cdm.h"

#include <errno.h>
#include <string.h>

static enum cdm_state public_state(enum node_state s)
{
	return s == NODE_ONLINE ? CDM_ONLINE : s == NODE_PARTIAL ? CDM_PARTIAL : CDM_OFFLINE;
}

static uint64_t public_bytes(uint64_t bytes)
{
	return bytes == BYTES_UNKNOWN ? 0 : bytes;
}

static const char *class_of(const struct look *look, size_t i)
{
	int class = look->classes->nodes[i].class;

	return class == CLASS_SYSTEM ? "system" : look->config->classes[class].name;
}

int nodes_list(const struct look *look, struct cdm_node **ret)
{
	const struct topology *t = look->topology;
	size_t n = 0, bytes = 0;
	struct cdm_node *list;
	char *names;

	for (size_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].state != NODE_ABSENT) {
			n++;
			bytes += strlen(class_of(look, i)) + 1;
		}
	list = malloc(n * sizeof(*list) + bytes + 1);
	if (!list)
		return -ENOMEM;
	names = (char *)(list + n);
	n = 0;
	for (size_t i = 0; i < t->n_nodes; i++) {
		const struct node *from = &t->nodes[i];

		if (from->state == NODE_ABSENT)
			continue;
		list[n] = (struct cdm_node){
			.class_name = names,
			.node = from->id,
			.is_device = look->classes->nodes[i].class != CLASS_SYSTEM,
			.is_granted = nodeset_has(&look->usable, from->id),
			.state = public_state(from->state),
			.size = public_bytes(from->size),
			.online = public_bytes(from->online),
			.free = public_bytes(from->free),
		};
		names = stpcpy(names, class_of(look, i)) + 1;
		if (n > 0)
			list[n - 1].next = &list[n];
		n++;
	}
	*ret = list;
	return 0;
}

static int list_nodes(const struct look *look, const void *in _unused_, void *out, struct error *err)
{
	int r = nodes_list(look, out);

	return r < 0 ? fail(err, r, "%m") : 0;
}

_public_ int cdm_nodes(struct cdm_node **ret)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	return (int)cdm_told(look_with(true, list_nodes, NULL, ret, &err), &err);
}

_public_ void cdm_nodes_free(struct cdm_node *nodes)
{
	free(nodes);
}
