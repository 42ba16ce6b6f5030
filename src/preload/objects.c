/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The objects that are loaded, by address: whose code made a call, and whether its name matches. */

#include "objects.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "placement/placement-match.h"
#include "own-call.h"

/* An object that was found, and which globs of the rules match it, as far as they were asked for. */
struct found {
	uintptr_t start, end;
	const char *name;
	unsigned epoch;
	uint64_t asked, fit; /* by rule */
};

#define KEPT 4

_Static_assert(PLACEMENT_RULES <= 64, "a bit for each rule");

static struct {
	uintptr_t start, end;
} allocators[2];
static unsigned n_allocators;

static char program[PATH_MAX];
static unsigned epoch = 1; /* incremented each time an object may have gone */
static __thread struct found kept[KEPT];
static __thread unsigned last;

void objects_init(void)
{
	long n = own_call(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof(program) - 1);

	program[n > 0 ? n : 0] = '\0';
}

bool object_fits(const char *l_name, const char *glob)
{
	return object_glob(glob, *l_name ? l_name : program);
}

#ifdef DLFO_EH_SEGMENT_TYPE /* glibc 2.35 */

/* Neither locks nor allocates, so it may be called from anywhere. */
static bool find(uintptr_t address, struct found *ret)
{
	struct dl_find_object object;

	if (_dl_find_object((void *)address, &object) < 0)
		return false;
	ret->start = (uintptr_t)object.dlfo_map_start;
	ret->end = (uintptr_t)object.dlfo_map_end;
	ret->name = object.dlfo_link_map->l_name;
	return true;
}

#else

struct search {
	uintptr_t address;
	struct found *found;
};

static int holds_address(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_LOAD || s->address - start >= p->p_memsz)
			continue;
		s->found->start = start;
		s->found->end = start + p->p_memsz;
		s->found->name = info->dlpi_name;
		return 1;
	}
	return 0;
}

static bool find(uintptr_t address, struct found *ret)
{
	struct search s = { address, ret };

	return dl_iterate_phdr(holds_address, &s) == 1;
}

#endif

static struct found *find_kept(uintptr_t address)
{
	unsigned now = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);
	struct found found = { .epoch = 0 };

	for (unsigned i = 0; i < KEPT; i++)
		if (kept[i].epoch == now && address >= kept[i].start && address < kept[i].end)
			return &kept[i];
	if (!find(address, &found))
		return NULL;
	/* A signal handler may interrupt this and search too: a half-written entry has no epoch. */
	last = (last + 1) % KEPT;
	kept[last].epoch = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	kept[last] = found;
	kept[last].epoch = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	kept[last].epoch = now;
	return &kept[last];
}

int objects_fit_caller(const void *address, unsigned rule, const char *glob)
{
	struct found *f = find_kept((uintptr_t)address);
	uint64_t bit = UINT64_C(1) << rule;

	if (!f)
		return -1;
	if (!(f->asked & bit)) {
		f->fit |= object_fits(f->name, glob) ? bit : 0;
		f->asked |= bit;
	}
	return (f->fit & bit) != 0;
}

void objects_add_allocator(const void *function)
{
	struct found found;

	if (n_allocators == sizeof(allocators) / sizeof(allocators[0]) || !find((uintptr_t)function, &found))
		return;
	allocators[n_allocators].start = found.start;
	allocators[n_allocators++].end = found.end;
}

bool objects_is_allocator(const void *address)
{
	for (unsigned i = 0; i < n_allocators; i++)
		if ((uintptr_t)address >= allocators[i].start && (uintptr_t)address < allocators[i].end)
			return true;
	return false;
}

void objects_changed(void)
{
	__atomic_fetch_add(&epoch, 1, __ATOMIC_RELEASE);
}
