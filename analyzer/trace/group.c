// SPDX-License-Identifier: MIT
/*
 * group.c - one group of a packed trace: directory, columns, and the image that they make.
 *
 * zstd gets a buffer of the length that the group names and was checked for, so it never writes, and we never
 * allocate, more than PT_GROUP_BYTES_MAX for a group. Its checksum is looked at before a byte is used.
 */
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "packed_parts.h"
#include "source.h"

#define DIRECTORY_BYTES(entries_nr) (PT_COLUMN_NR * sizeof(uint32_t) + (entries_nr) * sizeof(struct pt_group_entry))

bool pt_group_is_one(const struct pt_group_header *g, uint64_t left_bytes)
{
	const uint64_t bytes = (uint64_t)sizeof(*g) + g->directory_bytes + g->columns_bytes + g->padding_bytes;

	if (g->magic != PT_GROUP_MAGIC || bytes > left_bytes)
		return false;
	if (g->kind == PT_GROUP_END)
		return true;
	return g->kind >= PT_GROUP_CHUNKS && g->kind <= PT_GROUP_PAGES && g->entries_nr &&
	       g->entries_nr <= PT_GROUP_ENTRIES_MAX && g->unpacked_bytes <= PT_GROUP_BYTES_MAX &&
	       DIRECTORY_BYTES(g->entries_nr) + g->unpacked_bytes <= PT_PACKED_RATIO_MAX * bytes;
}

/* The frame of `bytes` at `at`, unpacked to exactly `out_bytes`. */
static int unpack_frame(struct pt_packed *p, uint64_t at, uint32_t bytes, void *out, size_t out_bytes)
{
	int64_t n;

	if (bytes > p->frame_max) {
		uint8_t *frame = realloc(p->frame, bytes);

		if (!frame)
			return -PT_ENOMEM;
		p->frame = frame;
		p->frame_max = bytes;
	}
	n = pt_file_read(p->fd, p->frame, bytes, at);
	if (n < 0)
		return (int)n;
	if (n < (int64_t)bytes) /* it was cut since we looked */
		return -PT_ECORRUPT;
	return ZSTD_decompressDCtx(p->zstd, out, out_bytes, p->frame, bytes) == out_bytes ? 0 : -PT_ECORRUPT;
}

int pt_group_directory(struct pt_packed *p, const struct pt_group_header *g, uint64_t at)
{
	struct pt_group_directory *d = &p->directory;
	uint64_t columns = 0, rest = 0, split = 0, image = 0;
	int err = unpack_frame(p, at + sizeof(*g), g->directory_bytes, d, DIRECTORY_BYTES(g->entries_nr));

	if (err)
		return err;
	for (unsigned int i = 0; i < PT_COLUMN_NR; i++)
		columns += d->columns[i];
	for (uint32_t i = 0; i < g->entries_nr; i++) {
		const struct pt_group_entry *e = &d->entries[i];

		split += e->split_bytes;
		rest += e->rest_bytes;
		image += e->image_bytes;
		if (pt_entry_stored(g->kind, e) > e->image_bytes)
			return -PT_ECORRUPT;
	}
	return columns == g->unpacked_bytes && split + rest == columns && rest == d->columns[PT_COLUMN_REST] &&
			       image <= PT_GROUP_BYTES_MAX ?
		       0 :
		       -PT_ECORRUPT;
}

/* The image from p->directory and p->columns. */
static int join(struct pt_packed *p, const struct pt_group_header *g, uint8_t *image)
{
	struct pt_columns c;
	uint8_t *at = p->columns;

	for (unsigned int i = 0; i < PT_COLUMN_NR; i++) {
		c.at[i] = at;
		c.end[i] = at += p->directory.columns[i];
	}
	for (uint32_t i = 0; i < g->entries_nr; i++) {
		const struct pt_group_entry *e = &p->directory.entries[i];

		if (g->kind != PT_GROUP_PAGES) {
			memcpy(image, &e->head, sizeof(e->head));
			image += sizeof(e->head);
		}
		if (!pt_columns_join(&c, image, e->split_bytes))
			return -PT_ECORRUPT;
		image += e->split_bytes;
		memcpy(image, c.at[PT_COLUMN_REST], e->rest_bytes);
		c.at[PT_COLUMN_REST] += e->rest_bytes;
		image += e->rest_bytes;
	}
	return 0;
}

/* Gives up images that were not read from for longest, until one of `bytes` more has room. */
static void make_room(struct pt_packed *p, uint32_t bytes)
{
	while (p->kept_bytes && p->kept_bytes + bytes > p->kept_max_bytes) {
		struct pt_packed_group *oldest = NULL;

		for (uint32_t i = 0; i < p->groups_nr; i++) {
			struct pt_packed_group *g = &p->groups[i];

			if (g->image && (!oldest || g->used_at < oldest->used_at))
				oldest = g;
		}
		p->kept_bytes -= oldest->image_bytes;
		free(oldest->image);
		oldest->image = NULL;
	}
}

static int unpack(struct pt_packed *p, struct pt_packed_group *group)
{
	struct pt_group_header g;
	uint32_t bytes = 0;
	int err = -PT_ECORRUPT;
	int64_t n = pt_file_read(p->fd, &g, sizeof(g), group->at);

	if (n < 0)
		return (int)n;
	if (n == (int64_t)sizeof(g) && pt_group_is_one(&g, p->file_bytes - group->at))
		err = pt_group_directory(p, &g, group->at);
	if (!err && !p->columns) {
		p->columns = malloc(PT_GROUP_BYTES_MAX + PT_COLUMN_SLACK);
		err = p->columns ? 0 : -PT_ENOMEM;
	}
	if (!err)
		err = unpack_frame(p, group->at + sizeof(g) + g.directory_bytes, g.columns_bytes, p->columns, g.unpacked_bytes);
	if (err)
		return err;
	for (uint32_t i = 0; i < g.entries_nr; i++)
		bytes += (uint32_t)pt_entry_stored(g.kind, &p->directory.entries[i]);
	make_room(p, bytes);
	group->image = malloc(bytes + PT_COLUMN_SLACK);
	if (!group->image)
		return -PT_ENOMEM;
	group->image_bytes = bytes;
	p->kept_bytes += bytes;
	return join(p, &g, group->image);
}

int pt_group_unpack(struct pt_packed *p, uint32_t number)
{
	struct pt_packed_group *group = &p->groups[number];
	int err;

	group->used_at = ++p->reads;
	if (group->damaged)
		return -PT_ECORRUPT;
	if (group->image)
		return 0;
	err = unpack(p, group);
	if (err && group->image) {
		p->kept_bytes -= group->image_bytes;
		free(group->image);
		group->image = NULL;
	}
	group->damaged = err == -PT_ECORRUPT;
	return err;
}
