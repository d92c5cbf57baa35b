/* SPDX-License-Identifier: MIT */
/*
 * site_frames.h - a call site's frames with all taken off that a compiler or a linker adds to them.
 *
 * Numbers instead of names, so that 100,000 sites can be compared. Equal numbers are taken for equal names: they are
 * 64-bit hashes, and a collision would pair two sites that are not one.
 */
#ifndef PT_SITE_FRAMES_H
#define PT_SITE_FRAMES_H

#include "figures.h"

struct pt_site_frame {
	uint64_t whole;	   /* without .part.0, .isra.0, .constprop.0, .cold, .llvm.123; of a frame without: its module */
	uint64_t function; /* without scope, template arguments and parameters: compilers write down different ones */
	uint32_t scope;	   /* namespaces and classes in front of it; 0 = unknown, and then it may be any */
	uint32_t file;	   /* base name; likewise */
};

/* Frames outward from the one that names the site; how a program or thread begins is left out. */
struct pt_site_frames {
	struct pt_site_frame frames[PT_FIGURE_FRAMES_MAX];
	uint32_t frames_nr;
};

/* pt_site_frames_of() - row: of a call site. */
void pt_site_frames_of(const struct pt_figures_row *row, struct pt_site_frames *out);

/* What two sites have in common, when `skip` frames at the inner end of either are left out. */
struct pt_site_fit {
	uint32_t common, longer; /* frames, the naming one included */
	uint32_t replaced;	 /* times that both have frames which the other has not, between the same two */
	bool within;		 /* one has nothing that the other has not */
	bool same;		 /* they read the same, files included */
};

/* pt_site_frames_fit() - false: not named by the same function. */
bool pt_site_frames_fit(const struct pt_site_frames *a, uint32_t skip_a, const struct pt_site_frames *b, uint32_t skip_b,
			struct pt_site_fit *out);

/* pt_site_fit_share() - 0 to 1; 1 only when they read the same. */
double pt_site_fit_share(const struct pt_site_fit *fit);

#endif
