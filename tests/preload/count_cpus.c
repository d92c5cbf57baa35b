/* SPDX-License-Identifier: MIT */
/*
 * count_cpus.c - one thread that goes from CPU to CPU and knows what it allocates on each.
 *
 *   made FILE CPUS ROUNDS SIGNALS [POINT NTH]
 *              on CPUs that there are not (libpooltrace-faults.so asks this program for its CPU). SIGNALS: of 16 times that the
 *              recorder comes to one of its test points "count-mov...", so many a signal comes, whose handler goes elsewhere,
 *              allocates there, and returns or jumps out of it all. Killed the NTH time it comes to POINT.
 *   forks FILE CPUS ROUNDS SIGNALS
 *              the same; at some of those points it forks instead, and the child ends when what was interrupted is done
 *   true FILE CPUS ROUNDS
 *              on those that there are, the first CPUS, in a thread named "walker"
 *   show FILE  "cpu NR ALLOCS BYTES FREES BYTES" of what was done, then "begun ALLOCS FREES" with what was not, of all
 *
 * The rest of the program is on CPU 999. More than 62 others have no place of their own, the last come first: they are "cpu -2".
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPUS_MAX 200
#define PLACES 62
#define ELSEWHERE 999
#define SLOTS 64
#define DEPTH_MAX 3
#define FORKS_MAX 300

struct count {
	uint64_t allocs, alloc_bytes, frees, free_bytes;
};
static struct truth {
	struct count done[CPUS_MAX];
	uint64_t begun_allocs, begun_frees;
} *volatile truth; /* malloc() is declared not to change what is here */

extern uint32_t pooltrace_test_cpu;
uint32_t pooltrace_test_cpu = ELSEWHERE;
void pooltrace_test_point(const char *name);

static unsigned int seed = 7, signals_wanted, depth, cpus_nr;
static unsigned long nth;
static const char *point = "";
static volatile bool armed;
static volatile bool is_child;
static bool real_cpus, forks;
static unsigned int forks_nr;
static sigjmp_buf out;

static unsigned int some(unsigned int below)
{
	return (unsigned int)rand_r(&seed) % below;
}

/* Without what pthread_atfork() was given: the child has all that the parent had. */
static void fork_here(void)
{
	static struct truth its;
	pid_t pid = _Fork();
	int status = -1;

	if (!pid) {
		alarm(60);
		is_child = true;
		armed = false;
		its = *truth;
		truth = &its;
		pooltrace_test_cpu = (pooltrace_test_cpu + 1) % cpus_nr;
		return;
	}
	forks_nr++;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		_exit(3);
}

void pooltrace_test_point(const char *name)
{
	if (!armed)
		return;
	if (forks && forks_nr < FORKS_MAX && !strncmp(name, "count-mov", 9) && !some(8))
		fork_here();
	if (is_child)
		return;
	if (nth && !strcmp(name, point) && !--nth)
		kill(getpid(), SIGKILL);
	if (!strncmp(name, "count-mov", 9) && depth < DEPTH_MAX && some(16) < signals_wanted)
		raise(SIGUSR1);
}

static void go(unsigned int cpu)
{
	cpu_set_t set;

	pooltrace_test_cpu = cpu;
	if (!real_cpus || cpu == ELSEWHERE)
		return;
	CPU_ZERO(&set);
	CPU_SET((int)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(77);
}

static void *take(size_t size)
{
	const unsigned int cpu = pooltrace_test_cpu;
	void *p;

	truth->begun_allocs++;
	p = malloc(size);
	if (!p)
		_exit(3);
	truth->done[cpu].allocs++;
	truth->done[cpu].alloc_bytes += malloc_usable_size(p);
	return p;
}

static void give(void *p)
{
	const unsigned int cpu = pooltrace_test_cpu;
	const size_t usable = malloc_usable_size(p);

	truth->begun_frees++;
	free(p);
	truth->done[cpu].frees++;
	truth->done[cpu].free_bytes += usable;
}

static void *change(void *p, size_t size)
{
	const unsigned int cpu = pooltrace_test_cpu;
	const size_t usable = malloc_usable_size(p);
	void *q;

	truth->begun_allocs++;
	truth->begun_frees++;
	q = realloc(p, size);
	if (!q)
		_exit(3);
	truth->done[cpu].allocs++;
	truth->done[cpu].alloc_bytes += malloc_usable_size(q);
	truth->done[cpu].frees++;
	truth->done[cpu].free_bytes += usable;
	return q;
}

/* What is interrupted is none of ours until it is done: who jumps out of it leaves its block behind. */
static void step(void **slot)
{
	const size_t size = 1 + some(some(4) ? 1000 : 9000);
	void *p = *slot;

	*slot = NULL;
	if (!p)
		*slot = take(size);
	else if (some(3))
		give(p);
	else
		*slot = change(p, size);
}

static void on_signal(int signal)
{
	const unsigned int cpu = pooltrace_test_cpu;
	void *slot = NULL;

	(void)signal;
	depth++;
	for (unsigned int i = some(4); i; i--) {
		go(some(cpus_nr));
		for (unsigned int k = some(4); k; k--)
			step(&slot);
	}
	if (is_child)
		_exit(0);
	go(cpu);
	depth--;
	if (!some(8))
		siglongjmp(out, 1);
}

static void work(unsigned long rounds)
{
	static void *slots[SLOTS];
	static volatile unsigned long i;

	if (sigsetjmp(out, 1)) {
		depth = 0;
		truth->begun_allocs = truth->begun_frees = 0;
		for (unsigned int k = 0; k < CPUS_MAX; k++) {
			truth->begun_allocs += truth->done[k].allocs;
			truth->begun_frees += truth->done[k].frees;
		}
	}
	go(i < cpus_nr ? (unsigned int)i : 0);
	for (armed = true; i < rounds; i++) {
		if (!some(3))
			go(i < cpus_nr ? (unsigned int)i : some(cpus_nr));
		step(&slots[some(SLOTS)]);
		if (is_child)
			_exit(0);
	}
	armed = false;
	go(ELSEWHERE);
}

static void *walk(void *rounds)
{
	prctl(PR_SET_NAME, "walker");
	work(strtoul(rounds, NULL, 10));
	return NULL;
}

static struct truth *map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *at = fd < 0 || ftruncate(fd, sizeof(*truth)) ? MAP_FAILED :
							     mmap(NULL, sizeof(*truth), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		_exit(2);
	close(fd);
	return at;
}

static int show(void)
{
	for (int i = 0; i < CPUS_MAX; i++) {
		const struct count *c = &truth->done[i];

		if (c->allocs || c->frees)
			printf("cpu %d %lu %lu %lu %lu\n", i, (unsigned long)c->allocs, (unsigned long)c->alloc_bytes,
			       (unsigned long)c->frees, (unsigned long)c->free_bytes);
	}
	printf("begun %lu %lu\n", (unsigned long)truth->begun_allocs, (unsigned long)truth->begun_frees);
	return 0;
}

int main(int argc, char **argv)
{
	const struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };
	pthread_t thread;

	if (argc < 3)
		return 2;
	truth = map(argv[2]);
	if (argc == 3 || argc < 5)
		return show();
	cpus_nr = (unsigned int)atoi(argv[3]);
	real_cpus = !strcmp(argv[1], "true");
	forks = !strcmp(argv[1], "forks");
	if (!cpus_nr || cpus_nr > CPUS_MAX)
		return 2;
	signals_wanted = argc > 5 ? (unsigned int)atoi(argv[5]) : 0;
	point = argc > 7 ? argv[6] : "";
	nth = argc > 7 ? strtoul(argv[7], NULL, 10) : 0;
	sigaction(SIGUSR1, &sa, NULL);
	if (real_cpus)
		return pthread_create(&thread, NULL, walk, argv[4]) || pthread_join(thread, NULL);
	work(strtoul(argv[4], NULL, 10));
	return 0;
}
