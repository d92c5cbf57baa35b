/* SPDX-License-Identifier: MIT */
/*
 * check.h - what became of budgets as bytes on a stream; one format is one file and one row in check.c.
 *
 * They read struct pt_check and nothing else of the analyzer. Names in it may be any bytes: each format
 * escapes them by its own rules, and what is no text becomes a replacement character.
 */
#ifndef PT_RENDER_CHECK_H
#define PT_RENDER_CHECK_H

#include "../result/check.h"
#include "render.h"

struct pt_check_render {
	struct pt_render to; /* `top`: how many items the text tells whole, 0 = all */
	const char *folder;  /* absolute, without "/" at its end: files below it are named from there; NULL: none */
	int64_t time_s;	     /* of the check, since 1970: JUnit asks */
};

struct pt_check_renderer {
	const char *name;
	/* 0, -PT_ENOMEM or -PT_EIO (the stream's error flag is set). */
	int (*render)(const struct pt_check_render *r, const struct pt_check *c);
};

/* pt_check_renderer_find() - the row of that name, or NULL. */
const struct pt_check_renderer *pt_check_renderer_find(const char *name);

extern const struct pt_check_renderer pt_check_text;
extern const struct pt_check_renderer pt_check_junit;
extern const struct pt_check_renderer pt_check_sarif;
extern const struct pt_check_renderer pt_check_github;
extern const struct pt_check_renderer pt_check_json;

/* pt_check_status() - what `pooltrace check` exits with: 1 broken, else 2 something cannot be told, else 0. */
int pt_check_status(const struct pt_check *c);

/* pt_metrics_text(), pt_metrics_json() - the catalogue of metrics. 0, -PT_ENOMEM or -PT_EIO. */
int pt_metrics_text(const struct pt_render *to);
int pt_metrics_json(const struct pt_render *to);

#endif
