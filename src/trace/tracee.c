/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One stopped thread by ptrace(2): registers, memory, signal mask, identity. */

#include "tracee.h"

#include "basic/strutil.h"
#include "libcdm/kernel/process-status.h"

#include <elf.h>
#include <errno.h>
#include <sys/personality.h>
#include <fcntl.h>
#include <sys/uio.h>

static int done(long r)
{
	return r < 0 ? -errno : 0;
}

static void *number(uint64_t n)
{
	return (void *)(uintptr_t)n;
}

int tracee_regs(pid_t tid, struct arch_regs *ret)
{
	struct iovec iov = { .iov_base = ret, .iov_len = sizeof(*ret) };
	int r = done(ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov));

	/* Fewer: the thread runs in a mode with other registers (task_user_regset_view()). */
	return r >= 0 && iov.iov_len != sizeof(*ret) ? -ENOEXEC : r;
}

int tracee_set_regs(pid_t tid, const struct arch_regs *regs)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)regs, .iov_len = sizeof(*regs) };

	return done(ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov));
}

int tracee_sigmask(pid_t tid, uint64_t *ret)
{
	return done(ptrace(PTRACE_GETSIGMASK, tid, number(sizeof(*ret)), ret));
}

int tracee_set_sigmask(pid_t tid, uint64_t mask)
{
	return done(ptrace(PTRACE_SETSIGMASK, tid, number(sizeof(mask)), &mask));
}

int tracee_peek(pid_t tid, uint64_t at, unsigned long *ret)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, tid, number(at), NULL);
	if (errno)
		return -errno;
	*ret = (unsigned long)word;
	return 0;
}

int tracee_poke(pid_t tid, uint64_t at, const unsigned long *words, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = done(ptrace(PTRACE_POKEDATA, tid, number(at + i * sizeof(*words)), number(words[i])));
	return r;
}

int tracee_call(pid_t tid, struct __ptrace_syscall_info *ret)
{
	return done(ptrace(PTRACE_GET_SYSCALL_INFO, tid, number(sizeof(*ret)), ret));
}

int tracee_resume(pid_t tid, bool calls, int sig)
{
	return done(ptrace(calls ? PTRACE_SYSCALL : PTRACE_CONT, tid, NULL, number((uint64_t)sig)));
}

int tracee_identity(const struct root *root, pid_t tid, pid_t *ret_tgid, pid_t *ret_parent)
{
	_cleanup_free_ char *text = NULL;
	const char *tgid, *parent;
	int r = process_status(root, tid, &text);

	if (r < 0)
		return r;
	tgid = status_field(text, "Tgid");
	parent = status_field(text, "PPid");
	if (!tgid || !parent)
		return -EIO;
	*ret_tgid = (pid_t)strtol(tgid, NULL, 10);
	*ret_parent = (pid_t)strtol(parent, NULL, 10);
	return 0;
}

bool tracee_reads_code(const struct root *root, pid_t tid)
{
	_cleanup_free_ char *text = NULL;

	return root_read(root, &text, NULL, "proc/%d/personality", (int)tid) >= 0 &&
	       (strtoul(text, NULL, 16) & READ_IMPLIES_EXEC);
}

int tracee_map(const struct root *root, pid_t tid, uint64_t at, struct mapping *ret)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	size_t size = 0;
	int fd = root_openf(root, O_RDONLY, "proc/%d/maps", tid);

	if (fd < 0)
		return fd;
	f = fdopen(fd, "re");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	/* The lines are in the order of addresses: nothing after the wanted one is read. */
	for (ssize_t n; (n = getline(&line, &size, f)) > 0;) {
		struct span text = { line, line + n }, name;
		struct mapping map;

		if (!maps_line_parse(span_next_line(&text), &map, &name) || map.end <= at)
			continue;
		if (map.start > at)
			break;
		*ret = map;
		return 0;
	}
	return -ENOENT;
}
