// SPDX-License-Identifier: MIT
/* pack_group.c - see pack_group.h. */
#include "pack_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define COLUMN_BYTES_MAX (PT_GROUP_BYTES_MAX + PT_COLUMN_SLACK)
#define DIRECTORY_BYTES_MAX (PT_COLUMN_NR * sizeof(uint32_t) + PT_GROUP_ENTRIES_MAX * sizeof(struct pt_group_entry))
/* What a flush after each column adds at most: a block's header, and the end of a bit stream. */
#define FLUSH_BYTES 32u

static uint8_t *column_start(const struct pt_pack_group *g, unsigned int column)
{
	return g->columns + (size_t)column * COLUMN_BYTES_MAX;
}

static void begin(struct pt_pack_group *g)
{
	for (unsigned int i = 0; i < PT_COLUMN_NR; i++)
		g->at.at[i] = column_start(g, i);
	memset(&g->header, 0, sizeof(g->header));
	g->header.magic = PT_GROUP_MAGIC;
	g->image_bytes = 0;
}

int pt_pack_group_init(struct pt_pack_group *g, FILE *out, int level)
{
	memset(g, 0, sizeof(*g));
	g->out = out;
	g->packed_max = sizeof(g->header) + ZSTD_compressBound(DIRECTORY_BYTES_MAX) + ZSTD_compressBound(PT_GROUP_BYTES_MAX) +
			(PT_COLUMN_NR + 1) * FLUSH_BYTES;
	g->columns = malloc(PT_COLUMN_NR * COLUMN_BYTES_MAX);
	g->packed = malloc(g->packed_max);
	g->zstd = ZSTD_createCCtx();
	if (!g->columns || !g->packed || !g->zstd)
		return -PT_ENOMEM;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(g->zstd, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(g->zstd, ZSTD_c_checksumFlag, 1)))
		return -PT_EINVAL;
	begin(g);
	return 0;
}

void pt_pack_group_fini(struct pt_pack_group *g)
{
	ZSTD_freeCCtx(g->zstd);
	free(g->columns);
	free(g->packed);
}

int pt_pack_write(struct pt_pack_group *g, const void *bytes, size_t nr)
{
	if (nr && fwrite(bytes, nr, 1, g->out) != 1)
		return -PT_EIO;
	g->written_bytes += nr;
	return 0;
}

size_t pt_pack_frame(struct pt_pack_group *g, const void *data, size_t bytes)
{
	size_t n = ZSTD_compress2(g->zstd, g->packed, g->packed_max, data, bytes);

	return ZSTD_isError(n) ? 0 : n;
}

/* The columns as one frame, in which each begins a new block, behind `used` bytes of g->packed. Its length, 0 when there is no
 * memory. */
static size_t pack_columns(struct pt_pack_group *g, size_t used)
{
	ZSTD_outBuffer out = { g->packed + used, g->packed_max - used, 0 };
	ZSTD_inBuffer in = { NULL, 0, 0 };
	size_t left;

	ZSTD_CCtx_reset(g->zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(g->zstd, g->header.unpacked_bytes);
	for (unsigned int i = 0; i < PT_COLUMN_NR; i++) {
		in = (ZSTD_inBuffer){ column_start(g, i), (size_t)(g->at.at[i] - column_start(g, i)), 0 };
		if (!in.size)
			continue;
		left = ZSTD_compressStream2(g->zstd, &out, &in, ZSTD_e_flush);
		if (left) /* an error, or no room: but there is */
			return 0;
	}
	in = (ZSTD_inBuffer){ NULL, 0, 0 };
	left = ZSTD_compressStream2(g->zstd, &out, &in, ZSTD_e_end);
	return left ? 0 : out.pos;
}

/* The directory in front of the columns: g->header gets its length, g->packed both. */
static size_t pack_directory(struct pt_pack_group *g)
{
	uint8_t directory[DIRECTORY_BYTES_MAX];
	size_t bytes = PT_COLUMN_NR * sizeof(uint32_t);

	for (unsigned int i = 0; i < PT_COLUMN_NR; i++) {
		uint32_t column = (uint32_t)(g->at.at[i] - column_start(g, i));

		memcpy(directory + i * sizeof(column), &column, sizeof(column));
		g->header.unpacked_bytes += column;
	}
	memcpy(directory + bytes, g->entries, g->header.entries_nr * sizeof(g->entries[0]));
	bytes += g->header.entries_nr * sizeof(g->entries[0]);
	g->header.directory_bytes = (uint32_t)pt_pack_frame(g, directory, bytes);
	return bytes;
}

static int write_padding(struct pt_pack_group *g)
{
	static const uint8_t zeros[4096];
	uint32_t left = g->header.padding_bytes;
	int err = 0;

	while (!err && left) {
		uint32_t n = left < sizeof(zeros) ? left : (uint32_t)sizeof(zeros);

		err = pt_pack_write(g, zeros, n);
		left -= n;
	}
	return err;
}

int pt_pack_flush(struct pt_pack_group *g)
{
	struct pt_group_header *h = &g->header;
	size_t unpacked, packed;
	int err;

	if (!h->entries_nr)
		return 0;
	unpacked = pack_directory(g) + h->unpacked_bytes;
	h->columns_bytes = (uint32_t)pack_columns(g, h->directory_bytes);
	if (!h->directory_bytes || !h->columns_bytes)
		return -PT_ENOMEM;
	packed = sizeof(*h) + h->directory_bytes + h->columns_bytes;
	if (unpacked > PT_PACKED_RATIO_MAX * packed)
		h->padding_bytes = (uint32_t)((unpacked + PT_PACKED_RATIO_MAX - 1) / PT_PACKED_RATIO_MAX - packed);
	err = pt_pack_write(g, h, sizeof(*h));
	if (!err)
		err = pt_pack_write(g, g->packed, h->directory_bytes + h->columns_bytes);
	if (!err)
		err = write_padding(g);
	begin(g);
	return err;
}

int pt_pack_end(struct pt_pack_group *g)
{
	int err = pt_pack_flush(g);

	g->header.kind = PT_GROUP_END;
	if (!err)
		err = pt_pack_write(g, &g->header, sizeof(g->header));
	return err;
}

/* Bytes up to the zeros at the end. */
static uint32_t stored_bytes(const uint8_t *image, uint32_t bytes)
{
	static const uint8_t zeros[256];

	while (bytes >= sizeof(zeros) && !memcmp(image + bytes - sizeof(zeros), zeros, sizeof(zeros)))
		bytes -= (uint32_t)sizeof(zeros);
	while (bytes && !image[bytes - 1])
		bytes--;
	return bytes;
}

int pt_pack_add(struct pt_pack_group *g, enum pt_group_kind kind, uint64_t page, const uint8_t *image, uint32_t image_bytes)
{
	const uint8_t *end = image + stored_bytes(image, image_bytes);
	struct pt_group_entry *e;
	int err = 0;

	if (g->header.entries_nr == PT_GROUP_ENTRIES_MAX || image_bytes > PT_GROUP_BYTES_MAX - g->image_bytes ||
	    (g->header.entries_nr && g->header.kind != kind))
		err = pt_pack_flush(g);
	if (err)
		return err;
	e = &g->entries[g->header.entries_nr++];
	*e = (struct pt_group_entry){ .page = page, .image_bytes = image_bytes };
	g->header.kind = kind;
	g->image_bytes += image_bytes;
	if (kind != PT_GROUP_PAGES) {
		memcpy(&e->head, image, sizeof(e->head));
		image += sizeof(e->head);
	}
	if (kind == PT_GROUP_CHUNKS && end > image)
		e->split_bytes = (uint32_t)pt_columns_split(&g->at, image, end);
	image += e->split_bytes;
	if (end > image) {
		e->rest_bytes = (uint32_t)(end - image);
		memcpy(g->at.at[PT_COLUMN_REST], image, e->rest_bytes);
		g->at.at[PT_COLUMN_REST] += e->rest_bytes;
	}
	return 0;
}
