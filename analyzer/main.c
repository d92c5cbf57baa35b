// SPDX-License-Identifier: MIT
/*
 * main.c - pooltrace: finds the command and runs it.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

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
