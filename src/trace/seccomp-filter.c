/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The seccomp filter that stops a program at the calls that make mappings, and at no others. */

#include "seccomp-filter.h"

#include "allow.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ || ARCH_AUDIT == 0, "halves of arguments are taken in this order");

#define LOW(arg) (offsetof(struct seccomp_data, args) + 8 * (arg))
#define HIGH(arg) (LOW(arg) + 4)

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define JUMP(how, value, yes, no) BPF_JUMP(BPF_JMP | BPF_K | (how), (value), (yes), (no))
#define PASS RETURN(SECCOMP_RET_ALLOW)
#define STOP RETURN(SECCOMP_RET_TRACE | FILTER_COOKIE)

struct program {
	struct sock_filter *v;
	unsigned n;
};

static void add(struct program *p, const struct sock_filter *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p->v[p->n++] = v[i];
}

#define ADD(p, ...)                                              \
	do {                                                     \
		const struct sock_filter v_[] = { __VA_ARGS__ }; \
		add((p), v_, ELEMENTSOF(v_));                    \
	} while (0)

/* The next `n` instructions are for this call alone; each such part ends in a return. */
static void only_for(struct program *p, long nr, unsigned n)
{
	ADD(p, LOAD(offsetof(struct seccomp_data, nr)), JUMP(BPF_JEQ, (uint32_t)nr, 0, (uint8_t)n));
}

/* Lets calls pass that have less than `least` in an argument: 64 bits, compared by halves. */
static void at_least(struct program *p, unsigned arg, uint64_t least)
{
	const uint32_t high = (uint32_t)(least >> 32), low = (uint32_t)least;

	ADD(p, LOAD(HIGH(arg)), JUMP(BPF_JGT, high, 4, 0), JUMP(BPF_JEQ, high, 0, 2), LOAD(LOW(arg)),
	    JUMP(BPF_JGE, low, 1, 0), PASS);
}
#define AT_LEAST_LENGTH 6

/* Lets calls pass that do not ask for one of these rights (yes 1, no 0), or those that do (yes 0, no 1). */
#define HAS_RIGHT(rights, yes, no) LOAD(LOW(2)), JUMP(BPF_JSET, (rights), (yes), (no)), PASS
#define HAS_RIGHT_LENGTH 3

/*
 * The call numbers of x32 have a bit set, and those of a compat ABI have another audit number: such calls pass, and the
 * memory that they map stays on system nodes.
 */
unsigned filter_make(const struct placement *place, struct sock_filter *ret)
{
	const uint64_t smallest = allow_smallest(place);
	const uint32_t rights = PROT_EXEC | (allow_strict(place) ? PROT_WRITE : 0);
	struct program p = { .v = ret };

	ADD(&p, LOAD(offsetof(struct seccomp_data, arch)), JUMP(BPF_JEQ, ARCH_AUDIT, 1, 0), PASS);
	if (smallest < UINT64_MAX) {
		only_for(&p, SYS_mmap, AT_LEAST_LENGTH + 5 + (allow_exec(place) ? 0 : HAS_RIGHT_LENGTH));
		if (!allow_exec(place))
			ADD(&p, HAS_RIGHT(PROT_EXEC, 0, 1));
		at_least(&p, 1, smallest);
		ADD(&p, LOAD(LOW(3)), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ALLOW_FLAGS_MASK),
		    JUMP(BPF_JEQ, ALLOW_FLAGS, 1, 0), PASS, STOP);
		/* of every size: a part of the range may be bound (steps-join.c) */
		only_for(&p, SYS_mremap, 1);
		ADD(&p, STOP);
	}
	if (allow_heap(place) >= 0) {
		only_for(&p, SYS_brk, 1);
		ADD(&p, STOP);
	}
	if (smallest < UINT64_MAX || allow_heap(place) >= 0) {
		only_for(&p, SYS_mprotect, HAS_RIGHT_LENGTH + 1);
		ADD(&p, HAS_RIGHT(rights, 1, 0), STOP);
		only_for(&p, SYS_pkey_mprotect, HAS_RIGHT_LENGTH + 1);
		ADD(&p, HAS_RIGHT(rights, 1, 0), STOP);
	}
	/*
	 * An untraced child would have the filter without a tracer. clone3(2) has its flags in memory, where no filter
	 * sees them, so every such call is stopped.
	 */
	only_for(&p, SYS_clone, 4);
	ADD(&p, LOAD(LOW(0)), JUMP(BPF_JSET, CLONE_UNTRACED, 1, 0), PASS, STOP);
	only_for(&p, SYS_clone3, 1);
	ADD(&p, STOP);
	ADD(&p, PASS);
	return p.n;
}

static int set_filter(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) < 0 ? -errno : 0;
}

int filter_install(const struct placement *place, struct error *err)
{
	struct sock_filter v[FILTER_MAX];
	const struct sock_fprog program = { .len = (unsigned short)filter_make(place, v), .filter = v };
	int r = set_filter(&program);

	if (r == -EACCES) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			return fail(err, -errno, "no_new_privs: %m");
		r = set_filter(&program);
	}
	if (r == -ENOSYS || r == -EINVAL)
		return fail(err, r,
			    "seccomp filter: this kernel has none (CONFIG_SECCOMP_FILTER), so there is no trace mode");
	return r < 0 ? fail(err, r, "seccomp filter: %m") : 0;
}
