/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * shmat(2). A policy on shared memory belongs to the segment, not to the mapping (mm/shmem.c, shmem_set_policy()): it
 * applies to every process that attaches the segment.
 */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <sys/shm.h>
#include <unistd.h>

#include "basic/cleanup.h"
#include "preload/bind.h"
#include "preload/self-maps.h"
#include "preload/preload.h"
#include "preload/real.h"
#include "preload/strict.h"
#include "preload/sys.h"

/* The kernel's name for it in /proc/PID/maps (ipc/shm.c, newseg()). */
static void name_of_key(key_t key, char name[13])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 4; i++)
		name[i] = "SYSV"[i];
	for (int i = 0; i < 8; i++)
		name[4 + i] = hex[(uint32_t)key >> (28 - 4 * i) & 15];
	name[12] = '\0';
}

static int bind_segment(const struct placement_target *t, void *p, size_t size, int flags)
{
	return target_is_strict(t) ? strict_attach(t, p, size, !(flags & SHM_RDONLY)) :
				     bind_range(t, p, size, MPOL_MF_MOVE);
}

_cold_ static void *attach(int id, void *p, int flags)
{
	const struct placement_target *t;
	bool is_exec;
	struct shmid_ds ds;
	char name[13];
	int saved = errno;

	if (shmctl(id, IPC_STAT, &ds) < 0) {
		errno = saved;
		return p;
	}
	name_of_key(ds.shm_perm.__key, name);
	is_exec = (flags & SHM_EXEC) || sys_is_exec(PROT_READ);
	if (is_exec)
		preload_let_go(p, ds.shm_segsz);
	t = preload_find_shm(ds.shm_segsz, is_exec, name);
	if (t && bind_segment(t, p, ds.shm_segsz, flags) < 0 && target_is_strict(t)) {
		shmdt(p);
		errno = ENOMEM;
		return (void *)-1;
	}
	return p;
}

_public_ void *shmat(int id, const void *address, int flags)
{
	void *p = real.shmat(id, address, flags);

	return p != (void *)-1 && preload_smallest[PLACEMENT_SHM] != SIZE_MAX ? attach(id, p, flags) : p;
}
