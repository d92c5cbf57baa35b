/* SPDX-License-Identifier: MIT */
/*
 * passes.h - the passes by name, for registry.c alone.
 */
#ifndef PT_PASSES_H
#define PT_PASSES_H

#include "pass.h"

extern const struct pt_pass pt_pass_tallies;
extern const struct pt_pass pt_pass_stranded;
extern const struct pt_pass pt_pass_freed_by;
extern const struct pt_pass pt_pass_idle_sites;
extern const struct pt_pass pt_pass_phase_peaks;
extern const struct pt_pass pt_pass_system;
extern const struct pt_pass pt_pass_samples;

#endif
