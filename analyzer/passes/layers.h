/* SPDX-License-Identifier: MIT */
/*
 * layers.h - where every byte of the process is at the end, each once.
 */
#ifndef PT_LAYERS_H
#define PT_LAYERS_H

#include "../model/heap.h"
#include "../model/pools.h"
#include "../result/report.h"

/*
 * pt_layers_fill() - out->layers; NULL stays when there is no annotated pool.
 *
 * After pt_pools_finish() and all passes: reads out->totals. 0 or -PT_ENOMEM.
 */
int pt_layers_fill(const struct pt_heap *heap, const struct pt_pools *pools, struct pt_report *out);

#endif
