/* SPDX-License-Identifier: MIT */
/*
 * quantity.h - numbers as people read them: 64.0 MiB, 12,345,678, 3.2 s, 58 %.
 *
 * Each writes at most PT_QUANTITY_BYTES with the NUL into `out` and returns `out`, so that it
 * can stand in an argument list.
 */
#ifndef PT_QUANTITY_H
#define PT_QUANTITY_H

#include <stdint.h>

#define PT_QUANTITY_BYTES 40

/* pt_quantity_bytes() - "0 B", "512 B", "1.5 KiB", "64.0 MiB"; PT_UNKNOWN is "?". */
const char *pt_quantity_bytes(char out[PT_QUANTITY_BYTES], uint64_t bytes);

/* pt_quantity_count() - with commas; PT_UNKNOWN is "?". */
const char *pt_quantity_count(char out[PT_QUANTITY_BYTES], uint64_t count);

/* pt_quantity_counted() - "1 block", "16,384 blocks"; `noun` of at most 12 letters. */
const char *pt_quantity_counted(char out[PT_QUANTITY_BYTES], uint64_t count, const char *noun);

/* pt_quantity_time() - "0 ms", "850 us", "12 ms", "3.2 s", "2 min 5 s", "3 h 12 min". */
const char *pt_quantity_time(char out[PT_QUANTITY_BYTES], uint64_t ns);

/* pt_quantity_share() - part of whole as "58 %", "0.3 %", "< 0.1 %", "99.9 %"; "100 %" is all; "-"
 * when whole is 0. */
const char *pt_quantity_share(char out[PT_QUANTITY_BYTES], double part, double whole);

/* pt_quantity_byte_seconds() - "1.5 MiB s"; NAN is "?". */
const char *pt_quantity_byte_seconds(char out[PT_QUANTITY_BYTES], double byte_seconds);

/* pt_quantity_ratio() - "16.2"; NAN is "?". */
const char *pt_quantity_ratio(char out[PT_QUANTITY_BYTES], double ratio);

/* pt_quantity_parse_time() - "500ms", "1.5s", "2m", "1h"; ns, us, ms, s, m (or min), h; no unit is
 * seconds. 0 and *ns, or -PT_EINVAL. */
int pt_quantity_parse_time(const char *text, uint64_t *ns);

/* pt_quantity_parse_bytes() - "4096", "64K", "500M", "2G", "1T", also "2GiB"; binary. 0 and
 * *bytes, or -PT_EINVAL. */
int pt_quantity_parse_bytes(const char *text, uint64_t *bytes);

#endif
