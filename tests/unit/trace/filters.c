/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Programs with their own seccomp filter, which forbids mbind(2), or asks for a tracer. Static, glibc. */

#include "set-filter.h"

#include <errno.h>
#include <signal.h>

static void filter(long nr, unsigned answer)
{
	struct sock_filter v[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	set_filter(v, sizeof(v) / sizeof(v[0]));
}

static volatile int trapped;

static void on_trap(int sig)
{
	(void)sig;
	trapped++;
}

int main(int argc, char **argv)
{
	const char *answer = argc > 1 ? argv[1] : "";
	char *p;

	signal(SIGSYS, on_trap);
	if (strcmp(answer, "errno") == 0)
		filter(SYS_mbind, SECCOMP_RET_ERRNO | EPERM);
	else if (strcmp(answer, "trap") == 0)
		filter(SYS_mbind, SECCOMP_RET_TRAP);
	else if (strcmp(answer, "trace") == 0)
		filter(SYS_mbind, SECCOMP_RET_TRACE);
	else if (strcmp(answer, "kill") == 0)
		filter(SYS_mbind, SECCOMP_RET_KILL_PROCESS);
	else if (strcmp(answer, "untraced") == 0)
		filter(SYS_getppid, SECCOMP_RET_TRACE | 7);
	/* If the program has no tracer itself, calls for which its filter asks for one fail with ENOSYS. */
	if (strcmp(answer, "untraced") == 0) {
		EXPECT(syscall(SYS_getppid) == -1 && errno == ENOSYS);
		p = map(4 * MIB, PROT_READ | PROT_WRITE, 0);
		EXPECT(is_bound(p));
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		p = map(4 * MIB, PROT_READ | PROT_WRITE, MAP_POPULATE);
		EXPECT(p != MAP_FAILED);
		EXPECT(!is_bound(p));
		p[4 * MIB - 1] = 1;
	}
	/* Injected calls cause no SIGSYS in the program; its own call does. */
	EXPECT(trapped == 0);
	if (strcmp(answer, "trap") == 0) {
		syscall(SYS_mbind, p, MIB, 0, NULL, 0UL, 0);
		EXPECT(trapped == 1);
	}
	return 0;
}
