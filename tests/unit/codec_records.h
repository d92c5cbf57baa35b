/* SPDX-License-Identifier: MIT */
/*
 * codec_records.h - random records, written and read one by one.
 */
#ifndef PT_CODEC_RECORDS_H
#define PT_CODEC_RECORDS_H

#include "../../analyzer/trace/decode.h"
#include "../../format/codec.h"

uint64_t draw(void);

/* Small, large and extreme values alike. */
uint64_t draw_any(void);

/* One record that a recorder could write; few addresses and stacks, so that caches hit. */
struct pt_record draw_record(uint64_t *tick, uint8_t *payload);

/* Writes `r` at p; returns the byte after. As a recorder does it: the first byte last. */
uint8_t *put_record(struct pt_codec *c, uint8_t *p, const struct pt_record *r);
void assert_same(const struct pt_record *got, const struct pt_record *want);

/* Decodes [bytes, bytes + nr) in a buffer of just that length; returns the records. */
size_t decode_all(const uint8_t *bytes, size_t nr, uint64_t base, struct pt_record *out, size_t max, int *last);

#endif
