// SPDX-License-Identifier: MIT
/*
 * help.c - pooltrace help, pooltrace version.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

static void print_overview(void)
{
	fputs("Usage: pooltrace COMMAND [OPTION]... [ARGUMENT]...\n\n"
	      "Records every heap event of an unmodified program, and says who hoards memory:\n"
	      "which thread, CPU and call site holds freed blocks that nobody uses, and what\n"
	      "that costs.\n\n"
	      "Commands:\n",
	      stdout);
	for (const struct pt_cmd *c = pt_cmds; c->name; c++)
		printf("  %-9s %s\n", c->name, c->summary);
	fputs("\n"
	      "Examples:\n"
	      "  pooltrace record -o server.ptrace -- ./server --port 80\n"
	      "        Run the server as it would run, and write what its heap does to a file.\n"
	      "  pooltrace report server.ptrace\n"
	      "        Read that file, now or while the server still runs: the first lines say\n"
	      "        what is wrong and where, or that nothing is.\n\n"
	      "`pooltrace COMMAND --help` says more about a command, `man pooltrace` of all.\n",
	      stdout);
}

int cmd_help(int argc, char **argv)
{
	char option[] = "--help";

	for (const struct pt_cmd *c = pt_cmds; argc > 1 && c->name; c++) {
		char *arguments[] = { argv[1], option, NULL };

		if (!strcmp(c->name, argv[1]) && c->run != cmd_help && c->run != cmd_version)
			return c->run(2, arguments);
	}
	if (argc > 1 && argv[1][0] != '-' && strcmp(argv[1], "help") != 0 &&
	    strcmp(argv[1], "version") != 0)
		return pt_fail(NULL, "no command '%s'; see pooltrace help", argv[1]);
	print_overview();
	return pt_flush();
}

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("pooltrace " PT_VERSION_STRING);
	return pt_flush();
}
