/* SPDX-License-Identifier: MIT */
/*
 * interpose_jemalloc.c - jemalloc's own API: mallocx, rallocx, xallocx, dallocx, sdallocx.
 *
 * BIND and others call it directly (jemalloc(3), "Non-standard API"). A program that calls it
 * without a jemalloc loaded would have failed to start; the weak-symbol test for jemalloc also
 * looks for mallctl, which we do not define.
 */
#include <stddef.h>

#include "emit.h"
#include "interpose.h"
#include "real.h"

void *mallocx(size_t size, int flags);
void *rallocx(void *p, size_t size, int flags);
size_t xallocx(void *p, size_t size, size_t extra, int flags);
void dallocx(void *p, int flags);
void sdallocx(void *p, size_t size, int flags);

PT_PUBLIC void *mallocx(size_t size, int flags)
{
	const struct pt_entry at = PT_ENTRY();
	void *p;

	if (pt_unlikely(!pt_real.mallocx) && (!pt_real_boot() || !pt_real.mallocx))
		return NULL;
	p = pt_real.mallocx(size, flags);
	if (p)
		pt_emit_alloc(PT_API_MALLOCX, p, size, &at);
	return p;
}

PT_PUBLIC void *rallocx(void *p, size_t size, int flags)
{
	const struct pt_entry at = PT_ENTRY();
	void *q;

	if (pt_unlikely(!pt_real.rallocx))
		return NULL;
	pt_emit_free(PT_API_RALLOCX, p, at.sp);
	q = pt_real.rallocx(p, size, flags);
	if (q)
		pt_emit_alloc(PT_API_RALLOCX, q, size, &at);
	else
		pt_emit_realloc_done(0, at.sp);
	return q;
}

/* Grows or shrinks in place; its result is the new real size, the old one when it could not. */
PT_PUBLIC size_t xallocx(void *p, size_t size, size_t extra, int flags)
{
	const struct pt_entry at = PT_ENTRY();
	size_t got;

	if (pt_unlikely(!pt_real.xallocx))
		return 0;
	pt_emit_free(PT_API_RALLOCX, p, at.sp);
	got = pt_real.xallocx(p, size, extra, flags);
	if (got >= size)
		pt_emit_alloc(PT_API_RALLOCX, p, size, &at);
	else
		pt_emit_realloc_done(0, at.sp);
	return got;
}

PT_PUBLIC void dallocx(void *p, int flags)
{
	if (pt_unlikely(!pt_real.dallocx))
		return;
	pt_emit_free(PT_API_DALLOCX, p, PT_ENTRY_SP());
	pt_real.dallocx(p, flags);
}

PT_PUBLIC void sdallocx(void *p, size_t size, int flags)
{
	if (pt_unlikely(!pt_real.sdallocx))
		return;
	pt_emit_free(PT_API_DALLOCX, p, PT_ENTRY_SP());
	pt_real.sdallocx(p, size, flags);
}
