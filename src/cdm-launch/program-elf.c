/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What kind of program an ELF file is. Its headers are checked before they are used. */

#include "program.h"

#include "basic/strutil.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <link.h>

#define NOTES_MAX 1024
#define DYNAMIC_MAX 4096 /* entries */

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__powerpc64__)
#define OUR_MACHINE EM_PPC64
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#elif defined(__s390x__)
#define OUR_MACHINE EM_S390
#else
#error "name this architecture's ELF machine here"
#endif

static int read_at(int fd, void *buf, size_t size, off_t offset)
{
	ssize_t n = pread(fd, buf, size, offset);

	return n < 0 ? -errno : (size_t)n == size ? 0 : -ENOEXEC;
}

/* Whether a note in the segment is from Go's linker ("Go", type 4: the build id). */
static bool is_note_of_go(const char *notes, size_t size)
{
	static const char owner[] = "Go\0";
	ElfW(Nhdr) note;

	for (size_t at = 0; at + sizeof(note) <= size;) {
		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		if (note.n_namesz == sizeof(owner) && at + sizeof(owner) <= size &&
		    memcmp(notes + at, owner, sizeof(owner)) == 0)
			return true;
		if (note.n_namesz > size || note.n_descsz > size)
			return false;
		at += ((note.n_namesz + 3U) & ~3U) + ((note.n_descsz + 3U) & ~3U);
	}
	return false;
}

/*
 * glibc's loaders are called ld-linux-x86-64.so.2, ld-linux-aarch64.so.1, ld64.so.2 and the like; musl's is
 * ld-musl-x86_64.so.1.
 */
static bool is_loader_of_glibc(int fd, const ElfW(Phdr) * segment)
{
	char path[PATH_MAX + 1] = "";
	const size_t size = segment->p_filesz < PATH_MAX ? segment->p_filesz : PATH_MAX;
	const char *slash;

	if (read_at(fd, path, size, (off_t)segment->p_offset) < 0)
		return false;
	slash = strrchr(path, '/');
	slash = slash ? slash + 1 : path;
	return after_prefix(slash, "ld-linux") || after_prefix(slash, "ld64.so") || after_prefix(slash, "ld.so");
}

/* The offset of an address in the file; -1: there is none. */
static off_t offset_of(const ElfW(Phdr) * segments, unsigned n, uint64_t address)
{
	for (unsigned i = 0; i < n; i++)
		if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr &&
		    address - segments[i].p_vaddr < segments[i].p_filesz)
			return (off_t)(segments[i].p_offset + (address - segments[i].p_vaddr));
	return -1;
}

static bool needs(int fd, const ElfW(Dyn) * entries, size_t n, off_t strings, const char *library)
{
	char name[32];

	for (size_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++) {
		memset(name, 0, sizeof(name));
		if (entries[i].d_tag == DT_NEEDED &&
		    pread(fd, name, sizeof(name) - 1, strings + (off_t)entries[i].d_un.d_val) > 0 &&
		    after_prefix(name, library))
			return true;
	}
	return false;
}

/* Whether a dynamic program needs a library whose name begins like this (DT_NEEDED). */
static bool asks_for(int fd, const ElfW(Phdr) * segments, unsigned n_segments, const char *library)
{
	_cleanup_free_ ElfW(Dyn) *entries = NULL;
	const ElfW(Phdr) *dynamic = NULL;
	off_t strings = -1;
	size_t n;

	for (unsigned i = 0; i < n_segments; i++)
		if (segments[i].p_type == PT_DYNAMIC)
			dynamic = &segments[i];
	n = dynamic ? dynamic->p_filesz / sizeof(*entries) : 0;
	n = n < DYNAMIC_MAX ? n : DYNAMIC_MAX;
	entries = calloc(n ? n : 1, sizeof(*entries));
	if (!entries || !n || read_at(fd, entries, n * sizeof(*entries), (off_t)dynamic->p_offset) < 0)
		return false;
	for (size_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++)
		if (entries[i].d_tag == DT_STRTAB)
			strings = offset_of(segments, n_segments, entries[i].d_un.d_ptr);
	return strings >= 0 && needs(fd, entries, n, strings, library);
}

static int look_at_segment(int fd, const ElfW(Phdr) * segment, enum program_kind *kind)
{
	char notes[NOTES_MAX];
	const size_t size = segment->p_filesz < sizeof(notes) ? segment->p_filesz : sizeof(notes);
	int r;

	if (segment->p_type == PT_INTERP && *kind == PROGRAM_STATIC)
		*kind = is_loader_of_glibc(fd, segment) ? PROGRAM_DYNAMIC : PROGRAM_OTHER_LIBC;
	if (segment->p_type != PT_NOTE)
		return 0;
	r = read_at(fd, notes, size, (off_t)segment->p_offset);
	if (r >= 0 && is_note_of_go(notes, size))
		*kind = PROGRAM_GO;
	return r;
}

int program_check_elf(int fd, const char *path, enum program_kind *ret, struct error *err)
{
	_cleanup_free_ ElfW(Phdr) *segments = NULL;
	enum program_kind kind = PROGRAM_STATIC;
	ElfW(Ehdr) header;
	int r = read_at(fd, &header, sizeof(header), 0);

	if (r < 0)
		return fail(err, r, "%s: ELF header: %m", path);
	if (header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) || header.e_machine != OUR_MACHINE)
		return fail(err, -ENOEXEC,
			    "%s: is for another machine or word size, so the preload library cannot be loaded into it, and the "
			    "tracer does not know its calls",
			    path);
	if (header.e_phentsize != sizeof(ElfW(Phdr)))
		return fail(err, -ENOEXEC, "%s: damaged ELF header", path);
	segments = calloc(header.e_phnum, sizeof(*segments));
	r = !segments && header.e_phnum > 0 ?
		    -ENOMEM :
		    read_at(fd, segments, header.e_phnum * sizeof(*segments), (off_t)header.e_phoff);
	for (unsigned i = 0; i < header.e_phnum && r >= 0; i++)
		r = look_at_segment(fd, &segments[i], &kind);
	if (r < 0)
		return fail(err, r, "%s: ELF program headers: %m", path);
	/* gcc's, and clang's with -shared-libasan */
	if (kind == PROGRAM_DYNAMIC && (asks_for(fd, segments, header.e_phnum, "libasan.so") ||
					asks_for(fd, segments, header.e_phnum, "libclang_rt.asan")))
		kind = PROGRAM_ASAN;
	*ret = kind;
	return 0;
}
