// SPDX-License-Identifier: MIT
/*
 * baseline_read.c - a baseline file: every key, type and number of it is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../../format/layout.h"
#include "baseline_reader.h"

/* Hundreds of times what real ones have. Nesting: jansson's own bound. */
#define FILE_BYTES_MAX (16u << 20)
#define PROGRAMS_MAX   10000u
#define ROWS_MAX       100000u /* of all programs */
#define RUNS_MAX       1000000

static int by_order(const void *a, const void *b)
{
	const struct pt_baseline_row *const *x = a, *const *y = b;
	const struct pt_figures_row *is_x = &(*x)->is, *is_y = &(*y)->is;
	int order = is_x->from && is_y->from && is_x->scope == is_y->scope ? 0 : pt_baseline_order(is_x, is_y);

	return order ? order : (*x > *y) - (*x < *y);
}

/* No row twice but phases, which stay as they come; the others in order, whatever the file's. */
static int sort_rows(struct pt_reader *r, struct pt_baseline_program *p)
{
	const struct pt_baseline_row **order = malloc((p->rows_nr + 1) * sizeof(const struct pt_baseline_row *));
	struct pt_baseline_row *sorted = malloc((p->rows_nr + 1) * sizeof(*sorted));
	int rc = order && sorted ? 0 : -PT_ENOMEM;

	for (size_t i = 0; i < p->rows_nr && !rc; i++)
		order[i] = &p->rows[i];
	if (!rc)
		qsort(order, p->rows_nr, sizeof(const struct pt_baseline_row *), by_order);
	for (size_t i = 1; i < p->rows_nr && !rc; i++) {
		if (order[i]->is.from || pt_baseline_order(&order[i - 1]->is, &order[i]->is) != 0)
			continue;
		pt_reader_into(r, NULL, (size_t)(order[i] - p->rows));
		rc = pt_reader_wrong(r, "this row is here twice");
	}
	for (size_t i = 0; i < p->rows_nr && !rc; i++)
		sorted[i] = *order[i];
	free(order);
	if (rc) {
		free(sorted);
		return rc;
	}
	free(p->rows);
	p->rows = sorted;
	return 0;
}

static int read_program(struct pt_reader *r, json_t *object, struct pt_baseline_program *p)
{
	static const char *const keys[] = { "program", "runs", "rows", NULL };
	json_t *rows = json_object_get(object, "rows");
	int rc;

	if (!json_is_object(object))
		return pt_reader_wrong(r, "a program is an object");
	rc = pt_reader_keys(r, object, keys);
	if (!rc)
		rc = pt_reader_text(r, object, "program", true, &p->program);
	if (!rc && !json_object_get(object, "runs"))
		rc = pt_reader_wrong(r, "\"runs\" is missing");
	if (rc)
		return rc;
	pt_reader_into(r, "runs", 0);
	rc = pt_reader_runs(r, json_object_get(object, "runs"), RUNS_MAX, &p->runs);
	if (rc)
		return rc;
	pt_reader_out_of(r);
	if (!json_is_array(rows))
		return pt_reader_wrong(r, "\"rows\" is missing or no list");
	pt_reader_into(r, "rows", 0);
	r->rows_nr += json_array_size(rows);
	if (r->rows_nr > ROWS_MAX)
		return pt_reader_wrong(r, "more than %u rows", ROWS_MAX);
	p->rows = calloc(json_array_size(rows) + 1, sizeof(*p->rows));
	for (size_t i = 0; p->rows && i < json_array_size(rows) && !rc; i++) {
		pt_reader_into(r, NULL, i);
		rc = pt_reader_row(r, json_array_get(rows, i), p->runs, &p->rows[p->rows_nr++]);
		if (!rc)
			pt_reader_out_of(r);
	}
	if (!p->rows)
		return -PT_ENOMEM;
	if (!rc)
		rc = sort_rows(r, p);
	if (!rc)
		pt_reader_out_of(r);
	return rc;
}

static int by_program(const void *a, const void *b)
{
	const struct pt_baseline_program *x = a, *y = b;

	return strcmp(x->program, y->program);
}

static int read_programs(struct pt_reader *r, json_t *programs, struct pt_baseline *out)
{
	int rc = 0;

	if (!json_array_size(programs))
		return pt_reader_wrong(r, "\"programs\" is missing or empty");
	pt_reader_into(r, "programs", 0);
	if (json_array_size(programs) > PROGRAMS_MAX)
		return pt_reader_wrong(r, "more than %u programs", PROGRAMS_MAX);
	out->programs = calloc(json_array_size(programs), sizeof(*out->programs));
	if (!out->programs)
		return -PT_ENOMEM;
	for (size_t i = 0; i < json_array_size(programs) && !rc; i++) {
		struct pt_baseline_program *p = &out->programs[out->programs_nr++];

		pt_reader_into(r, NULL, i);
		rc = read_program(r, json_array_get(programs, i), p);
		for (size_t k = 0; k < i && !rc; k++)
			if (!strcmp(out->programs[k].program, p->program))
				rc = pt_reader_wrong(r, "program \"%.100s\" is here twice", p->program);
		if (!rc)
			pt_reader_out_of(r);
	}
	if (!rc)
		qsort(out->programs, out->programs_nr, sizeof(*out->programs), by_program);
	return rc;
}

static int read_document(struct pt_reader *r, json_t *root, struct pt_baseline *out)
{
	static const char *const keys[] = { "pooltrace_baseline", "programs", NULL };
	json_t *version = json_object_get(root, "pooltrace_baseline");
	int rc;

	if (!version)
		return pt_reader_wrong(r, "this is no baseline; make one with `pooltrace baseline`");
	pt_reader_into(r, "pooltrace_baseline", 0);
	if (!json_is_number(version) || json_number_value(version) != PT_BASELINE_VERSION)
		return pt_reader_wrong(r, "a baseline of another version than %d; make it again with `pooltrace baseline`",
			     PT_BASELINE_VERSION);
	pt_reader_out_of(r);
	rc = pt_reader_keys(r, root, keys);
	return rc ? rc : read_programs(r, json_object_get(root, "programs"), out);
}

/* All of `fd`, with room for a byte behind; it grows as there is more to read. NULL: errno, EFBIG beyond FILE_BYTES_MAX. */
static char *read_all(int fd, size_t *bytes)
{
	size_t room = 16384;
	char *text = malloc(room);
	ssize_t n = text ? 1 : -1;
	int saved;

	while (n > 0 && *bytes <= FILE_BYTES_MAX) {
		if (*bytes + 1 == room) {
			char *more = realloc(text, 2 * room);

			if (!more)
				break;
			text = more;
			room *= 2;
		}
		n = read(fd, text + *bytes, room - 1 - *bytes);
		*bytes += n > 0 ? (size_t)n : 0;
	}
	if (!n && *bytes <= FILE_BYTES_MAX)
		return text;
	saved = *bytes > FILE_BYTES_MAX ? EFBIG : n > 0 ? ENOMEM : errno;
	free(text);
	errno = saved;
	return NULL;
}

/* The whole file with a 0 behind; NULL: errno, EFBIG when it is larger than can be. */
static char *read_file(const char *path, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	char *text;

	*bytes = 0;
	if (fd < 0)
		return NULL;
	text = read_all(fd, bytes);
	saved = errno;
	close(fd);
	errno = saved;
	if (text)
		text[*bytes] = '\0';
	return text;
}

/* Or a packed one: both begin alike, as no JSON does. */
static bool is_trace(const char *path)
{
	char start[6] = ""; /* "pooltr" */
	struct stat st;
	int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	bool is = fd >= 0 && read(fd, start, sizeof(start)) == (ssize_t)sizeof(start) && !memcmp(start, PT_MAGIC, sizeof(start));

	if (fd >= 0)
		close(fd);
	return is;
}

int pt_baseline_read(const char *path, struct pt_baseline *out, char error[PT_BASELINE_ERROR_BYTES])
{
	struct pt_reader r = { .error = error };
	json_error_t at;
	size_t bytes;
	char *text = read_file(path, &bytes);
	json_t *root;
	int rc;

	*out = (struct pt_baseline){ 0 };
	*error = '\0';
	if (is_trace(path)) {
		snprintf(error, PT_BASELINE_ERROR_BYTES, "1:1: this is a trace; `pooltrace baseline -o FILE TRACE` makes a baseline of it");
		free(text);
		return -PT_EINVAL;
	}
	if (!text && errno == EFBIG) {
		snprintf(error, PT_BASELINE_ERROR_BYTES, "1:1: more than %u MiB: this is no baseline", FILE_BYTES_MAX >> 20);
		return -PT_EINVAL;
	}
	if (!text)
		return errno == ENOMEM ? -PT_ENOMEM : -PT_EIO;
	root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &at);
	if (!root) {
		snprintf(error, PT_BASELINE_ERROR_BYTES, "%d:%d: %s", at.line, at.column, at.text);
		rc = json_error_code(&at) == json_error_out_of_memory ? -PT_ENOMEM : -PT_EINVAL;
	} else {
		r.text = text;
		rc = read_document(&r, root, out);
	}
	/* One line whatever the file holds. */
	for (char *p = error; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	json_decref(root);
	free(text);
	return rc;
}
