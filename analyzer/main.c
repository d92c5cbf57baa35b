// SPDX-License-Identifier: MIT
/*
 * main.c - pooltrace: finds the command and runs it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* A descriptor below 3 that nobody gave us would be the next file that is opened, and complaints would go into it.
 * What is put there refuses what a closed one refuses, and is closed for the program that `record` runs. */
static void fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd < 3);
	if (fd >= 3)
		close(fd);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	fill_descriptors();
	if (!name)
		return pt_fail(
			NULL,
			"no command; try: pooltrace record -- CMD, pooltrace report TRACE, pooltrace --help");
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return cmd_help(1, argv + 1);
	if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		return cmd_version(1, argv + 1);
	for (const struct pt_cmd *c = pt_cmds; c->name; c++)
		if (!strcmp(c->name, name))
			return c->run(argc - 1, argv + 1);
	return pt_fail(NULL, "no command '%s'; see pooltrace --help", name);
}
