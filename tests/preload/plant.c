/* SPDX-License-Identifier: MIT */
/*
 * plant.c - things that an attacker puts where a trace will be.
 *
 * plant socket PATH: a socket there. plant swap A B: A and B change places until somebody kills it; prints a line
 * first. plant claim FILE r|rw [cut]: writes its own pid into the trace FILE, maps it shared, prints a line and
 * waits; `cut`: makes the file empty half a second later. plant reused FILE: closes standard error, has FILE in its place, and
 * forks a child that allocates. plant stamp FILE PID: the trace FILE says that it is of PID and began just now.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../format/layout.h"

static int put_socket(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	return fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name));
}

static int ready(void)
{
	return puts("ready") < 0 || fflush(stdout);
}

static int swap(const char *a, const char *b)
{
	if (ready())
		return 1;
	while (!renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE))
		;
	perror("renameat2");
	return 1;
}

static int claim(const char *path, int writable, int cut)
{
	uint32_t pid = (uint32_t)getpid();
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || pwrite(fd, &pid, sizeof(pid), offsetof(struct pt_file_header, pid)) != sizeof(pid) || close(fd))
		return 1;
	fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (mmap(NULL, PT_PAGE_BYTES, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0) == MAP_FAILED || ready())
		return 1;
	if (cut) {
		usleep(500000);
		if (truncate(path, 0))
			return 1;
	}
	for (;;)
		pause();
}

static int reuse(const char *path)
{
	void *volatile p;
	int status;
	pid_t pid;

	close(2);
	if (open(path, O_RDWR | O_CREAT | O_TRUNC, 0600) != 2 || write(2, "data\n", 5) != 5)
		return 1;
	pid = fork();
	p = malloc(100);
	free(p);
	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

static int stamp(const char *path, const char *pid_text)
{
	uint32_t pid = (uint32_t)strtoul(pid_text, NULL, 10);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return pwrite(fd, &pid, sizeof(pid), offsetof(struct pt_file_header, pid)) != sizeof(pid) ||
	       pwrite(fd, &now_ns, sizeof(now_ns), offsetof(struct pt_file_header, start_real_ns)) != sizeof(now_ns);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "socket"))
		return put_socket(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "reused"))
		return reuse(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "stamp"))
		return stamp(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "swap"))
		return swap(argv[2], argv[3]);
	if (argc >= 4 && !strcmp(argv[1], "claim"))
		return claim(argv[2], !strcmp(argv[3], "rw"), argc > 4);
	return 2;
}
