/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How much stack the library takes: it must fit the smallest thread stack and a small alternate stack. */

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define ROOMY (256 * KiB)
#define UNTOUCHED 0xa5
#define SMALLEST (16 * KiB) /* PTHREAD_STACK_MIN on x86-64 */

/* What the library may take of a thread's stack, beyond what an idle thread takes. */
#define MOST (4 * KiB)

/* What is measured; each returns false if it did not work. ---------------------------------------------------------------- */

static int file;

static bool allocates(void)
{
	void *p = malloc(2 * MiB), *q = realloc(p, 4 * MiB), *r = NULL;

	if (!q || !on_device(q) || posix_memalign(&r, 4096, MiB) != 0)
		return false;
	free(q);
	free(r);
	return true;
}

/* Without room, a strict target releases what it caches and tries again. */
static bool asks_for_too_much(void)
{
	volatile size_t much = 1UL << 45;

	free(malloc(2 * MiB));
	return !malloc(much);
}

static bool maps_and_moves(void)
{
	char *p = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;
	char *both = mmap(NULL, 4 * MiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || !on_device(p) || both == MAP_FAILED)
		return false;
	q = mremap(p, 2 * MiB, 4 * MiB, MREMAP_MAYMOVE);
	munmap(both, 4 * MiB);
	return q != MAP_FAILED && on_device(q) && munmap(q, 4 * MiB) == 0;
}

/* Makes the library read /proc/self/maps. */
static bool makes_code(void)
{
	char *p = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && on_device(p) && mprotect(p, 2 * MiB, PROT_READ | PROT_EXEC) == 0 && !on_device(p);
}

static bool maps_files(void)
{
	return mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) != MAP_FAILED;
}

static bool attaches(void)
{
	int id = shmget(IPC_PRIVATE, 2 * MiB, 0600);
	void *p = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	return p != (void *)-1 && on_device(p);
}

static bool names(void)
{
	char *p = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, 2 * MiB, "cache");
	return true;
}

static bool does_nothing(void)
{
	return true;
}

static bool (*doing)(void);

static void *in_thread(void *unused)
{
	(void)unused;
	return doing() ? &doing : NULL;
}

/* Threads --------------------------------------------------------------------------------------------------------------- */

static bool run_on(void *stack, size_t size, bool (*what)(void))
{
	pthread_attr_t attr;
	pthread_t thread;
	void *result = NULL;

	doing = what;
	return pthread_attr_init(&attr) == 0 && pthread_attr_setstack(&attr, stack, size) == 0 &&
	       pthread_create(&thread, &attr, in_thread, NULL) == 0 && pthread_join(thread, &result) == 0 && result;
}

/* Returns how much of a new thread's stack was used; 0: it did not work. */
static size_t stack_of(bool (*what)(void))
{
	static unsigned char stack[ROOMY] __attribute__((aligned(65536)));
	size_t untouched = 0;

	memset(stack, UNTOUCHED, sizeof(stack));
	if (!run_on(stack, sizeof(stack), what))
		return 0;
	while (untouched < sizeof(stack) && stack[untouched] == UNTOUCHED)
		untouched++;
	return sizeof(stack) - untouched;
}

/* Runs on the smallest stack, with an inaccessible page below it. */
static bool fits(bool (*what)(void))
{
	char *stack = mmap(NULL, 4 * SMALLEST, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	return stack != MAP_FAILED && mprotect(stack + SMALLEST, SMALLEST, PROT_READ | PROT_WRITE) == 0 &&
	       run_on(stack + SMALLEST, SMALLEST, what);
}

/* Resolves the symbols beforehand: the dynamic linker's stack does not count. */
static void bind_symbols(void)
{
	void *p = NULL;
	int id = shmget(IPC_PRIVATE, 4096, 0600);

	free(realloc(malloc(1), 2));
	(void)posix_memalign(&p, 64, 1);
	free(p);
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p = mremap(p, 4096, 8192, MREMAP_MAYMOVE);
	mprotect(p, 4096, PROT_NONE);
	munmap(p, 8192);
	p = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	(void)prctl(PR_GET_DUMPABLE);
	(void)policy_of(p);
	file = memfd_create("cache", 0);
	(void)!ftruncate(file, 2 * MiB);
}

static int measure(const char *name, bool (*what)(void))
{
	const size_t idle = stack_of(does_nothing), used = stack_of(what);

	EXPECT(idle > 0 && used > 0);
	printf("# %s: %zu bytes\n", name, used > idle ? used - idle : 0);
	fflush(stdout);
	EXPECT(used <= idle + MOST);
	return 0;
}

#define ON_STACKS(what)                                                \
	SCENARIO(what)                                                 \
	{                                                              \
		bind_symbols();                                        \
		PASS(measure(#what, what));                            \
		if ((size_t)sysconf(_SC_THREAD_STACK_MIN) <= SMALLEST) \
			EXPECT(fits(what));                            \
		return 0;                                              \
	}

ON_STACKS(allocates)
ON_STACKS(asks_for_too_much)
ON_STACKS(maps_and_moves)
ON_STACKS(makes_code)
ON_STACKS(maps_files)
ON_STACKS(attaches)
ON_STACKS(names)

/* The first block of a process, allocated on the smallest stack. */
SCENARIO(first)
{
	bind_symbols();
	if ((size_t)sysconf(_SC_THREAD_STACK_MIN) <= SMALLEST)
		EXPECT(fits(allocates));
	PASS(measure("allocates", allocates));
	return 0;
}

#define EACH(policy) \
	"3;" policy ":0;+malloc,1048576," ANY ",0;+anon,1048576," ANY ",0;+file,1," ANY ",0;+shm,1," ANY ",0"

TEST(calls_fit_the_smallest_thread_stack)
{
	static const char *const policies[] = { EACH("prefer"), EACH("bind") };
	static const char *const all[] = { "first",      "allocates",  "asks_for_too_much", "maps_and_moves",
					   "makes_code", "maps_files", "attaches",          "names" };

	for (size_t p = 0; p < ELEMENTSOF(policies); p++)
		for (size_t i = 0; i < ELEMENTSOF(all); i++)
			CHECK_INT(under(policies[p], all[i]), ==, 0);
	CHECK_INT(under("3;prefer:0;+anon,1," ANY ",0,name=cache*", "names"), ==, 0);
}

/* A signal handler on the smallest alternate stack that programs use: SIGSTKSZ was 8 KiB for a long time. */
static volatile bool allocated;

static void on_signal(int sig)
{
	void *p = malloc(2 * MiB);

	(void)sig;
	allocated = p && on_device(p);
	free(p);
}

SCENARIO(on_alternate_stack)
{
	const size_t size = 8192;
	char *area = mmap(NULL, 128 * KiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	const stack_t stack = { .ss_sp = area + 64 * KiB, .ss_size = size };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	bind_symbols();
	EXPECT(area != MAP_FAILED && mprotect(area + 64 * KiB, 64 * KiB, PROT_READ | PROT_WRITE) == 0);
	EXPECT(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	EXPECT(raise(SIGUSR1) == 0 && allocated);
	return 0;
}

TEST(malloc_fits_a_small_alternate_stack)
{
	CHECK_INT(under(EACH("prefer"), "on_alternate_stack"), ==, 0);
	CHECK_INT(under(EACH("bind"), "on_alternate_stack"), ==, 0);
}

CHECK_MAIN()
