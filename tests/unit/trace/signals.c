/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Maps memory, then ends in the way that its argument names: "exit N", "die N", "stop", "orphan", "unmap", "vfork",
 * "wait". Static, glibc.
 */

#include "victim.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	const struct rlimit none = { 0 };
	char *p = map(4 * MIB, PROT_READ | PROT_WRITE, 0);
	const int n = argc > 2 ? atoi(argv[2]) : 0;

	EXPECT(is_bound(p));
	setrlimit(RLIMIT_CORE, &none);
	if (argc < 2)
		return 100;
	if (strcmp(argv[1], "exit") == 0)
		return n;
	if (strcmp(argv[1], "die") == 0) {
		signal(n, SIG_DFL);
		raise(n);
		return 100;
	}
	/*
	 * The program unmaps everything, including the page that we have mapped. Neither its handler nor its mask stops
	 * the resulting signal.
	 */
	if (strcmp(argv[1], "unmap") == 0) {
		sigset_t all;

		sigfillset(&all);
		signal(SIGSEGV, _exit);
		sigprocmask(SIG_BLOCK, &all, NULL);
		for (size_t size = 1UL << 62; size > 4096; size /= 2)
			munmap(NULL, size - 4096);
		return 100;
	}
	/* It goes on until SIGUSR1: if it had ended already, its continuation would not be reported. */
	if (strcmp(argv[1], "stop") == 0) {
		sigset_t seen;
		int got;

		sigemptyset(&seen);
		sigaddset(&seen, SIGUSR1);
		sigprocmask(SIG_BLOCK, &seen, NULL);
		raise(n);
		EXPECT(is_bound(map(4 * MIB, PROT_READ | PROT_WRITE, 0)));
		sigwait(&seen, &got);
		return 6;
	}
	/* A child that ends in its parent's memory. */
	if (strcmp(argv[1], "vfork") == 0) {
		/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): vfork() is what is tested */
		if (vfork() == 0)
			_exit(0);
		return 8;
	}
	/* A child that outlives its parent. It prints its id, and ends when its standard input ends. */
	if (strcmp(argv[1], "orphan") == 0) {
		if (fork() > 0)
			_exit(9);
		printf("%d\n", getpid());
		fflush(stdout);
		for (char c; read(STDIN_FILENO, &c, 1) > 0;)
			EXPECT(is_bound(map(4 * MIB, PROT_READ | PROT_WRITE, 0)));
		printf("orphan\n");
		return 0;
	}
	for (;;)
		pause();
}
