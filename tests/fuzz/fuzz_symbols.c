// SPDX-License-Identifier: MIT
/*
 * fuzz_symbols.c - libFuzzer: any bytes, read as the program or library that a trace names.
 *
 * Asked are addresses around the entry point, around each of the first symbols, and any that the last bytes
 * say: functions and lines, the type that a call makes, the fields of every type that was told and of some that
 * were not, and variables.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/symbols/types.h"
#include "fuzz.h"

#define ADDRESSES_MAX 48u

struct asked {
	struct pt_symbols *s;
	uint32_t id;
	uint64_t seen; /* so that nothing is optimised away */
};

static void text(struct asked *a, const char *t)
{
	if (t)
		a->seen += strlen(t);
}

static void fields(struct asked *a, const char *type)
{
	const char *name;

	for (uint64_t offset = 0; offset < 256; offset += 8) {
		if (pt_symbols_field(a->s, a->id, type, offset, &name))
			abort();
		text(a, name);
	}
}

static void types(struct asked *a, uint64_t vaddr)
{
	static const uint64_t sizes[] = { 8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 152 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *type;

		if (pt_symbols_type(a->s, a->id, vaddr, sizes[i], &type))
			abort();
		if (!type)
			continue;
		text(a, type);
		fields(a, type);
	}
}

static void ask(struct asked *a, uint64_t vaddr)
{
	const struct pt_frame *frames;
	const char *name;
	uint64_t offset;
	size_t nr;

	if (pt_symbols_resolve(a->s, a->id, vaddr, &frames, &nr) || !nr)
		abort();
	for (size_t i = 0; i < nr; i++) {
		text(a, frames[i].function);
		text(a, frames[i].file);
		text(a, frames[i].module);
	}
	if (pt_symbols_variable(a->s, a->id, vaddr, &name, &offset))
		abort();
	text(a, name);
	types(a, vaddr);
}

/* Values of what may be symbols: the section headers say where, as far as they can be believed. */
static size_t symbols(const uint8_t *data, size_t size, uint64_t *out, size_t max)
{
	Elf64_Ehdr h;
	size_t nr = 0;

	if (size < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	out[nr++] = h.e_entry;
	for (uint64_t i = 0; i < h.e_shnum && i < 64; i++) {
		uint64_t at = h.e_shoff + i * sizeof(Elf64_Shdr);
		Elf64_Shdr section;

		if (at > size || size - at < sizeof(section))
			break;
		memcpy(&section, data + at, sizeof(section));
		for (uint64_t j = 0; section.sh_type == SHT_SYMTAB && j < 64; j++) {
			Elf64_Sym symbol;

			at = section.sh_offset + j * sizeof(symbol);
			if (at > size || size - at < sizeof(symbol) || nr + 2 > max)
				break;
			memcpy(&symbol, data + at, sizeof(symbol));
			out[nr++] = symbol.st_value;
			out[nr++] = symbol.st_value + symbol.st_size / 2;
		}
	}
	return nr;
}

/* The build-id that a recorder would have found there: another, and the file is not used at all. */
static void build_id(const uint8_t *data, size_t size, struct pt_symbol_module *m)
{
	static const char note[] = "\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU"; /* with its NUL */
	const uint8_t *at = size ? memmem(data, size, note, sizeof(note)) : NULL;

	if (at && (size_t)(data + size - at) >= sizeof(note) + 20) {
		m->build_id = at + sizeof(note);
		m->build_id_bytes = 20;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "struct conn", "struct link", "pair_t", "union value", "" };
	uint64_t addresses[ADDRESSES_MAX];
	size_t nr = symbols(data, size, addresses, ADDRESSES_MAX - 1);
	struct asked a = { NULL, 0, 0 };
	char path[FUZZ_PATH_BYTES];
	int fd = fuzz_file(data, size, path);
	struct pt_symbol_module m = { path, NULL, 0 };
	enum pt_symbols_state state;

	build_id(data, size, &m);
	if (size >= 8)
		memcpy(&addresses[nr++], data + size - 8, 8);
	if (pt_symbols_init(&a.s) || pt_symbols_set_debug_root(a.s, "/nonexistent") ||
	    pt_symbols_module(a.s, &m, &a.id) || pt_symbols_module_state(a.s, a.id, &state))
		abort();
	for (size_t i = 0; i < nr; i++)
		ask(&a, addresses[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fields(&a, names[i]);
	pt_symbols_fini(a.s);
	close(fd);
	return 0;
}
