/* SPDX-License-Identifier: MIT */
/*
 * adapter.h - pools of well-known libraries, told without a change to anybody's source.
 *
 * An adapter watches the calls that cross its library's boundary (got.h) and tells the pools
 * behind them (emit_pool.h), named "adapter:pool". It is asked for once, at the boot. A program that
 * has not loaded the library by then pays nothing, and the adapter sees nothing of it.
 */
#ifndef PT_ADAPTER_H
#define PT_ADAPTER_H

enum pt_adapter_state {
	PT_ADAPTER_ABSENT,  /* the library is not there */
	PT_ADAPTER_ON,
	PT_ADAPTER_UNKNOWN, /* it is, but not as the adapter knows it: nothing was changed */
};

struct pt_adapter {
	const char *name;    /* what pool names begin with */
	const char *library; /* what the note in the trace calls it */
	/* Look for the library, try whether it works as believed, hook it. One thread, before main();
	 * may allocate (from the early arena) and map. */
	enum pt_adapter_state (*hook)(void);
};

/* pt_adapters_hook() - at the boot, when the configuration is read and nothing is recorded yet. What an
 * adapter will not do becomes a note in the trace. */
void pt_adapters_hook(void);

extern const struct pt_adapter pt_adapter_apr;

#endif
