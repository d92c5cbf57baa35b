// SPDX-License-Identifier: MIT
/*
 * graph_words.c - what the things of a snapshot are called. No word here depends on the format.
 */
#include "graph_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

static const char *name_of(const char *const *names, size_t names_nr, size_t i)
{
	return i < names_nr && names[i] ? names[i] : "unknown";
}

const char *pt_graph_root_name(unsigned int kind)
{
	static const char *const names[PT_ROOT_NR] = {
		[PT_ROOT_STATIC] = "static", [PT_ROOT_STACK] = "stack",
		[PT_ROOT_STALE] = "stale",   [PT_ROOT_TLS] = "tls",
		[PT_ROOT_REGISTER] = "register", [PT_ROOT_MAPPED] = "mapped",
		[PT_ROOT_POOL] = "pool",
	};

	return name_of(names, PT_ROOT_NR, kind);
}

const char *pt_graph_why_name(unsigned int why)
{
	static const char *const names[PT_SNAP_WHY_NR] = {
		[PT_SNAP_CALL] = "call",   [PT_SNAP_EXIT] = "exit", [PT_SNAP_SIGNAL] = "signal",
		[PT_SNAP_EVERY] = "every", [PT_SNAP_MARK] = "mark", [PT_SNAP_ASKED] = "asked",
	};

	return name_of(names, PT_SNAP_WHY_NR, why);
}

const char *pt_graph_lost_name(unsigned int lost)
{
	static const char *const names[PT_SNAP_LOST_NR + 1] = {
		[0] = "torn",
		[PT_SNAP_LOST_LIMIT + 1] = "size limit",
		[PT_SNAP_LOST_DISK + 1] = "disk",
		[PT_SNAP_LOST_MEMORY + 1] = "memory",
		[PT_SNAP_LOST_BUSY + 1] = "busy",
		[PT_SNAP_LOST_SANDBOX + 1] = "sandbox",
		[PT_SNAP_LOST_SYSTEM + 1] = "system",
	};

	return name_of(names, PT_SNAP_LOST_NR + 1, lost);
}

const char *pt_graph_site_text(const struct pt_graph_snapshot *s, uint32_t site, char *out, size_t size)
{
	const struct pt_report_site *known = site < s->sites_nr ? &s->sites[site].site : NULL;

	if (known && known->frames_nr)
		return pt_frame_text(&known->frames[pt_site_frame(known)], out, size);
	snprintf(out, size, "(no stack recorded)");
	return out;
}

const char *pt_graph_pool_name(const struct pt_graph_snapshot *s, uint32_t pool)
{
	return pool < s->pools_nr ? s->pools[pool].name : "?";
}

const char *pt_graph_label_text(const struct pt_graph_snapshot *s, const struct pt_graph_label *label,
				char *out, size_t size)
{
	char site[PT_GRAPH_TEXT_BYTES];
	const char *type = label->site < s->sites_nr ? s->sites[label->site].type : NULL;

	if (label->pool != PT_GRAPH_ROW_NONE) {
		snprintf(out, size, "%s %s", pt_graph_pool_name(s, label->pool),
			 label->idle ? "idle" : "in use");
		return out;
	}
	if (!type)
		return pt_graph_site_text(s, label->site, out, size);
	snprintf(out, size, "%.200s: %s", type, pt_graph_site_text(s, label->site, site, sizeof(site)));
	return out;
}

const char *pt_graph_row_text(const struct pt_graph_snapshot *s, const struct pt_graph_row *row,
			      char *out, size_t size)
{
	if (!row->rest)
		return pt_graph_label_text(s, &row->label, out, size);
	snprintf(out, size, "(smaller ones)");
	return out;
}

const char *pt_graph_field_text(const struct pt_graph_field *field, char *out, size_t size)
{
	snprintf(out, size, "+0x%" PRIx64 "%s%s", field->offset_bytes, field->name ? " " : "",
		 field->name ? field->name : "");
	return out;
}

struct ranked {
	uint64_t retained_bytes;
	size_t row;
};

static int by_retained(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->retained_bytes != y->retained_bytes)
		return x->retained_bytes < y->retained_bytes ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

bool *pt_graph_rows_choose(const struct pt_graph_snapshot *s, size_t top)
{
	bool *chosen = calloc(s->rows_nr + 1, sizeof(*chosen));
	struct ranked *ranked = malloc((s->rows_nr + 1) * sizeof(*ranked));

	if (!chosen || !ranked) {
		free(chosen);
		free(ranked);
		return NULL;
	}
	for (size_t i = 0; i < s->rows_nr; i++)
		ranked[i] = (struct ranked){ s->rows[i].retained_bytes, i };
	if (top && top < s->rows_nr)
		qsort(ranked, s->rows_nr, sizeof(*ranked), by_retained);
	for (size_t i = 0; i < s->rows_nr && (!top || i < top); i++) {
		size_t row = ranked[i].row;

		while (!chosen[row]) {
			chosen[row] = true;
			if (s->rows[row].parent < row) /* rows are in preorder: this ends */
				row = s->rows[row].parent;
		}
	}
	free(ranked);
	return chosen;
}
