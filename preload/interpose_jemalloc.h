/* SPDX-License-Identifier: MIT */
/* interpose_jemalloc.h - jemalloc's own API. */
#ifndef PT_INTERPOSE_JEMALLOC_H
#define PT_INTERPOSE_JEMALLOC_H

/* pt_jemalloc_hook() - where jemalloc is loaded, have its callers come by us. Once, at the boot,
 * after pt_real_resolve(). */
void pt_jemalloc_hook(void);

#endif
