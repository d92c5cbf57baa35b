/* SPDX-License-Identifier: MIT */
/*
 * origin.h - which line of code idle memory comes from.
 */
#ifndef PT_ORIGIN_H
#define PT_ORIGIN_H

#include "report.h"

/*
 * pt_idle_origin() - a site of the line that most of a thread's idle bytes were allocated at.
 *
 * holder: index into r->threads; negative for everybody together.
 * bytes:  of that line, all its stacks together.
 *
 * NULL when no site with frames has any. No memory of its own.
 */
const struct pt_report_site *pt_idle_origin(const struct pt_report *r, long holder,
					    uint64_t *bytes);

#endif
