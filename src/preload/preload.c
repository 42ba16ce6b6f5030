/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "preload.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "real.h"
#include "rules.h"

size_t preload_smallest[HANDOVER_KINDS];

static struct handover plan;
static volatile bool plan_is_read; /* volatile for the reason that real.c gives */

/*
 * Whether the program's calls of this function come here first. If they do not (the program has a malloc of its own,
 * or another library stands in front), its free would be given blocks that it does not know. An undefined symbol with
 * a value is the stub that a program not built position-independent has for a library's function: it leads here.
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

/* Before libc's own constructor ran there is no environment yet; everything is the program's malloc's until then. */
static void read_plan(void)
{
	struct handover h = { .n_rules = 0 };
	const char *text;

	if (plan_is_read || !environ)
		return;
	plan_is_read = true;
	real_resolve();
	text = getenv(HANDOVER_ENV);
	if (text)
		(void)handover_parse(text, &h);
	if (!is_ours("malloc") || !is_ours("free") || !is_ours("realloc"))
		rules_drop(&h, HANDOVER_MALLOC);
	arena_init(&plan);
	plan = h;
	for (int kind = 0; kind < HANDOVER_KINDS; kind++)
		preload_smallest[kind] = rules_smallest(&plan, (enum handover_kind)kind);
}

__attribute__((constructor)) static void load(void)
{
	read_plan();
}

bool preload_allows(enum handover_kind kind, size_t size)
{
	read_plan();
	return rules_allow(&plan, kind, size);
}

const struct handover *preload_plan(void)
{
	return &plan;
}

bool preload_is_strict(void)
{
	return plan.mode == HANDOVER_BIND;
}
