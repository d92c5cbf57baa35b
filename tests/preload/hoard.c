/* SPDX-License-Identifier: MIT */
/*
 * hoard.c [--log FILE] - threads that hoard memory in known ways.
 *
 *   hoarder    allocates 64 MiB of 4 KiB buffers, frees all of them, then sits idle
 *   producer   allocates messages; consumer frees them (one thread allocates, another frees)
 *   starved    wants buffers of the hoarder's size afterwards and gets new memory
 *   bursty     a burst of allocations, all freed, then quiet
 *
 * With --log, every call is written down in the order in which it happened (a lock around
 * call and log entry makes that order known), for hoard_oracle.c to replay. Log entries go
 * into a mapping and not through malloc. Sizes are 16n+8, which is what glibc really gives,
 * so "requested" and "usable" are the same; each thread keeps a last block in use and
 * trimming is off, so no page goes back to the system behind anybody's back.
 */
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES 4104u /* 16n+8 */
#define HOARD_NR 16384u	   /* 64 MiB of them */
#define MESSAGES_NR 20000u
#define STARVED_NR 2000u
#define BURST_NR 6000u
#define LOG_MAX 200000u

struct entry {
	char op; /* 'a' allocation, 'f' free, 'r' realloc */
	int tid;
	int cpu;
	uintptr_t addr;
	uintptr_t old_addr;
	size_t size;
	const char *site;
};

static struct entry *entries;
static size_t entries_nr;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t stage;
static __thread int my_tid;
static __thread int my_cpu;

static void enter(void)
{
	if (entries)
		pthread_mutex_lock(&order);
}

static void leave(char op, uintptr_t addr, uintptr_t old_addr, size_t size, const char *site)
{
	if (!entries)
		return;
	if (entries_nr == LOG_MAX)
		abort();
	entries[entries_nr++] =
		(struct entry){ op, my_tid, my_cpu, addr, old_addr, size, site };
	pthread_mutex_unlock(&order);
}

/* Macros, so that the innermost frame of a site is the function that the log names. */
#define take(size)                                                      \
	({                                                              \
		void *got_;                                             \
                                                                        \
		enter();                                                \
		got_ = malloc(size);                                    \
		if (!got_)                                              \
			abort();                                        \
		leave('a', (uintptr_t)got_, 0, size, __func__);         \
		memset(got_, 1, size);                                  \
		got_;                                                   \
	})

#define resize(old, size)                                               \
	({                                                              \
		uintptr_t was_ = (uintptr_t)(old);                      \
		void *got_;                                             \
                                                                        \
		enter();                                                \
		got_ = realloc(old, size);                              \
		if (!got_)                                              \
			abort();                                        \
		leave('r', (uintptr_t)got_, was_, size, __func__);      \
		got_;                                                   \
	})

static void give(void *p)
{
	uintptr_t addr = (uintptr_t)p;

	enter();
	free(p);
	leave('f', addr, 0, 0, "");
}

/* Thread n runs on CPU n modulo the number there are, before its first allocation. */
static void settle(const char *name, unsigned int nth)
{
	cpu_set_t all, one;
	unsigned int want, cpu;

	my_tid = (int)syscall(SYS_gettid);
	pthread_setname_np(pthread_self(), name);
	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	want = nth % (unsigned int)CPU_COUNT(&all);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && want-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	my_cpu = (int)cpu;
}

static void rest_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void *buffers[HOARD_NR];

__attribute__((noinline)) static void fill_hoard(void)
{
	unsigned int i;

	for (i = 0; i < HOARD_NR; i++)
		buffers[i] = take(BUFFER_BYTES);
}

static void *hoarder(void *arg)
{
	unsigned int i;

	settle("hoarder", 0);
	pthread_barrier_wait(&stage);
	fill_hoard();
	arg = take(BUFFER_BYTES); /* the plug: nothing behind it can be trimmed */
	for (i = 0; i < HOARD_NR; i++)
		give(buffers[i]);
	pthread_barrier_wait(&stage);
	pthread_barrier_wait(&stage);
	return arg;
}

static _Atomic(void *) mailbox[64];

__attribute__((noinline)) static void *make_message(unsigned int i)
{
	return take(88 + 16 * (i % 40));
}

static void *producer(void *arg)
{
	unsigned int i;

	settle("producer", 1);
	pthread_barrier_wait(&stage);
	for (i = 0; i < MESSAGES_NR; i++) {
		void *p = make_message(i);

		if (i % 16 == 0)
			p = resize(p, 1208);
		while (atomic_load(&mailbox[i % 64]))
			sched_yield();
		atomic_store(&mailbox[i % 64], p);
	}
	arg = take(1000);
	pthread_barrier_wait(&stage);
	pthread_barrier_wait(&stage);
	return arg;
}

static void *consumer(void *arg)
{
	unsigned int i;

	settle("consumer", 0);
	pthread_barrier_wait(&stage);
	for (i = 0; i < MESSAGES_NR; i++) {
		void *p;

		while (!(p = atomic_exchange(&mailbox[i % 64], NULL)))
			sched_yield();
		if (i % 1000 != 0) /* every thousandth message is forgotten: a leak */
			give(p);
	}
	pthread_barrier_wait(&stage);
	pthread_barrier_wait(&stage);
	return arg;
}

static void *kept[STARVED_NR];

__attribute__((noinline)) static void want_buffers(void)
{
	unsigned int i;

	for (i = 0; i < STARVED_NR; i++)
		kept[i] = take(BUFFER_BYTES);
}

static void *starved(void *arg)
{
	settle("starved", 1);
	pthread_barrier_wait(&stage);
	pthread_barrier_wait(&stage); /* now the hoarder's buffers lie idle */
	rest_ms(20);
	want_buffers();
	pthread_barrier_wait(&stage);
	return arg;
}

static void *bursty(void *arg)
{
	static void *burst[BURST_NR];
	unsigned int i;

	settle("bursty", 0);
	pthread_barrier_wait(&stage);
	for (i = 0; i < BURST_NR; i++)
		burst[i] = take(200 + 16 * (i % 64));
	arg = take(1000);
	for (i = 0; i < BURST_NR; i++)
		give(burst[i]);
	pthread_barrier_wait(&stage);
	pthread_barrier_wait(&stage);
	return arg;
}

static int write_log(const char *path)
{
	FILE *f = fopen(path, "w");
	size_t i;

	if (!f)
		return -1;
	for (i = 0; i < entries_nr; i++) {
		struct entry *e = &entries[i];

		fprintf(f, "%c %d %d %" PRIxPTR " %" PRIxPTR " %zu %s\n", e->op, e->tid, e->cpu,
			e->addr, e->old_addr, e->size, e->site[0] ? e->site : "-");
	}
	return fclose(f);
}

int main(int argc, char **argv)
{
	static void *(*const roles[])(void *) = { hoarder, producer, consumer, starved, bursty };
	const unsigned int roles_nr = sizeof(roles) / sizeof(roles[0]);
	pthread_t threads[8];
	unsigned int i;

	mallopt(M_TRIM_THRESHOLD, INT32_MAX);
	if (argc == 3 && strcmp(argv[1], "--log") == 0) {
		entries = mmap(NULL, LOG_MAX * sizeof(*entries), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (entries == MAP_FAILED)
			return 2;
	} else if (argc != 1) {
		return 2;
	}
	pthread_barrier_init(&stage, NULL, roles_nr);
	for (i = 0; i < roles_nr; i++)
		if (pthread_create(&threads[i], NULL, roles[i], NULL))
			return 2;
	for (i = 0; i < roles_nr; i++)
		pthread_join(threads[i], NULL);
	rest_ms(100); /* quiet */
	return entries ? write_log(argv[2]) : 0;
}
