/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Nodes and memory blocks as sysfs shows them, read once into a value. Other files make the decisions. */

#include "basic/root.h"
#include "basic/strv.h"
#include "meminfo.h"

#include <stdbool.h>
#include <stdint.h>

enum origin {
	ORIGIN_NONE, /* no memory, or its origin is unknown */
	ORIGIN_BOOT,
	ORIGIN_ACPI,
	ORIGIN_DAX,
	ORIGIN_CXL,
	ORIGIN_NVIDIA,
	N_ORIGINS,
};
const char *origin_name(enum origin o); /* "none", "boot", "acpi", ... */
int origin_from_name(const char *name); /* or -EINVAL */

enum block_state {
	BLOCK_OFFLINE,
	BLOCK_ONLINE,
	BLOCK_GOING_OFFLINE,
};

enum zone {
	ZONE_NONE,   /* nothing online */
	ZONE_KERNEL, /* Normal, DMA, DMA32: kernel memory can land there */
	ZONE_MOVABLE,
	ZONE_MIXED,
	ZONE_UNKNOWN, /* online, in an unknown zone */
};
const char *zone_name(enum zone z); /* "", "Normal", "Movable", "mixed"; NULL: unknown */

/* The values for the state of a block, and for auto_online_blocks; numbered as in include/linux/memory_hotplug.h. */
enum mmop {
	MMOP_OFFLINE,
	MMOP_ONLINE, /* in the zone that fits the neighbouring blocks */
	MMOP_ONLINE_KERNEL,
	MMOP_ONLINE_MOVABLE,
	N_MMOPS,
};
const char *mmop_name(enum mmop m);   /* "offline", "online", "online_kernel", "online_movable" */
int mmop_from_name(const char *name); /* or -EINVAL */

/*
 * A memory block: the unit of onlining, /sys/devices/system/memory/memoryID. The struct is small, since big machines
 * have 100,000 blocks.
 */
struct block {
	/* of its directory (root_inode()): an earlier block of this id had another; 0: unknown */
	uint64_t inode;
	uint32_t id;   /* its address divided by the block size, which is 16 MiB or more (SECTION_SIZE_BITS) */
	int node : 16; /* -1: it has no node yet (the link comes after the block's uevent) */
	enum block_state state : 8;
	enum zone zone : 8; /* of an online block */
};

enum node_state {
	NODE_ABSENT,  /* possible, but no memory there */
	NODE_OFFLINE, /* has blocks, none of them online */
	NODE_PARTIAL,
	NODE_ONLINE,
	NODE_UNKNOWN, /* it is not known whether it has memory: a captured tree with few files */
};
const char *node_state_name(enum node_state s); /* NULL: unknown */

/* The keys of a match (config.h), and the key that a signal is about. */
enum node_key {
	KEY_NONE, /* no key of a match */
	KEY_NODES,
	KEY_ORIGIN,
	KEY_CPULESS,
	KEY_TIER,
	KEY_DISTANCE,
	KEY_PCI,
	KEY_DRIVER,
	N_KEYS,
};
const char *node_key_name(enum node_key k); /* as in the configuration; KEY_NONE: "" */

/* A signal that was found for a node. */
struct evidence {
	enum node_key key;
	enum origin says;   /* with KEY_ORIGIN; ORIGIN_NONE: this signal is no proof */
	const char *source; /* static text: "/proc/iomem: System RAM (kmem)" */
	char *found;        /* the value that was found there, raw bytes; NULL: none */
};

struct node {
	int id;
	bool exists;  /* sysfs has nodeN */
	bool has_cpu; /* also while its CPUs are offline, and if it is not known to have none (node-read.c) */
	enum node_state state;
	enum zone zone; /* of all its online memory; ZONE_MIXED: partly movable */
	enum origin origin;
	const char *origin_why; /* the source of the signal that decided the origin */
	bool ordinary;          /* memory of a device that is ordinary memory of the boot, too: no driver added it */
	char *cpus;             /* the online ones, in list format; NULL: unknown */
	/* bytes: all blocks, online blocks (without blocks: MemTotal), MemFree, meminfo_used(); or BYTES_UNKNOWN */
	uint64_t size, online, free, used;
	int distance;              /* from the nearest other node with CPUs; -1: unknown */
	int tier;                  /* memory_tiering id; -1: unknown or not asked for */
	struct strv pci, drivers;  /* of the devices that brought its memory */
	struct evidence *evidence; /* strongest first */
	size_t n_evidence;
};

struct topology {
	uint64_t block_size; /* bytes; 0: unknown, or no memory hotplug in this kernel */
	struct nodeset possible, has_memory,
		has_cpu; /* the kernel's masks; in a captured tree without them, what its nodes show */
	bool guessed;    /* a captured tree without the mask of possible nodes: possible are those that it mentions */
	struct node *nodes; /* every possible node, by ascending id */
	size_t n_nodes;
	struct block *blocks; /* by ascending id */
	size_t n_blocks;
	uint64_t newest;    /* every block that is made later has a greater inode than this; 0: unknown */
	char *auto_online;  /* the value of auto_online_blocks ("offline", "online", ...); NULL: none */
	struct strv absent; /* devices whose memory is not in the system, and why; text for users */
	struct strv failed; /* those of them whose driver cannot bring it in, and the remedy */
};

enum topology_what {
	TOPOLOGY_TIERS = 1 << 0, /* reads memory tiers, which is a risk (topology.c) */
	/*
	 * For callers that need the nodes, but not their blocks: the blocks of a node with CPUs, which has most of
	 * them, are not read one by one, but taken for online kernel memory if the node has memory.
	 */
	TOPOLOGY_BRIEF = 1 << 1,
};

/*
 * Reads the whole topology under root. A node or block that vanishes meanwhile is no error. The members about the
 * origin of memory (evidence, origin, ordinary, pci, drivers; absent) stay empty: origin_detect() fills them. `what`:
 * bits of enum topology_what.
 */
_must_use_ int topology_read(const struct root *root, unsigned what, struct topology **ret, struct error *err);
/* Frees the blocks, which are nearly all of its memory, for a caller that keeps the topology for its nodes. */
void topology_forget_blocks(struct topology *t);
void topology_free(struct topology *t);
DEFINE_CLEANUP(struct topology *, topology_free)
#define _cleanup_topology_ _cleanup_(topology_freep)

const struct node *topology_node(const struct topology *t, int id); /* NULL: not possible */

/* Whether the node has a block that overlaps this range of addresses. */
bool topology_node_within(const struct topology *t, int node, uint64_t start, uint64_t end);

/* Nodes that have memory blocks, online or not. */
struct nodeset topology_with_blocks(const struct topology *t);
