/* SPDX-License-Identifier: MIT */
/* annotate.c - the recorder's side of include/pooltrace.h. */
#include "../include/pooltrace.h"

#include "interpose.h"
#include "process.h"

PT_PUBLIC int pooltrace_is_recording_(void)
{
	return pt_process_start() && !atomic_load_explicit(&pt_process->stopped, memory_order_relaxed);
}
