/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Variables in the symbol tables of an object's file, for `data` rules that name one. */

#include "symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "own-call.h"
#include "sys.h"

/* The file is not trusted: every offset is checked before it is used. */
struct file {
	const char *base;
	size_t size;
};

static bool map_file(const char *path, struct file *ret)
{
	int fd = (int)own_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p = sys_mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)own_call(SYS_close, fd);
	if (p == MAP_FAILED)
		return false;
	*ret = (struct file){ p, (size_t)st.st_size };
	return true;
}

static const void *at(const struct file *f, uint64_t offset, uint64_t n, uint64_t each)
{
	uint64_t size;

	if (__builtin_mul_overflow(n, each, &size) || offset > f->size || size > f->size - offset || offset % 8 != 0)
		return NULL;
	return f->base + offset;
}

static const ElfW(Shdr) * sections_of(const struct file *f, unsigned *ret_n)
{
	const ElfW(Ehdr) *header = at(f, 0, 1, sizeof(*header));

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_shentsize != sizeof(ElfW(Shdr)))
		return NULL;
	*ret_n = header->e_shnum;
	return at(f, header->e_shoff, header->e_shnum, sizeof(ElfW(Shdr)));
}

static bool is_named(const struct file *f, const ElfW(Shdr) * strings, uint64_t offset, const char *name)
{
	size_t len = strlen(name) + 1;

	if (offset >= strings->sh_size || strings->sh_offset > f->size || strings->sh_size > f->size - strings->sh_offset)
		return false;
	return strings->sh_size - offset >= len && memcmp(f->base + strings->sh_offset + offset, name, len) == 0;
}

static const ElfW(Sym) * search(const struct file *f, unsigned type, const char *name)
{
	unsigned n_sections;
	const ElfW(Shdr) *sections = sections_of(f, &n_sections);

	for (unsigned i = 0; sections && i < n_sections; i++) {
		const ElfW(Shdr) *s = &sections[i];
		size_t n = s->sh_size / sizeof(ElfW(Sym));
		const ElfW(Sym) *table = at(f, s->sh_offset, n, sizeof(*table));

		if (s->sh_type != type || s->sh_link >= n_sections || !table)
			continue;
		for (size_t k = 0; k < n; k++)
			if (ELF64_ST_TYPE(table[k].st_info) == STT_OBJECT && table[k].st_shndx != SHN_UNDEF &&
			    is_named(f, &sections[s->sh_link], table[k].st_name, name))
				return &table[k];
	}
	return NULL;
}

bool symbols_find(const struct dl_phdr_info *info, const char *name, uintptr_t *ret_start, size_t *ret_size)
{
	const ElfW(Sym) * found;
	struct file f;

	if (!map_file(*info->dlpi_name ? info->dlpi_name : "/proc/self/exe", &f))
		return false;
	found = search(&f, SHT_SYMTAB, name);
	if (!found)
		found = search(&f, SHT_DYNSYM, name);
	if (found) {
		*ret_start = info->dlpi_addr + found->st_value;
		*ret_size = found->st_size;
	}
	munmap((void *)(uintptr_t)f.base, f.size);
	return found != NULL;
}
