/* SPDX-License-Identifier: MIT */
/*
 * closefrom_app.c FILE - closes every descriptor, as daemons do, then writes its own file.
 *
 * A recorder that kept a descriptor would write into FILE from then on, or lose its trace.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void churn(void)
{
	void *live[256] = { NULL };
	unsigned int i;

	for (i = 0; i < 400000; i++) {
		free(live[i % 256]);
		live[i % 256] = malloc(16 + i * 7919u % 5000);
	}
	for (i = 0; i < 256; i++)
		free(live[i]);
}

int main(int argc, char **argv)
{
	char block[512];
	int fd, more, i;

	if (argc != 2)
		return 2;
	churn();
	closefrom(3);
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	more = open("/dev/null", O_WRONLY);
	if (fd != 3 || more != 4)
		return 3;
	for (i = 0; i < 64; i++) {
		memset(block, 'a' + i % 26, sizeof(block));
		if (write(fd, block, sizeof(block)) != sizeof(block))
			return 4;
		if (i % 16 == 0)
			churn();
	}
	return close(fd) || close(more) ? 5 : 0;
}
