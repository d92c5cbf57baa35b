// SPDX-License-Identifier: MIT
/*
 * check_sample.c - checks and diffs made by hand, written in any format: what validators are given.
 *
 * check_sample FORMAT KIND [WIDTH [FOLDER]]; FORMAT of a diff is diff-text or diff-json.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/render/check.h"
#include "../../analyzer/render/diff.h"
#include "check_items.h"

int main(int argc, char **argv)
{
	struct pt_check_render r = { .to = { .out = stdout, .top = 20 }, .folder = "/src/app", .time_s = 1700000000 };
	const struct pt_check_renderer *renderer;

	if (argc < 3)
		return 2;
	r.to.width = argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 0;
	if (argc > 4)
		r.folder = argv[4];
	if (!strncmp(argv[1], "diff-", 5)) {
		const struct pt_diff *d = check_items_diff(argv[2]);

		return !d || (strcmp(argv[1], "diff-text") ? pt_diff_json : pt_diff_text).render(&r.to, d) != 0;
	}
	renderer = pt_check_renderer_find(argv[1]);
	if (!renderer || !check_items(argv[2]))
		return 2;
	return renderer->render(&r, check_items(argv[2])) != 0;
}
