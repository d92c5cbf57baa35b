// SPDX-License-Identifier: MIT
/*
 * check.c - what a check owns.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

static void item_fini(struct pt_check_item *item)
{
	for (uint32_t i = 0; i < item->sites_nr; i++) {
		free(item->sites[i].text);
		free(item->sites[i].function);
		free(item->sites[i].file);
	}
	free(item->name);
	free(item->program);
	free(item->row);
	free(item->text);
	free(item->advice);
	free(item->reason);
}

void pt_check_fini(struct pt_check *c)
{
	for (size_t i = 0; i < c->items_nr; i++)
		item_fini(&c->items[i]);
	for (size_t i = 0; i < c->traces_nr; i++)
		free(c->traces[i]);
	free(c->items);
	free(c->traces);
	free(c->budget_path);
	free(c->baseline_path);
	memset(c, 0, sizeof(*c));
}

int pt_check_add_trace(struct pt_check *c, const char *path)
{
	char **traces = realloc(c->traces, (c->traces_nr + 1) * sizeof(*traces));

	if (!traces)
		return -PT_ENOMEM;
	c->traces = traces;
	traces[c->traces_nr] = strdup(path);
	if (!traces[c->traces_nr])
		return -PT_ENOMEM;
	c->traces_nr++;
	return 0;
}
