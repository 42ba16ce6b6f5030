/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signals that tell what a node is, strongest first. */

#include "evidence.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>
#include <stdarg.h>

#define NODE_DIR "sys/devices/system/node"

void tell(struct teller *w, enum node_key key, enum origin says, const char *source, const char *fmt, ...)
{
	char *found = NULL;
	va_list ap;

	if (w->r < 0)
		return;
	w->r = -ENOMEM;
	if (fmt) {
		int n;

		va_start(ap, fmt);
		n = vasprintf(&found, fmt, ap);
		va_end(ap);
		if (n < 0)
			return;
	}
	if (!RESERVE(w->node->evidence, w->node->n_evidence)) {
		free(found);
		return;
	}
	w->node->evidence[w->node->n_evidence++] =
		(struct evidence){ .key = key, .says = says, .source = source, .found = found };
	w->r = 0;
}

/*
 * accessN/initiators has a link to each node with the best access (drivers/base/node.c,
 * register_memory_node_under_compute_node()).
 */
static void tell_initiators(const struct root *root, const struct nodeset *generic_initiators, struct teller *w)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	struct nodeset initiators = NODESET_EMPTY, devices;
	int r = root_list(root, &names, NODE_DIR "/node%d/access0/initiators", w->node->id);

	if (r == -ENOMEM)
		w->r = r;
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *digits = after_prefix(names.s[i], "node");
		int id;

		if (digits && parse_int(digits, &id) == 0 && id < NODESET_MAX)
			nodeset_add(&initiators, id);
	}
	if (nodeset_empty(&initiators))
		return;
	devices = nodeset_and(&initiators, generic_initiators);
	if (nodeset_empty(&devices))
		tell(w, KEY_NONE, ORIGIN_NONE, "access0/initiators: nearest to the CPUs of", "%s",
		     NODESET_STR(&initiators));
	else
		tell(w, KEY_NONE, ORIGIN_NONE, "access0/initiators: nearest to a device at", "%s", NODESET_STR(&devices));
}

static void tell_each(struct teller *w, enum node_key key, const char *source, const struct strv *all)
{
	for (size_t i = 0; i < all->n; i++)
		tell(w, key, ORIGIN_NONE, source, "%s", all->s[i]);
}

void tell_rest(const struct root *root, const struct nodeset *generic_initiators, struct teller *w)
{
	const struct node *n = w->node;

	tell_initiators(root, generic_initiators, w);
	if (n->tier >= 0)
		tell(w, KEY_TIER, ORIGIN_NONE, "memory tier", "%d", n->tier);
	if (n->distance >= 0)
		tell(w, KEY_DISTANCE, ORIGIN_NONE, "distance from the nearest CPUs", "%d", n->distance);
	if (n->exists && (n->cpus || n->has_cpu))
		tell(w, KEY_CPULESS, ORIGIN_NONE, "CPUs", "%s",
		     !n->cpus   ? "unknown" :
		     *n->cpus   ? n->cpus :
		     n->has_cpu ? "none online" :
				  "none");
	tell_each(w, KEY_PCI, "PCI device", &n->pci);
	tell_each(w, KEY_DRIVER, "driver", &n->drivers);
}
