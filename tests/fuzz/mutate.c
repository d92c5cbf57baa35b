// SPDX-License-Identifier: MIT
/*
 * mutate.c - libFuzzer's mutations where a trace has its records.
 *
 * A trace is pages, most of them zero: of ten blind changes nine hit padding. Half of the time one chunk is
 * chosen, and only what it really holds (and a little behind it) is changed, its header one time in eight; at
 * times a chunk is repeated. Else the bytes are changed blindly.
 */
#include <stdlib.h>
#include <string.h>

#include "../../format/layout.h"
#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define BEHIND 32u /* bytes after the last record that a change may grow into */

static unsigned int drawn(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* One page after the header, repeated behind the last: what was of one thread comes twice. */
static size_t repeat(uint8_t *data, size_t size, size_t max_size, size_t page)
{
	struct pt_file_header *h = (struct pt_file_header *)(void *)data;
	uint64_t cursor;

	size -= size % PT_PAGE_BYTES;
	if (size + PT_PAGE_BYTES > max_size)
		return size;
	memcpy(data + size, data + page * PT_PAGE_BYTES, PT_PAGE_BYTES);
	cursor = size / PT_PAGE_BYTES + 1;
	memcpy(&h->cursor_pages, &cursor, sizeof(cursor));
	return size + PT_PAGE_BYTES;
}

static void change(uint8_t *page, unsigned int *state)
{
	uint8_t bytes[PT_PAGE_BYTES];
	size_t from = sizeof(struct pt_chunk_header), used = PT_PAGE_BYTES, nr, room;

	while (used > from && !page[used - 1])
		used--;
	if (!(drawn(state) % 8)) {
		used = from;
		from = 0;
	} else if (used > from + 64 && drawn(state) % 2) {
		from += drawn(state) % (used - from);
	}
	nr = used - from;
	room = nr + BEHIND < PT_PAGE_BYTES - from ? nr + BEHIND : PT_PAGE_BYTES - from;
	if (!from)
		room = nr;
	memcpy(bytes, page + from, nr);
	nr = LLVMFuzzerMutate(bytes, nr, room);
	memset(page + from, 0, used - from);
	memcpy(page + from, bytes, nr);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	unsigned int state = seed;
	size_t pages = size / PT_PAGE_BYTES, page;

	if (pages < 2 || !(drawn(&state) % 2))
		return LLVMFuzzerMutate(data, size, max_size);
	page = 1 + drawn(&state) % (pages - 1);
	if (!(drawn(&state) % 16))
		return repeat(data, size, max_size, page);
	change(data + page * PT_PAGE_BYTES, &state);
	return size;
}
