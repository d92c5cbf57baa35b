/* SPDX-License-Identifier: MIT */
/* rendered.h - a report as text. For tests; fails them by itself. */
#ifndef PT_RENDERED_H
#define PT_RENDERED_H

#include "analyzer/render/render.h"

/* rn_rendered() - what the renderer of that name writes; free() it. */
char *rn_rendered(const char *name, const struct pt_report *r, struct pt_render to);

#endif
