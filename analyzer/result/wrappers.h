/* SPDX-License-Identifier: MIT */
/*
 * wrappers.h - which frames say nothing about who wanted the memory.
 */
#ifndef PT_WRAPPERS_H
#define PT_WRAPPERS_H

#include "report.h"

/* pt_frame_is_wrapper() - true for an allocator, a wrapper around one, and library glue. */
bool pt_frame_is_wrapper(const struct pt_report_frame *f);

#endif
