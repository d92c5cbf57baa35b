/* SPDX-License-Identifier: MIT */
/*
 * light_points.c FILE POINT NTH - threads named "short", one after the other, of 10 allocations each; dies by SIGKILL the
 * NTH time the recorder comes to its test point POINT.
 *
 * FILE gets two numbers of 8 bytes: allocations of such threads that were begun, and that returned.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define THREADS_MAX 2000

static volatile uint64_t *counts;
static const char *point;
static unsigned long nth;

void pooltrace_test_point(const char *name);
void pooltrace_test_point(const char *name)
{
	if (nth && !strcmp(name, point) && !--nth)
		kill(getpid(), SIGKILL);
}

static void *work(void *arg)
{
	prctl(PR_SET_NAME, "short");
	for (int i = 0; i < 10; i++) {
		void *volatile p;

		counts[0]++;
		p = malloc(100);
		(void)p;
		counts[1]++;
	}
	return arg;
}

int main(int argc, char **argv)
{
	int fd = argc == 4 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
	pthread_t thread;

	if (fd < 0 || ftruncate(fd, 4096))
		return 2;
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (counts == MAP_FAILED)
		return 2;
	point = argv[2];
	nth = strtoul(argv[3], NULL, 10);
	for (int i = 0; i < THREADS_MAX; i++) {
		if (pthread_create(&thread, NULL, work, NULL))
			return 2;
		pthread_join(thread, NULL);
	}
	return 1; /* it never came to the point so often */
}
