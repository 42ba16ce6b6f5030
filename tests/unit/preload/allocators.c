/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Every call that allocates, including libc functions that call malloc, combined with every call that releases or
 * resizes, with sizes around every limit of the rules; in one thread, and in sixteen that release each other's blocks.
 * A checker here knows all live blocks: no two may overlap, and each is filled with its own pattern up to
 * malloc_usable_size(3).
 */

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include "basic/cleanup.h"
#include "placement/placement-match.h"
#include "scenario.h"

#define THREADS 16
#define LIVE_MAX 4096
#define HUGE_SIZE (300 * MiB)
#define TEXT_MAX (4 * MiB + 1)
#define UNKNOWN SIZE_MAX

static const size_t sizes[] = {
	1,   15,      16,          63,      64,          65,       499,      500,
	600, 601,     4 * KiB - 1, 4 * KiB, 65535,       65536,    65537,    128 * KiB,
	MiB, MiB + 1, 2 * MiB - 1, 2 * MiB, 4 * MiB + 1, 31 * MiB, 32 * MiB, 32 * MiB + 1,
};
#define N_LARGE 5 /* the last ones are too large for sixteen threads */

static struct placement plan;

/* Returns the policy that a block of this size must have, as get_mempolicy(2) shows it. */
static int wanted_policy(size_t size)
{
	const struct placement_rule *rule =
		rules_find(&plan, &(struct subject){ .kinds = PLACEMENT_KIND(PLACEMENT_MALLOC), .size = size });

	if (!rule)
		return MPOL_DEFAULT;
	return (plan.targets[rule->target].policy == POLICY_INTERLEAVE ? MPOL_INTERLEAVE : MPOL_PREFERRED_MANY) |
	       MPOL_F_STATIC_NODES;
}

/*
 * With Valgrind as the malloc behind ours: it interprets every instruction, so the large sizes are left out; it has no
 * pvalloc(3), and reports impossible requests as errors.
 */
#define ENV_VALGRIND "CDM_TEST_VALGRIND"

static bool with_valgrind, has_pvalloc; /* jemalloc has none either: its free would get a block of libc's */

static void (*by_size)(void *p, size_t size);
static void (*by_align_and_size)(void *p, size_t align, size_t size);

static int prepare(void)
{
	char *text = getenv(PLACEMENT_ENV);

	with_valgrind = getenv(ENV_VALGRIND) != NULL;
	has_pvalloc = !with_valgrind && !dlopen("libjemalloc.so.2", RTLD_LAZY | RTLD_NOLOAD);
	by_size = dlsym(RTLD_DEFAULT, "free_sized");
	by_align_and_size = dlsym(RTLD_DEFAULT, "free_aligned_sized");
	EXPECT(by_size && by_align_and_size);
	EXPECT(text && placement_parse(strdup(text), &plan) == 0);
	return 0;
}

static unsigned n_sizes(bool large)
{
	return ELEMENTSOF(sizes) - (large && !with_valgrind ? 0 : N_LARGE);
}

/* The checker -------------------------------------------------------------------------------------------------------- */

struct block {
	unsigned char *p;
	size_t size, usable;
	unsigned char value;
};

static struct block live[LIVE_MAX]; /* by address */
static unsigned n_live;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned find_live(const unsigned char *p)
{
	unsigned lo = 0, hi = n_live;

	while (lo < hi) {
		unsigned middle = (lo + hi) / 2;

		if (live[middle].p < p)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static int enlist(const struct block *b)
{
	bool fits;
	unsigned at;

	pthread_mutex_lock(&lock);
	at = find_live(b->p);
	fits = n_live < LIVE_MAX && (at == n_live || b->p + b->usable <= live[at].p) &&
	       (at == 0 || live[at - 1].p + live[at - 1].usable <= b->p);
	if (fits) {
		memmove(&live[at + 1], &live[at], (n_live - at) * sizeof(live[0]));
		live[at] = *b;
		n_live++;
	}
	pthread_mutex_unlock(&lock);
	EXPECT(fits);
	return 0;
}

static int strike(const struct block *b)
{
	bool found;
	unsigned at;

	pthread_mutex_lock(&lock);
	at = find_live(b->p);
	found = at < n_live && live[at].p == b->p && live[at].usable == b->usable;
	if (found) {
		n_live--;
		memmove(&live[at], &live[at + 1], (n_live - at) * sizeof(live[0]));
	}
	pthread_mutex_unlock(&lock);
	EXPECT(found);
	return 0;
}

/* Adds a block to the live ones and fills it. asked: the size that the rules were asked about. */
static int take(struct block *b, size_t asked, size_t align)
{
	EXPECT(b->p);
	/* tcmalloc aligns its smallest blocks like an object of their size */
	EXPECT((uintptr_t)b->p % (align == 16 && b->size < 16 && !on_device(b->p) ? 8 : align) == 0);
	EXPECT(asked == UNKNOWN || policy_of(b->p) == wanted_policy(asked));
	b->usable = malloc_usable_size(b->p);
	EXPECT(b->usable >= b->size);
	PASS(enlist(b));
	mark(b->p, b->usable, b->value);
	return 0;
}

/* Removes a block from the live ones: from here on another thread may get it. */
static int give(const struct block *b)
{
	EXPECT(malloc_usable_size(b->p) == b->usable);
	EXPECT(is_marked(b->p, b->usable, b->usable, b->value));
	return strike(b);
}

/* The calls that allocate: align and asked are what malloc's would be, and changed where they are not ------------------- */

struct asked {
	size_t size, align;
};

static void *by_malloc(size_t size, struct asked *a)
{
	(void)a;
	return malloc(size);
}

static void *by_calloc(size_t size, struct asked *a)
{
	unsigned char *p = calloc(size, 1);

	(void)a;
	return p && is_zero(p, size) ? p : NULL;
}

static void *by_realloc(size_t size, struct asked *a)
{
	(void)a;
	return realloc(NULL, size);
}

static void *by_reallocarray(size_t size, struct asked *a)
{
	(void)a;
	return reallocarray(NULL, size, 1);
}

static void *by_posix_memalign(size_t size, struct asked *a)
{
	void *p;

	a->align = 64 * KiB;
	return posix_memalign(&p, a->align, size) == 0 ? p : NULL;
}

static void *by_aligned_alloc(size_t size, struct asked *a)
{
	a->align = 128;
	/* Valgrind 3.22 and later report a size that is no multiple of the alignment as an error. */
	if (with_valgrind)
		a->size = (size + 127) / 128 * 128;
	return aligned_alloc(a->align, a->size);
}

static void *by_memalign(size_t size, struct asked *a)
{
	a->align = 2 * MiB;
	return memalign(a->align, size);
}

static void *by_valloc(size_t size, struct asked *a)
{
	a->align = 4 * KiB;
	return valloc(size);
}

static void *by_pvalloc(size_t size, struct asked *a)
{
	a->align = 4 * KiB;
	a->size = (size + 4 * KiB - 1) / (4 * KiB) * (4 * KiB);
	return has_pvalloc ? pvalloc(size) : valloc(a->size);
}

/* Text for libc functions that allocate for the program: size - 1 characters. */
static char *text_of(size_t size)
{
	static __thread char *text;

	if (!text) {
		text = mmap(NULL, TEXT_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (text == MAP_FAILED)
			abort();
		memset(text, 't', TEXT_MAX);
	}
	text[size - 1] = '\0';
	return text;
}

static void *as_text(char *p, size_t size, char *text)
{
	bool same = p && strlen(p) == size - 1 && memcmp(p, text, size) == 0;

	text[size - 1] = 't';
	return same ? p : NULL;
}

static void *by_strdup(size_t size, struct asked *a)
{
	char *text = text_of(size);

	(void)a;
	return as_text(strdup(text), size, text);
}

static void *by_strndup(size_t size, struct asked *a)
{
	char *text = text_of(size);

	(void)a;
	return as_text(strndup(text, 2 * size), size, text);
}

/* These grow the block while they write and may cut it to size at the end: its policy is not checked. */
static void *by_asprintf(size_t size, struct asked *a)
{
	char *text = text_of(size), *p = NULL;

	a->size = UNKNOWN;
	return as_text(asprintf(&p, "%s", text) < 0 ? NULL : p, size, text);
}

static void *by_getline(size_t size, struct asked *a)
{
	char *text = text_of(size), *p = NULL;
	size_t room = 0;
	FILE *f = size > 1 ? fmemopen(text, size - 1, "r") : NULL;
	ssize_t n = f ? getline(&p, &room, f) : -1;

	a->size = UNKNOWN;
	if (f)
		fclose(f);
	if (size == 1)
		p = strdup("");
	return size == 1 || n == (ssize_t)size - 1 ? as_text(p, size, text) : NULL;
}

static void *by_memstream(size_t size, struct asked *a)
{
	char *text = text_of(size), *p = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&p, &n);

	a->size = UNKNOWN;
	if (!f || fwrite(text, 1, size - 1, f) != size - 1 || fclose(f) != 0 || n != size - 1)
		return NULL;
	return as_text(p, size, text);
}

static const struct call {
	const char *name;
	void *(*allocate)(size_t size, struct asked *a);
	size_t max; /* 0: none */
} calls[] = {
	{ "malloc", by_malloc },
	{ "calloc", by_calloc },
	{ "realloc", by_realloc },
	{ "reallocarray", by_reallocarray },
	{ "posix_memalign", by_posix_memalign },
	{ "aligned_alloc", by_aligned_alloc },
	{ "memalign", by_memalign },
	{ "valloc", by_valloc },
	{ "pvalloc", by_pvalloc },
	{ "strdup", by_strdup, TEXT_MAX },
	{ "strndup", by_strndup, TEXT_MAX },
	{ "asprintf", by_asprintf, TEXT_MAX },
	{ "getline", by_getline, TEXT_MAX },
	{ "open_memstream", by_memstream, TEXT_MAX },
};

static int make(const struct call *call, size_t size, unsigned char value, struct block *ret)
{
	struct asked a = { size, 16 };
	struct block b = { .size = size, .value = value };

	errno = 4711;
	b.p = call->allocate(size, &a);
	EXPECT(!b.p || a.size == UNKNOWN || !on_device(b.p) || errno == 4711);
	PASS(take(&b, a.size, a.align));
	*ret = b;
	return 0;
}

/* The calls that release or resize -------------------------------------------------------------------------------------- */

/* Alternates between free(3) and C23's functions; programs can link with those only since glibc 2.43. */
static int release(const struct block *b)
{
	PASS(give(b));
	errno = 4711;
	if (b->value % 3 == 0)
		free(b->p);
	else if (b->value % 3 == 1)
		by_size(b->p, b->size);
	else
		by_align_and_size(b->p, 16, b->size);
	EXPECT(errno == 4711);
	return 0;
}

static int resize(const struct block *b, size_t size, bool by_array)
{
	struct block new = { .size = size, .value = (unsigned char)(b->value + 1) };
	const struct block old = *b;

	PASS(give(b));
	errno = 4711;
	new.p = by_array ? reallocarray(b->p, 1, size) : realloc(b->p, size);
	EXPECT(new.p);
	EXPECT(is_marked(new.p, old.usable, size, old.value));
	PASS(take(&new, size, 16));
	return release(&new);
}

static int shrink(const struct block *b)
{
	return resize(b, (b->size + 1) / 2, false);
}

static int keep(const struct block *b)
{
	return resize(b, b->size, false);
}

static int grow(const struct block *b)
{
	return resize(b, b->size * 2 + 1, false);
}

static int shrink_array(const struct block *b)
{
	return resize(b, (b->size + 3) / 4, true);
}

static int grow_array(const struct block *b)
{
	return resize(b, b->size + 70 * KiB, true);
}

static int to_nothing(const struct block *b)
{
	/* Valgrind 3.21 and later report it as an error. */
	if (with_valgrind)
		return release(b);
	PASS(give(b));
	errno = 4711;
	EXPECT(realloc(b->p, 0) == NULL && errno == 4711);
	return 0;
}

/* jemalloc 5.3.0 does not set errno when realloc(3) is asked for an impossible size. */
static bool says_why(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return errno == ENOMEM || (preloaded && strstr(preloaded, "jemalloc"));
}

/* An impossible request leaves the block as it is. */
static int refused(const struct block *b)
{
	volatile size_t half = SIZE_MAX / 2 + 2;

	if (with_valgrind)
		return release(b);
	errno = 0;
	EXPECT(!realloc(b->p, half) && says_why());
	errno = 0;
	EXPECT(!reallocarray(b->p, half, 2) && errno == ENOMEM);
	return release(b);
}

static int (*const releases[])(const struct block *b) = {
	release, shrink, keep, grow, shrink_array, grow_array, to_nothing, refused,
};

static int one(const struct call *call, size_t size)
{
	for (unsigned r = 0; r < ELEMENTSOF(releases); r++) {
		struct block b;

		PASS(make(call, size, (unsigned char)(r * 16 + 1), &b));
		PASS(releases[r](&b));
	}
	return 0;
}

SCENARIO(alone)
{
	PASS(prepare());
	for (unsigned c = 0; c < ELEMENTSOF(calls); c++)
		for (unsigned s = 0; s < n_sizes(true); s++)
			if (!(calls[c].max && sizes[s] > calls[c].max) && one(&calls[c], sizes[s]) != 0) {
				EXPECT_SAY("%s(%zu)", calls[c].name, sizes[s]);
				return 1;
			}
	EXPECT(n_live == 0);
	return 0;
}

SCENARIO(huge)
{
	struct block b, c;

	PASS(prepare());
	for (unsigned i = 0; i < 9; i++) { /* the ones that make no text */
		PASS(make(&calls[i], HUGE_SIZE, 1, &b));
		PASS(make(&calls[i], HUGE_SIZE + 1, 2, &c));
		PASS(release(&b));
		PASS(i % 2 ? refused(&c) : shrink(&c));
	}
	return 0;
}

/* Each block is released by the thread that finds it ------------------------------------------------------------------------------ */

static struct block *slots[32];
static struct block pool[THREADS * 512];
static unsigned n_pool;

static int work(unsigned thread)
{
	const unsigned n = n_sizes(false);

	for (unsigned i = 0; i < ELEMENTSOF(calls) * n; i++) {
		unsigned at = (i * 11 + thread * 37) % (ELEMENTSOF(calls) * n);
		struct block *b = &pool[__atomic_fetch_add(&n_pool, 1, __ATOMIC_RELAXED)];

		PASS(make(&calls[at / n], sizes[at % n], (unsigned char)(at + thread), b));
		b = __atomic_exchange_n(&slots[at % ELEMENTSOF(slots)], b, __ATOMIC_ACQ_REL);
		if (b)
			PASS(releases[(i + thread) % ELEMENTSOF(releases)](b));
	}
	return 0;
}

static void *run_thread(void *arg)
{
	return work((unsigned)(uintptr_t)arg) == 0 ? arg : NULL;
}

SCENARIO(crowd)
{
	pthread_t threads[THREADS];
	void *result;

	PASS(prepare());
	for (uintptr_t i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, run_thread, (void *)(i + 1)) == 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		EXPECT(pthread_join(threads[i], &result) == 0 && result == (void *)(i + 1));
	for (unsigned i = 0; i < ELEMENTSOF(slots); i++)
		if (slots[i])
			PASS(release(slots[i]));
	EXPECT(n_live == 0);
	return 0;
}

#define FROM_1M PREFER "+malloc,1048576," ANY ",0"
#define ALL "3;bind:0;+malloc,0," ANY ",0"
/* Two targets; two of the sizes (63 and 64) are in one size class of jemalloc. */
#define WINDOW                                                     \
	"3;prefer:0;interleave:0;-malloc,500,600;+malloc,63,63,1;" \
	"+malloc,64,65536,0;+malloc,1048577," ANY ",1"

TEST(every_call_and_size_works_in_one_thread)
{
	CHECK_INT(under(FROM_1M, "alone"), ==, 0);
	CHECK_INT(under(ALL, "alone"), ==, 0);
	CHECK_INT(under(WINDOW, "alone"), ==, 0);
}

TEST(huge_blocks_are_allocated_resized_and_freed)
{
	CHECK_INT(under(FROM_1M, "huge"), ==, 0);
}

TEST(sixteen_threads_release_each_others_blocks)
{
	CHECK_INT(under(FROM_1M, "crowd"), ==, 0);
	CHECK_INT(under(ALL, "crowd"), ==, 0);
	CHECK_INT(under(WINDOW, "crowd"), ==, 0);
}

TEST(every_call_works_with_another_malloc_behind_ours)
{
	CHECK_INT(under_preload(PRELOAD_SO ":libjemalloc.so.2", WINDOW, "alone"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libjemalloc.so.2", WINDOW, "crowd"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libtcmalloc_minimal.so.4", WINDOW, "alone"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libtcmalloc_minimal.so.4", WINDOW, "crowd"), ==, 0);
}

/*
 * Mappings from which an allocator behind ours cuts its blocks are not the program's anonymous mappings, whereas those
 * are still placed. There are blocks of every size, enough that each allocator needs more mappings.
 */
#define SMALL 100000

SCENARIO(small_blocks)
{
	char *p = mmap(NULL, 4 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT(p != MAP_FAILED && on_device(p));
	for (size_t i = 0; i < SMALL; i++) {
		const size_t size = i % 100 ? 16 + i % 1000 : 900 * KiB;
		void *block = malloc(size);

		EXPECT(block);
		memset(block, 1, size < KiB ? size : KiB);
		EXPECT(!on_device(block));
	}
	return 0;
}

/* A rule may ask for that allocator by its object name. */
SCENARIO(asked_for)
{
	for (size_t i = 0; i < SMALL; i++)
		if (on_device(malloc(16 + i % 1000)))
			return 0;
	EXPECT_SAY("no block is on the device");
	return 1;
}

#define DEFAULT FROM_1M ";+anon,1048576," ANY ",0"

/* Debian 12 has the first, later ones the second: the dynamic linker skips a missing library. */
#define MIMALLOC "libmimalloc.so.2:libmimalloc.so.3"

TEST(mappings_of_another_malloc_are_not_placed_by_anon_rules)
{
	CHECK_INT(under(DEFAULT, "small_blocks"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libjemalloc.so.2", DEFAULT, "small_blocks"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libtcmalloc_minimal.so.4", DEFAULT, "small_blocks"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":" MIMALLOC, DEFAULT, "small_blocks"), ==, 0);
	/* one in front of ours, like a malloc inside the program */
	CHECK_INT(under_preload("libjemalloc.so.2:" PRELOAD_SO, DEFAULT, "small_blocks"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libjemalloc.so.2", PREFER "+anon,1048576," ANY ",0,caller=libjemalloc.so*",
				"asked_for"),
		  ==, 0);
}

/*
 * Valgrind replaces every malloc it finds, unless told to replace only libc's: then the program calls this library, and
 * Valgrind is the malloc behind it, which checks its own blocks and accesses outside of them.
 */
static int under_valgrind(const char *text, const char *scenario)
{
	char self[4096] = "";
	char *argv[] = { (char *)"valgrind",
			 (char *)"-q",
			 (char *)"--soname-synonyms=somalloc=nouserintercepts",
			 (char *)"--error-exitcode=99",
			 self,
			 NULL };
	int status;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return -1;
	setenv(ENV_VALGRIND, "1", 1);
	status = command_under(argv, PRELOAD_SO, text, scenario);
	unsetenv(ENV_VALGRIND);
	return status;
}

TEST(every_call_works_under_valgrind)
{
	CHECK_INT(under_valgrind(WINDOW, "alone"), ==, 0);
	CHECK_INT(under_valgrind(WINDOW, "crowd"), ==, 0);
}

CHECK_MAIN()
