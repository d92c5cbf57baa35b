/* SPDX-License-Identifier: MIT */
/*
 * symbols_bench.c - how long analyzer/symbols takes: symbols_bench NR FILE...
 *
 * NR pseudo-random addresses of each file's .text; prints milliseconds to open and to resolve, how
 * many frames came out, how many addresses got a function and a line, and the process's peak.
 * Addresses of padding between functions have neither, so less than all is normal.
 */
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/symbols/symbols.h"

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool find_text(Elf *elf, GElf_Shdr *text)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names) != 0)
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name = NULL;

		if (gelf_getshdr(scn, text))
			name = elf_strptr(elf, names, text->sh_name);
		if (name && strcmp(name, ".text") == 0 && text->sh_size)
			return true;
	}
	return false;
}

static int measure(const char *path, Elf *elf, unsigned long addresses_nr)
{
	const void *id = NULL;
	ssize_t id_bytes = dwelf_elf_gnu_build_id(elf, &id);
	struct pt_symbol_module m = { path, id, id_bytes > 0 ? (size_t)id_bytes : 0 };
	size_t frames_all = 0, named = 0, located = 0;
	enum pt_symbols_state state;
	struct pt_symbols *s;
	struct rusage usage;
	double start, opened;
	GElf_Shdr text;
	uint32_t module;

	if (!find_text(elf, &text) || pt_symbols_init(&s) || pt_symbols_module(s, &m, &module))
		return -1;
	start = now_ms();
	if (pt_symbols_module_state(s, module, &state))
		return -1;
	opened = now_ms();
	srandom(7);
	for (unsigned long i = 0; i < addresses_nr; i++) {
		uint64_t offset = ((uint64_t)random() << 31 | (uint64_t)random()) % text.sh_size;
		const struct pt_frame *frames;
		size_t nr;

		if (pt_symbols_resolve(s, module, text.sh_addr + offset, &frames, &nr))
			return -1;
		frames_all += nr;
		named += frames[0].function != NULL;
		located += frames[0].line != 0;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%s: %s: open %.1f ms, resolve %.1f ms, %zu frames, %zu named, %zu located, "
	       "peak %ld MiB\n",
	       path, pt_symbols_note(state) ? pt_symbols_note(state) : "whole", opened - start,
	       now_ms() - opened, frames_all, named, located, usage.ru_maxrss / 1024);
	pt_symbols_fini(s);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 3;

	elf_version(EV_CURRENT);
	for (int i = 2; i < argc; i++) {
		char *path = realpath(argv[i], NULL);
		int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;

		if (!elf || measure(path, elf, strtoul(argv[1], NULL, 10)) != 0) {
			fprintf(stderr, "symbols_bench: %s: cannot be measured\n", argv[i]);
			failed = 1;
		}
		elf_end(elf);
		if (fd >= 0)
			close(fd);
		free(path);
	}
	return failed;
}
