/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Nodes and memory blocks as sysfs shows them. Read once into a value; decisions are made elsewhere. */

#include "basic/root.h"
#include "basic/strv.h"
#include "meminfo.h"

#include <stdbool.h>
#include <stdint.h>

enum origin {
	ORIGIN_NONE, /* no memory there, or nothing tells where it came from */
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
	ZONE_UNKNOWN, /* online, and nothing tells in which zone */
};
const char *zone_name(enum zone z); /* "", "Normal", "Movable", "mixed"; NULL: unknown */

/* What is written to the state of a block, and to auto_online_blocks; numbered as in include/linux/memory_hotplug.h. */
enum mmop {
	MMOP_OFFLINE,
	MMOP_ONLINE, /* in the zone that fits what is beside it */
	MMOP_ONLINE_KERNEL,
	MMOP_ONLINE_MOVABLE,
	N_MMOPS,
};
const char *mmop_name(enum mmop m);   /* "offline", "online", "online_kernel", "online_movable" */
int mmop_from_name(const char *name); /* or -EINVAL */

/* A memory block: the unit of onlining, /sys/devices/system/memory/memoryID. Small: big machines have 100,000. */
struct block {
	/* of its directory (root_inode()), which tells it from an earlier block of this id; 0: not known */
	uint64_t inode;
	uint32_t id;   /* its address divided by the block size, which is 16 MiB or more (SECTION_SIZE_BITS) */
	int node : 16; /* -1: no node has claimed it yet (memory_block's node link comes after its uevent) */
	enum block_state state : 8;
	enum zone zone : 8; /* of an online block */
};

enum node_state {
	NODE_ABSENT,  /* possible, but no memory there */
	NODE_OFFLINE, /* blocks, none of them online */
	NODE_PARTIAL,
	NODE_ONLINE,
	NODE_UNKNOWN, /* nothing tells whether it has memory: a captured tree with few files in it */
};
const char *node_state_name(enum node_state s); /* NULL: unknown */

/* What a match can ask for (config.h), and so what a signal is about. */
enum node_key {
	KEY_NONE, /* nothing that a match asks for */
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

/* A signal that was found of a node. */
struct evidence {
	enum node_key key;
	enum origin says;   /* with KEY_ORIGIN; ORIGIN_NONE: it is no proof */
	const char *source; /* static text: "/proc/iomem: System RAM (kmem)" */
	char *found;        /* what stands there, by others; NULL: no more than that */
};

struct node {
	int id;
	bool exists;  /* nodeN is in sysfs */
	bool has_cpu; /* also while its CPUs are offline, and where nothing tells that it has none (node-read.c) */
	enum node_state state;
	enum zone zone; /* of all that is online; ZONE_MIXED: partly movable */
	enum origin origin;
	const char *origin_why; /* the source of the signal that told the origin */
	bool ordinary;          /* a device's memory, but the boot's ordinary memory too: nobody added it */
	char *cpus;             /* those online, in list format; NULL: unknown */
	/* bytes: all blocks, online blocks (no blocks here: MemTotal), MemFree, meminfo_used(); or unknown */
	uint64_t size, online, free, used;
	int distance;              /* from the nearest other node with CPUs, -1 unknown */
	int tier;                  /* memory_tiering id, -1 unknown or not asked for */
	struct strv pci, drivers;  /* of the devices that brought it */
	struct evidence *evidence; /* strongest first */
	size_t n_evidence;
};

struct topology {
	uint64_t block_size; /* bytes; 0: no memory hotplug in this kernel, or unknown */
	struct nodeset possible, has_memory,
		has_cpu; /* the kernel's masks; a captured tree may lack them: what its nodes tell */
	bool guessed;    /* a captured tree without the mask of possible nodes: possible are those that it tells of */
	struct node *nodes; /* every possible node, by ascending id */
	size_t n_nodes;
	struct block *blocks; /* by ascending id */
	size_t n_blocks;
	uint64_t newest; /* every block that is made after they were read has a greater inode than this; 0: not known */
	char *auto_online;  /* auto_online_blocks as it stands ("offline", "online", ...), NULL: none */
	struct strv absent; /* devices whose memory is not in the system, and why; for people */
	struct strv failed; /* those of them whose driver cannot bring it in, and what to do about it */
};

enum topology_what {
	TOPOLOGY_TIERS = 1 << 0, /* memory tiers are read, which costs a risk (topology.c) */
	/*
	 * For who wants to know what a node is, and nothing of its blocks: on a node with CPUs, which has most of them,
	 * they are not asked one by one, but taken for online kernel memory when the node has memory.
	 */
	TOPOLOGY_BRIEF = 1 << 1,
};

/*
 * Reads the whole topology under root. A node or block that vanishes meanwhile is not an error. What tells where a
 * node's memory came from (evidence, origin, ordinary, pci, drivers; absent) is left empty: origin_detect() finds it.
 * `what`: of enum topology_what.
 */
int topology_read(const struct root *root, unsigned what, struct topology **ret, struct error *err);
/* Leaves the blocks out, which are nearly all of its memory, for who keeps it for the nodes. */
void topology_forget_blocks(struct topology *t);
void topology_free(struct topology *t);
DEFINE_CLEANUP(struct topology *, topology_free)
#define _cleanup_topology_ _cleanup_(topology_freep)

const struct node *topology_node(const struct topology *t, int id); /* NULL: not possible */

/* Whether the node has a block that begins in this range of addresses, or reaches into it. */
bool topology_node_within(const struct topology *t, int node, uint64_t start, uint64_t end);

/* Nodes that have memory blocks, online or not. */
struct nodeset topology_with_blocks(const struct topology *t);
