/* SPDX-License-Identifier: MIT */
/*
 * kill_loop.c NR LIBRARY FOLDER VICTIM - SIGKILL the traced victim at NR random instants.
 *
 * Prints a line for each: "pid allocations_done allocations_begun frees_done frees_begun". The
 * traces are FOLDER/PID.ptrace. Instants are spread over the first 30 ms after exec, so some
 * fall into the start of the process and of its threads.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kill_slots.h"

#define INSTANT_US_MAX 30000

static pid_t start(const char *library, const char *folder, const char *victim, const char *shared)
{
	pid_t pid = fork();
	char pattern[4096];

	if (pid)
		return pid;
	snprintf(pattern, sizeof(pattern), "%s/%%p.ptrace", folder);
	setenv("LD_PRELOAD", library, 1);
	setenv("POOLTRACE_OUTPUT", pattern, 1);
	execl(victim, victim, shared, (char *)NULL);
	_exit(127);
}

static void print_slots(pid_t pid, const struct kill_slot *slots)
{
	uint64_t sums[4] = { 0 };
	int i;

	for (i = 0; i < KILL_SLOTS_NR; i++) {
		sums[0] += slots[i].allocations_done;
		sums[1] += slots[i].allocations_begun;
		sums[2] += slots[i].frees_done;
		sums[3] += slots[i].frees_begun;
	}
	printf("%d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", (int)pid, sums[0], sums[1], sums[2],
	       sums[3]);
}

int main(int argc, char **argv)
{
	unsigned int seed = (unsigned int)time(NULL);
	struct kill_slot *slots;
	char shared[4096];
	int fd, i, nr, status;

	if (argc != 5)
		return 2;
	nr = atoi(argv[1]);
	snprintf(shared, sizeof(shared), "%s/slots", argv[3]);
	fd = open(shared, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, KILL_SLOTS_BYTES))
		return 2;
	slots = mmap(NULL, KILL_SLOTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (slots == MAP_FAILED)
		return 2;
	fprintf(stderr, "kill_loop: seed %u\n", seed);
	for (i = 0; i < nr; i++) {
		struct timespec t = { 0, (long)(rand_r(&seed) % INSTANT_US_MAX) * 1000 };
		pid_t pid;

		memset(slots, 0, KILL_SLOTS_BYTES);
		pid = start(argv[2], argv[3], argv[4], shared);
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
			fprintf(stderr, "kill_loop: the victim died by itself: status %d\n", status);
			return 1;
		}
		print_slots(pid, slots);
	}
	return 0;
}
