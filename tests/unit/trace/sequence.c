/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Threads on one CPU that share a counter by restartable sequences (rseq(2)): load, wait a little, store. If an
 * interrupted sequence went on, counts of other threads would be lost. x86-64, glibc 2.35, which registers rseq areas.
 */

#include "victim.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/rseq.h>

#define THREADS 4

static volatile int over;
static volatile unsigned long together;
static unsigned long alone[THREADS];

static struct rseq *own_area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* A descriptor defines the section; in front of its abort address there is a signature. */
static int count_once(struct rseq *area)
{
	int aborted = 0;

	__asm__ volatile(
		".pushsection __rseq_cs, \"aw\"\n"
		".balign 32\n"
		"9: .long 0, 0\n"
		".quad 1f, 2f - 1f, 4f\n"
		".popsection\n"
		"leaq 9b(%%rip), %%rax\n"
		"movq %%rax, %[cs]\n"
		"1: movq %[together], %%rax\n"
		"movl $20000, %%ecx\n"
		"3: decl %%ecx\n"
		"jnz 3b\n"
		"incq %%rax\n"
		"movq %%rax, %[together]\n"
		"2:\n"
		".pushsection .text.unlikely, \"ax\"\n"
		".byte 0x0f, 0xb9, 0x3d\n"
		".long 0x53053053\n"
		"4: movl $1, %[aborted]\n"
		"jmp 2b\n"
		".popsection\n"
		: [cs] "=m"(area->rseq_cs), [together] "+m"(together), [aborted] "+r"(aborted)
		:
		: "rax", "rcx", "memory", "cc");
	return !aborted;
}

static void *count(void *arg)
{
	unsigned long *mine = arg;
	struct rseq *area = own_area();

	while (!over)
		*mine += (unsigned long)count_once(area);
	return NULL;
}

int main(void)
{
	char *big = map(4 * MIB, PROT_READ | PROT_WRITE, 0);
	unsigned long sum = 0;
	pthread_t t[THREADS];
	cpu_set_t one;
	char c;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	EXPECT(sched_setaffinity(0, sizeof(one), &one) == 0);
	EXPECT(__rseq_size > 0);
	for (int i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&t[i], NULL, count, &alone[i]) == 0);
	say_ready(big, big);
	EXPECT(read(STDIN_FILENO, &c, 1) == 0);
	over = 1;
	for (int i = 0; i < THREADS; i++) {
		EXPECT(pthread_join(t[i], NULL) == 0);
		sum += alone[i];
	}
	EXPECT(sum > 0 && sum == together);
	return 0;
}
