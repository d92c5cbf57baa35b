/* SPDX-License-Identifier: MIT */
/*
 * baseline_reader.h - a baseline file while it is read: where the reader is, and what is wrong there.
 *
 * Whoever finds something wrong leaves the path as it is, for the message tells its place.
 */
#ifndef PT_BASELINE_READER_H
#define PT_BASELINE_READER_H

#include <jansson.h>

#include "baseline_parts.h"

#define PT_READER_STEPS 8u

struct pt_reader {
	const char *text; /* the whole file */
	struct pt_step path[PT_READER_STEPS];
	size_t path_nr;
	size_t rows_nr; /* read so far */
	char *error;	/* PT_BASELINE_ERROR_BYTES */
};

/* pt_reader_into(), pt_reader_out_of() - one step into the document and back. */
void pt_reader_into(struct pt_reader *r, const char *key, size_t index);
void pt_reader_out_of(struct pt_reader *r);

/* pt_reader_wrong() - what is wrong with the value where the reader is. Returns -PT_EINVAL. */
int __attribute__((format(printf, 2, 3))) pt_reader_wrong(struct pt_reader *r, const char *format, ...);

/* pt_reader_keys() - are all keys of `object` among `known`, a list that NULL ends? 0 or -PT_EINVAL. */
int pt_reader_keys(struct pt_reader *r, json_t *object, const char *const *known);

/* pt_reader_text() - a string, malloc'ed; NULL when it is not there and need not be. 0, -PT_ENOMEM or -PT_EINVAL. */
int pt_reader_text(struct pt_reader *r, json_t *object, const char *key, bool must, char **out);

/* pt_reader_runs() - a whole number from 1 to `most`. 0 or -PT_EINVAL. */
int pt_reader_runs(struct pt_reader *r, json_t *value, double most, uint32_t *out);

/* pt_reader_row() - 0, -PT_ENOMEM or -PT_EINVAL; the row is to be freed in all cases. */
int pt_reader_row(struct pt_reader *r, json_t *object, uint32_t runs, struct pt_baseline_row *row);

#endif
