/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The start of the preload library: reads the hand-over, and answers whether a request is allowed. */

#include "preload.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena.h"
#include "basic/glob.h"
#include "bind.h"
#include "counts.h"
#include "data.h"
#include "objects.h"
#include "real.h"
#include "placement/placement-match.h"
#include "placement/placement-parse.h"
#include "sys.h"

size_t preload_smallest[PLACEMENT_KINDS];
bool preload_follows_objects;

static struct placement plan;
static volatile bool plan_is_read; /* volatile for the reason given in real.c */

/*
 * Whether the program's calls of this function reach this library first. If not (the program has its own malloc, or
 * another library comes first), its free would be given blocks that it does not know. An undefined symbol with a value
 * is the stub for a library function in a program that is not position-independent: it leads here.
 */
static bool is_ours(const char *name)
{
	void *found = dlsym(RTLD_DEFAULT, name);
	const ElfW(Sym) *symbol = NULL;
	Dl_info info;

	if (real_object_of(found) == real_object_of(&plan))
		return true;
	return dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol && symbol->st_shndx == SHN_UNDEF;
}

/*
 * Registers what makes malloc(3) blocks out of mappings: the malloc behind ours, and the one that the program calls
 * instead of ours.
 */
static void know_allocators(void)
{
	void *behind;

	memcpy(&behind, &real.malloc, sizeof(behind));
	objects_add_allocator(behind);
	if (!is_ours("malloc"))
		objects_add_allocator(dlsym(RTLD_DEFAULT, "malloc"));
}

/* The program may change its environment, so the plan's globs are kept in a copy. */
static char *copy_of(const char *text)
{
	size_t size = strlen(text) + 1;
	void *copy = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return copy == MAP_FAILED ? NULL : memcpy(copy, text, size);
}

/*
 * Keeps the rules and this library from the programs that this one executes; other preloaded libraries stay. The
 * dynamic linker reports the path exactly as LD_PRELOAD has it.
 */
static void keep_to_ourselves(void)
{
	size_t len;
	Dl_info info;
	char *list;

	unsetenv(PLACEMENT_ENV);
	list = getenv("LD_PRELOAD");
	if (!list || !dladdr(&plan, &info))
		return;
	len = strlen(info.dli_fname);
	/* cdm-launch puts this library first. */
	if (strncmp(list, info.dli_fname, len) != 0 || (list[len] && list[len] != ':' && list[len] != ' '))
		return;
	if (list[len])
		memmove(list, list + len + 1, strlen(list + len + 1) + 1);
	else
		unsetenv("LD_PRELOAD");
}

/*
 * A separate function: the large structure is cleared when the function begins, which would slow down every device
 * block.
 */
_cold_ static void read_plan_once(void)
{
	struct placement h = { .n_rules = 0 };
	char *text;

	plan_is_read = true;
	real_resolve();
	text = getenv(PLACEMENT_ENV);
	text = text ? copy_of(text) : NULL;
	if (text)
		(void)placement_parse(text, &h);
	if (!is_ours("malloc") || !is_ours("free") || !is_ours("realloc"))
		rules_drop(&h, PLACEMENT_MALLOC);
	if (h.counts)
		counts_open(h.counts);
	if (h.no_inherit)
		keep_to_ourselves();
	bind_dont_fork = h.dont_fork;
	objects_init();
	know_allocators();
	plan = h;
	arena_init(&plan);
	for (int kind = 0; kind < PLACEMENT_KINDS; kind++)
		preload_smallest[kind] = rules_smallest(&plan, PLACEMENT_KIND(kind));
}

/* There is no environment before libc's own constructor ran; until then the program's malloc serves everything. */
static void read_plan(void)
{
	if (!plan_is_read && environ)
		read_plan_once();
}

__attribute__((constructor)) static void load(void)
{
	read_plan();
	data_bind(&plan);
	preload_follows_objects = data_is_asked(&plan);
}

void preload_look_at_objects(void)
{
	if (preload_follows_objects)
		data_bind(&plan);
}

static int holds(const struct subject *s, unsigned rule, enum placement_key key, const char *glob)
{
	switch (key) {
	case PLACEMENT_CALLER:
		return s->caller ? objects_fit_caller(s->caller, rule, glob) : 0;
	case PLACEMENT_PATH:
		return s->path ? path_glob(glob, s->path) : 0;
	case PLACEMENT_NAME:
		return s->name ? glob_matches(glob, s->name) : 0;
	default:
		return 0;
	}
}

const struct placement_target *preload_target_of(void *p)
{
	int i = bind_find(plan.targets, plan.n_targets, p);

	return i < 0 ? NULL : &plan.targets[i];
}

bool preload_takes_code(const struct placement_target *t)
{
	return target_takes_code(&plan, t->index);
}

static const struct placement_target *find(const struct subject *s)
{
	const struct placement_rule *rule;

	read_plan();
	rule = rules_find(&plan, s);
	/* A mapping that gets a name was judged when it was created, by all rules except those with a name. */
	if (!rule || (s->kinds == PLACEMENT_KIND(PLACEMENT_ANON) && s->name && !rule->globs[PLACEMENT_NAME]))
		return NULL;
	counts_allowed((unsigned)(rule - plan.rules), s->size);
	return &plan.targets[rule->target];
}

const struct placement_target *preload_find_malloc(size_t size, const void *caller)
{
	return find(&(struct subject){
		.kinds = PLACEMENT_KIND(PLACEMENT_MALLOC), .size = size, .holds = holds, .caller = caller });
}

const struct placement_target *preload_find_anon(size_t size, bool is_exec, const char *name, const void *caller)
{
	return find(&(struct subject){ .kinds = PLACEMENT_KIND(PLACEMENT_ANON),
				       .size = size,
				       .is_exec = is_exec,
				       .is_allocator = objects_is_allocator(caller),
				       .holds = holds,
				       .caller = caller,
				       .name = name });
}

const struct placement_target *preload_find_file(size_t size, bool is_exec, const char *path)
{
	return find(&(struct subject){
		.kinds = PLACEMENT_KIND(PLACEMENT_FILE), .size = size, .is_exec = is_exec, .holds = holds, .path = path });
}

const struct placement_target *preload_find_shm(size_t size, bool is_exec, const char *name)
{
	return find(&(struct subject){
		.kinds = PLACEMENT_KIND(PLACEMENT_SHM), .size = size, .is_exec = is_exec, .holds = holds, .name = name });
}

const struct placement_target *preload_strict_at(void *p)
{
	for (unsigned i = 0; i < plan.n_targets; i++)
		if (target_is_strict(&plan.targets[i]) && bind_find(&plan.targets[i], 1, p) == 0)
			return &plan.targets[i];
	return NULL;
}
