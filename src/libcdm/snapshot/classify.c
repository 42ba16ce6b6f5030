/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Decides to which class a node belongs, and by which signal. */

#include "classify.h"

#include "basic/strutil.h"

#include <errno.h>
#include <stdarg.h>

static bool is_device_origin(enum origin o)
{
	return o == ORIGIN_DAX || o == ORIGIN_CXL || o == ORIGIN_NVIDIA;
}

/* Whether a driver added its memory to the system. Memory of the boot is for everybody, whoever made the hardware. */
static bool device_by_origin(const struct node *n)
{
	return is_device_origin(n->origin) && !n->ordinary;
}

/* Why the built-in class matches, apart from the origin; NULL: it does not. */
static const char *device_by_memory(const struct node *n, const struct nodeset *known)
{
	if (n->has_cpu)
		return NULL;
	if (known && !nodeset_empty(known) && !nodeset_has(known, n->id))
		return "CPU-less, came while the system ran";
	if (n->state == NODE_OFFLINE)
		return "CPU-less, its memory wholly offline";
	return n->zone == ZONE_MOVABLE ? "CPU-less, its memory wholly movable" : NULL;
}

static bool distance_matches(const struct match *m, const struct node *n)
{
	return n->distance >= m->distance_min && n->distance <= m->distance_max;
}

/* The first of the names that matches, or NULL. */
static const char *glob_match(const char *glob, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (glob_matches(glob, names->s[i]))
			return names->s[i];
	return NULL;
}

static bool match_holds(const struct match *m, const struct node *n, const struct nodeset *known)
{
	/* A node with CPUs is a system node unless its number or a device's origin says otherwise. */
	if (n->has_cpu && !m->has_nodes && !is_device_origin(n->origin))
		return false;
	return (!m->device || device_by_origin(n) || device_by_memory(n, known)) &&
	       (!m->has_nodes || nodeset_has(&m->nodes, n->id)) && (!m->origins || (m->origins & (1U << n->origin))) &&
	       (!m->has_cpuless || m->cpuless == !n->has_cpu) && (!m->has_tier || m->tier == n->tier) &&
	       (!m->has_distance || (n->distance >= 0 && distance_matches(m, n))) &&
	       (!m->pci || glob_match(m->pci, &n->pci)) && (!m->driver || glob_match(m->driver, &n->drivers));
}

/* Only the number of an absent node is known: a match that asks for more may hold or not. */
static bool asks_number_alone(const struct match *m)
{
	return m->has_nodes && !m->device && !m->origins && !m->has_cpuless && !m->has_tier && !m->has_distance &&
	       !m->pci && !m->driver;
}

static uint64_t classes_it_could_be(const struct config *c, const struct node *n)
{
	uint64_t classes = 0;

	for (size_t i = 0; i < c->n_classes; i++) {
		const struct match *m = &c->classes[i].match;

		if (m->has_nodes && !nodeset_has(&m->nodes, n->id))
			continue;
		classes |= CLASS_BIT(i);
		/* The first match wins, and this one is certain. */
		if (asks_number_alone(m))
			break;
	}
	return classes;
}

static int class_of(const struct config *c, const struct node *n, const struct nodeset *known)
{
	for (size_t i = 0; i < c->n_classes; i++)
		if (match_holds(&c->classes[i].match, n, known))
			return (int)i;
	return CLASS_SYSTEM;
}

static void reason(FILE *f, const char **separator, const char *fmt, ...) _printf_(3, 4);
static void reason(FILE *f, const char **separator, const char *fmt, ...)
{
	va_list ap;

	fputs(*separator, f);
	*separator = ", ";
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
}

static void say_class(FILE *f, const struct class *class, const struct node *n, const struct nodeset *known)
{
	const struct match *m = &class->match;
	const char *separator = "";

	fprintf(f, "class %s: ", class->name);
	if (m->has_nodes)
		reason(f, &separator, "one of the nodes %s", NODESET_STR(&m->nodes));
	if (m->origins || (m->device && device_by_origin(n)))
		reason(f, &separator, "origin %s (%s)", origin_name(n->origin), n->origin_why);
	else if (m->device)
		reason(f, &separator, "%s", device_by_memory(n, known));
	if (m->has_cpuless)
		reason(f, &separator, "%s", m->cpuless ? "CPU-less" : "has CPUs");
	if (m->has_tier)
		reason(f, &separator, "tier %d", n->tier);
	if (m->has_distance)
		reason(f, &separator, "distance %d", n->distance);
	if (m->pci)
		reason(f, &separator, "PCI device %s", glob_match(m->pci, &n->pci));
	if (m->driver)
		reason(f, &separator, "driver %s", glob_match(m->driver, &n->drivers));
}

static void say_absent(FILE *f, const struct config *c, uint64_t could_be)
{
	const char *separator = "absent: could be ";

	if (!could_be)
		fputs("absent: no class could match it", f);
	for (size_t i = 0; i < c->n_classes; i++)
		if (could_be & CLASS_BIT(i))
			reason(f, &separator, "%s", c->classes[i].name);
}

static void say_system(FILE *f, const struct node *n)
{
	if (n->has_cpu && !n->cpus)
		fputs("system: not known to be without CPUs", f);
	else if (n->has_cpu && !*n->cpus)
		fputs("system: has CPUs, all of them offline", f);
	else if (n->has_cpu)
		fprintf(f, "system: has CPUs %s", n->cpus);
	else if (n->origin == ORIGIN_BOOT)
		fputs("system: CPU-less, but ordinary boot memory", f);
	else if (n->ordinary)
		fprintf(f, "system: CPU-less, but ordinary boot memory (origin %s: %s)", origin_name(n->origin),
			n->origin_why);
	else
		fprintf(f, "system: CPU-less, but no class matches it (origin %s: %s)", origin_name(n->origin),
			n->origin_why);
}

static int judge(const struct config *c, const struct node *n, const struct nodeset *known, struct verdict *ret)
{
	struct verdict v = { .class = CLASS_SYSTEM };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return -ENOMEM;
	if (n->state == NODE_ABSENT) {
		v.could_be = classes_it_could_be(c, n);
		say_absent(f, c, v.could_be);
	} else {
		v.class = class_of(c, n, known);
		if (v.class == CLASS_SYSTEM) {
			say_system(f, n);
		} else {
			v.could_be = CLASS_BIT(v.class);
			say_class(f, &c->classes[v.class], n, known);
		}
	}
	if (fclose(f) != 0) {
		free(text);
		return -ENOMEM;
	}
	v.why = text;
	*ret = v;
	return 0;
}

int classify(const struct topology *t, const struct config *c, const struct nodeset *known, struct classification **ret)
{
	_cleanup_classification_ struct classification *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->nodes = calloc(t->n_nodes, sizeof(*k->nodes));
	if (!k->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_nodes; i++) {
		const struct node *n = &t->nodes[i];
		struct verdict *v = &k->nodes[k->n_nodes];
		int r = judge(c, n, known, v);

		if (r < 0)
			return r;
		k->n_nodes++;
		if (v->class != CLASS_SYSTEM) {
			nodeset_add(&k->device, n->id);
			nodeset_add(&k->of_class[v->class], n->id);
		} else if (n->state != NODE_ABSENT && n->state != NODE_OFFLINE) {
			nodeset_add(&k->system, n->id);
		}
	}
	*ret = TAKE_PTR(k);
	return 0;
}

int classification_check(const struct classification *k, struct error *err)
{
	if (!nodeset_empty(&k->system))
		return 0;
	return fail(err, -ENODATA,
		    nodeset_empty(&k->device) ?
			    "no node has memory online" :
			    "the classes leave no system node with memory: every node with memory would be a device's; "
			    "narrow the match of a class in the configuration");
}

bool classification_has_devices(const struct classification *k)
{
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->nodes[i].could_be)
			return true;
	return false;
}

void classification_free(struct classification *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->n_nodes; i++)
		free(k->nodes[i].why);
	free(k->nodes);
	free(k);
}

/* Whether the match asks for what this signal shows, and this signal fulfilled it. */
static bool match_rests_on(const struct match *m, const struct node *n, const struct evidence *e)
{
	switch (e->key) {
	case KEY_ORIGIN:
		return (m->origins || m->device) && e->source == n->origin_why && e->says == n->origin;
	case KEY_CPULESS:
		return m->has_cpuless;
	case KEY_TIER:
		return m->has_tier;
	case KEY_DISTANCE:
		return m->has_distance;
	case KEY_PCI:
		return m->pci && glob_matches(m->pci, e->found);
	case KEY_DRIVER:
		return m->driver && glob_matches(m->driver, e->found);
	default:
		return false;
	}
}

bool verdict_rests_on(const struct config *c, const struct node *n, const struct verdict *v, const struct evidence *e)
{
	static const struct match cpus = { .has_cpuless = true }, boot = { .origins = 1U << ORIGIN_BOOT };

	if (n->state == NODE_ABSENT)
		return false;
	return match_rests_on(v->class != CLASS_SYSTEM ? &c->classes[v->class].match :
			      n->has_cpu               ? &cpus :
							 &boot,
			      n, e);
}

struct nodeset classify_nodes_of(const struct classification *k, uint64_t classes)
{
	struct nodeset s = NODESET_EMPTY;

	for (size_t i = 0; i < CLASSES_MAX; i++)
		if (classes & CLASS_BIT(i))
			s = nodeset_or(&s, &k->of_class[i]);
	return s;
}

struct nodeset classify_grantable(const struct classification *k, const struct topology *t, uint64_t classes)
{
	struct nodeset s = NODESET_EMPTY;

	for (size_t i = 0; i < t->n_nodes; i++) {
		uint64_t could_be = k->nodes[i].could_be;

		/* could_be of a node with memory is the bit of its class. */
		if (could_be && (could_be & ~classes) == 0)
			nodeset_add(&s, t->nodes[i].id);
	}
	return s;
}
