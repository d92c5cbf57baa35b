/* SPDX-License-Identifier: MIT */
/*
 * interpose_jemalloc.c - jemalloc's own API: mallocx, rallocx, xallocx, dallocx, sdallocx.
 *
 * BIND and others call it directly (jemalloc(3), "Non-standard API"). Programs also look
 * whether it is there, so nothing is exported: where a jemalloc is loaded, the references of
 * the objects loaded at start-up are pointed here (got.h). A library that comes later by
 * dlopen() and calls these functions is not seen.
 */
#include <stddef.h>

#include "emit.h"
#include "got.h"
#include "interpose.h"
#include "interpose_jemalloc.h"
#include "real.h"

static __attribute__((noinline)) void *hook_mallocx(size_t size, int flags)
{
	const struct pt_entry at = PT_ENTRY();
	void *p;

	p = pt_real.mallocx(size, flags);
	if (p)
		pt_emit_alloc(PT_API_MALLOCX, p, size, &at);
	return p;
}

static __attribute__((noinline)) void *hook_rallocx(void *p, size_t size, int flags)
{
	const struct pt_entry at = PT_ENTRY();
	struct pt_light_change change;
	bool light = pt_emit_begin(PT_API_RALLOCX, p, &at, &change);
	void *q = pt_real.rallocx(p, size, flags);

	if (light)
		pt_light_end(&change, q, size, false, &at);
	else if (q)
		pt_emit_end(PT_API_RALLOCX, q, size, &at);
	else
		pt_emit_realloc_done(0, &at);
	return q;
}

/* Grows or shrinks in place; its result is the new real size, the old one when it could not. */
static __attribute__((noinline)) size_t hook_xallocx(void *p, size_t size, size_t extra, int flags)
{
	const struct pt_entry at = PT_ENTRY();
	struct pt_light_change change;
	bool light = pt_emit_begin(PT_API_RALLOCX, p, &at, &change);
	size_t got = pt_real.xallocx(p, size, extra, flags);

	if (light)
		pt_light_end(&change, got >= size ? p : NULL, size, false, &at);
	else if (got >= size)
		pt_emit_end(PT_API_RALLOCX, p, size, &at);
	else
		pt_emit_realloc_done(0, &at);
	return got;
}

static __attribute__((noinline)) void hook_dallocx(void *p, int flags)
{
	const struct pt_entry at = PT_ENTRY();

	pt_emit_free(PT_API_DALLOCX, p, &at);
	pt_real.dallocx(p, flags);
}

static __attribute__((noinline)) void hook_sdallocx(void *p, size_t size, int flags)
{
	const struct pt_entry at = PT_ENTRY();

	pt_emit_free(PT_API_DALLOCX, p, &at);
	pt_real.sdallocx(p, size, flags);
}

void pt_jemalloc_hook(void)
{
	static const struct pt_got_row rows[] = {
		{ "mallocx", (void *)hook_mallocx }, { "rallocx", (void *)hook_rallocx },
		{ "xallocx", (void *)hook_xallocx }, { "dallocx", (void *)hook_dallocx },
		{ "sdallocx", (void *)hook_sdallocx },
	};

	if (pt_real.mallocx && pt_real.rallocx && pt_real.xallocx && pt_real.dallocx && pt_real.sdallocx)
		pt_got_patch(rows, sizeof(rows) / sizeof(rows[0]), (const void *)pt_real.mallocx);
}
