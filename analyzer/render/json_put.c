// SPDX-License-Identifier: MIT
/*
 * json_put.c - values into a JSON document: what is unknown is null, what is not UTF-8 is mended.
 */
#include "json_put.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../result/unknown.h"
#include "utf8.h"

void pt_json_put(struct pt_json *d, json_t *object, const char *key, json_t *value)
{
	if (pt_json_is_open(d, object))
		pt_json_write(d, key, value);
	else if (json_object_set_new(object, key, value) != 0)
		d->failed = true;
}

void pt_json_push(struct pt_json *d, json_t *array, json_t *value)
{
	if (pt_json_is_open(d, array))
		pt_json_write(d, NULL, value);
	else if (json_array_append_new(array, value) != 0)
		d->failed = true;
}

void pt_json_number(struct pt_json *d, json_t *object, const char *key, uint64_t value)
{
	pt_json_put(d, object, key,
		    json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value)));
}

/* PT_UNKNOWN becomes null; `where` + `key` is the path that `reasons` knows it by. */
void pt_json_known(struct pt_json *d, json_t *object, const char *where, const char *key,
		   uint64_t value, const char *reason)
{
	char path[128];

	if (value != PT_UNKNOWN) {
		pt_json_number(d, object, key, value);
		return;
	}
	pt_json_put(d, object, key, json_null());
	snprintf(path, sizeof(path), "%s.%s", where, key);
	pt_json_put(d, d->reasons, path, json_string(reason));
}

void pt_json_real(struct pt_json *d, json_t *object, const char *where, const char *key,
		  double value, const char *reason)
{
	if (isfinite(value))
		pt_json_put(d, object, key, json_real(value));
	else
		pt_json_known(d, object, where, key, PT_UNKNOWN, reason);
}

const char *pt_json_why(const struct pt_json *d, const char *otherwise)
{
	const char *why = pt_report_why_not(d->r);

	return why ? why : otherwise;
}

json_t *pt_json_text(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;
	char *clean, *out;
	json_t *value;

	if (!bytes)
		return json_null();
	clean = malloc(3 * strlen(bytes) + 1);
	if (!clean)
		return NULL;
	for (out = clean; *p;) {
		size_t n = pt_utf8_bytes(p);

		if (n) {
			memcpy(out, p, n);
			out += n;
			p += n;
		} else {
			memcpy(out, "\xef\xbf\xbd", 3);
			out += 3;
			p++;
		}
	}
	*out = '\0';
	value = json_string(clean);
	free(clean);
	return value;
}

json_t *pt_json_findings(struct pt_json *d, const struct pt_finding *found, size_t nr)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++) {
		json_t *object = json_object();

		pt_json_put(d, object, "severity", json_string(pt_severity_name(found[i].severity)));
		pt_json_put(d, object, "kind", json_string(found[i].kind));
		pt_json_put(d, object, "text", pt_json_text(found[i].text));
		pt_json_put(d, object, "advice", found[i].advice[0] ? pt_json_text(found[i].advice) : json_null());
		pt_json_push(d, array, object);
	}
	return array;
}
