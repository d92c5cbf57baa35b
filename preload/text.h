/* SPDX-License-Identifier: MIT */
/* text.h - bounded text assembly where stdio is not allowed. Never overruns, always NUL-ends. */
#ifndef PT_TEXT_H
#define PT_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct pt_text {
	char *at;
	size_t room_bytes; /* with the NUL */
	size_t len_bytes;  /* without it */
};

static inline void pt_text_init(struct pt_text *t, char *at, size_t room_bytes)
{
	t->at = at;
	t->room_bytes = room_bytes;
	t->len_bytes = 0;
	at[0] = '\0';
}

static inline void pt_text_put_n(struct pt_text *t, const char *s, size_t max_bytes)
{
	while (*s && max_bytes-- && t->len_bytes + 1 < t->room_bytes)
		t->at[t->len_bytes++] = *s++;
	t->at[t->len_bytes] = '\0';
}

static inline void pt_text_put(struct pt_text *t, const char *s)
{
	pt_text_put_n(t, s, SIZE_MAX);
}

/* `v` in base 10 or 16, without prefix. */
static inline void pt_text_put_number(struct pt_text *t, uint64_t v, unsigned int base)
{
	char digits[24];
	size_t n = sizeof(digits) - 1;

	digits[n] = '\0';
	do
		digits[--n] = "0123456789abcdef"[v % base];
	while (v /= base);
	pt_text_put(t, digits + n);
}

#endif
