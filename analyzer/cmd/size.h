/* SPDX-License-Identifier: MIT */
/* size.h - a number of bytes as it is typed: 512M. */
#ifndef PT_SIZE_H
#define PT_SIZE_H

/* pt_size_parse() - bytes; K, M, G and T stand for powers of 1024. 0 for what is no size from `min`, at least 1, to `max`. */
unsigned long long pt_size_parse(const char *text, unsigned long long min, unsigned long long max);

#endif
