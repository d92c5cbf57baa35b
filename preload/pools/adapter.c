/* SPDX-License-Identifier: MIT */
/* adapter.c - the table of adapters. See adapter.h. */
#include "adapter.h"

#include <stddef.h>

#include "../config.h"
#include "../text.h"

static const struct pt_adapter *const adapters[] = {
	&pt_adapter_apr,
};

static void note_unknown(const struct pt_adapter *a)
{
	struct pt_text t;

	if (pt_config.notes_nr == PT_CONFIG_NOTES)
		return;
	pt_text_init(&t, pt_config.notes[pt_config.notes_nr++], PT_CONFIG_NOTE_BYTES);
	pt_text_put(&t, a->name);
	pt_text_put(&t, ": this ");
	pt_text_put(&t, a->library);
	pt_text_put(&t, " keeps its pools in a way the adapter does not know; they are not in this trace");
}

void pt_adapters_hook(void)
{
	size_t i;

	for (i = 0; i < sizeof(adapters) / sizeof(adapters[0]); i++)
		if (adapters[i]->hook() == PT_ADAPTER_UNKNOWN)
			note_unknown(adapters[i]);
}
