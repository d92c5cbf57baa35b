/* SPDX-License-Identifier: MIT */
/*
 * weights.h - of sampled blocks that are in use: how many blocks each stands for.
 *
 * By address, apart from the heap's own table, which knows nothing of samples: only sampled traces pay for it. 16 bytes a
 * block, a third to three quarters of them in use.
 */
#ifndef PT_WEIGHTS_H
#define PT_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

struct pt_weight {
	uint64_t addr; /* 0 = free slot */
	double weight;
};

/* An all-zero struct is empty. */
struct pt_weights {
	struct pt_weight *slots;
	size_t slots_nr; /* a power of two */
	size_t nr;
};

void pt_weights_fini(struct pt_weights *w);

/* pt_weights_put() - for `addr`, which is not 0. 0 or -PT_ENOMEM. */
int pt_weights_put(struct pt_weights *w, uint64_t addr, double weight);

/* pt_weights_take() - that of `addr`, which is forgotten; 1 when there is none: the block stands for itself. */
double pt_weights_take(struct pt_weights *w, uint64_t addr);

/*
 * pt_sample_weight() - how many allocations one of size_bytes stands for, if one is drawn with mean distance
 * sample_bytes (> 0): 1 / p, p = 1 - exp(-size / distance). At least 1.
 *
 * The weighted sum over those drawn is an unbiased estimate of the sum over all (Horvitz and Thompson, 1952).
 */
double pt_sample_weight(uint64_t size_bytes, uint64_t sample_bytes);

#endif
