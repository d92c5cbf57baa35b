/* SPDX-License-Identifier: MIT */
/* unwinder_pipe.c - see unwinder_pipe.h. */
#include "unwinder_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "sys.h"
#include "text.h"

bool pt_unwinder_next_descriptors(int fds[2])
{
	unsigned int nr = 0;
	long r;
	int fd;

	for (fd = 0; nr < 2; fd++) {
		r = pt_sys3(SYS_fcntl, fd, F_GETFD, 0);
		if (r == -EBADF)
			fds[nr++] = fd;
		else if (r < 0)
			return false;
	}
	return true;
}

/* When nobody says it is taken for one: the number was free a moment ago. */
static bool is_pipe(int fd)
{
	char path[40], to[8] = "";
	struct pt_text t;
	struct stat st;
	long r = pt_sys3(SYS_fstat, fd, (long)&st, 0);

	if (!r || r == -EBADF)
		return !r && S_ISFIFO(st.st_mode);
	pt_text_init(&t, path, sizeof(path));
	pt_text_put(&t, "/proc/self/fd/");
	pt_text_put_number(&t, (uint64_t)fd, 10);
	return pt_sys_readlink(path, to, sizeof(to)) < 0 || !memcmp(to, "pipe", 4);
}

void pt_unwinder_close_pipe(const int fds[2])
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (is_pipe(fds[i]))
			pt_sys_close(fds[i]);
}
