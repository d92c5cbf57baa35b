/* SPDX-License-Identifier: MIT */
/*
 * message_truth.c - what only idle messages keep alive, as the program itself knows it.
 *
 * It goes from the tables and the idle messages over everything it knows to be pointed at, and adds up bytes;
 * then again with a field of all idle messages left out. The difference is what that field keeps. No address is
 * looked up and no memory searched: types say what points where, unlike in a snapshot.
 */
#include <inttypes.h>
#include <stdio.h>

#include "include/pooltrace.h"
#include "message.h"

enum field { INSTRUMENT, SESSION, BOOK, FILLS, LAST_FILL, REQUEST, FIELDS, NONE, ALL };

static const struct {
	const char *name;
	size_t offset;
} field_table[FIELDS] = {
#define FIELD(name) { #name, offsetof(struct message, name) }
	[INSTRUMENT] = FIELD(instrument), [SESSION] = FIELD(session),	  [BOOK] = FIELD(book),
	[FILLS] = FIELD(fills),		  [LAST_FILL] = FIELD(last_fill), [REQUEST] = FIELD(request),
#undef FIELD
};

static uint32_t marks;

struct walk {
	uint32_t mark;
	enum field without;
};

static struct message *message_at(uint32_t i)
{
	return platform.messages[i] ? (struct message *)~platform.messages[i] : NULL;
}

static uint64_t session_bytes(const struct walk *w, struct session *s)
{
	if (!s || s->mark == w->mark)
		return 0;
	s->mark = w->mark;
	return sizeof(*s) + INBOX_BYTES;
}

static uint64_t book_bytes(const struct book *b)
{
	return b ? sizeof(*b) + b->levels_nr * sizeof(struct level) : 0;
}

static uint64_t fills_bytes(const struct fill *f)
{
	uint64_t bytes = 0;

	for (; f; f = f->next)
		bytes += sizeof(*f);
	return bytes;
}

/* Instruments are the table's, whoever else points at them. */
static uint64_t message_bytes(const struct walk *w, struct message *m)
{
	enum field without = m->idle ? w->without : NONE;
	uint64_t bytes = m->idle ? 0 : sizeof(*m);

	if (m->mark == w->mark)
		return 0;
	m->mark = w->mark;
	if (without == ALL)
		return bytes;
	if (without != SESSION)
		bytes += session_bytes(w, m->session);
	if (without != BOOK)
		bytes += book_bytes(m->book);
	if (without != FILLS)
		bytes += fills_bytes(m->fills);
	else if (m->last_fill) /* the tail is pointed at twice */
		bytes += sizeof(*m->last_fill);
	if (without != REQUEST && m->request)
		bytes += message_bytes(w, m->request);
	return bytes;
}

static uint64_t reached_bytes(enum field without)
{
	struct walk w = { ++marks, without };
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < SESSIONS; i++)
		bytes += session_bytes(&w, platform.sessions[i]);
	for (uint32_t i = 0; i < platform.messages_nr; i++) {
		struct message *m = message_at(i);

		if (m && m->idle)
			bytes += message_bytes(&w, m);
	}
	return bytes;
}

/* What neither the tables nor idle messages lead to: messages that a worker forgot. */
static uint64_t leaked_bytes(void)
{
	struct walk w = { .without = NONE };
	uint64_t bytes = 0;

	reached_bytes(NONE);
	w.mark = marks;
	for (uint32_t i = 0; i < platform.messages_nr; i++) {
		struct message *m = message_at(i);

		if (m && m->session)
			bytes += message_bytes(&w, m);
	}
	return bytes;
}

static uint32_t objects_with(enum field f)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < platform.messages_nr; i++) {
		struct message *m = message_at(i);

		nr += m && m->idle && *(void **)((char *)m + field_table[f].offset);
	}
	return nr;
}

void message_snapshot(void)
{
	uint32_t snapshot = pooltrace_snapshot(); /* first: what follows leaves traces on the stack */
	uint64_t all = reached_bytes(NONE);

	printf("{\"snapshot\":%" PRIu32 ",\"retained_bytes\":%" PRIu64 ",\"fields\":[", snapshot,
	       all - reached_bytes(ALL));
	for (enum field f = 0; f < FIELDS; f++)
		printf("%s\n  {\"name\":\"%s\",\"offset\":%zu,\"retained_bytes\":%" PRIu64 ",\"objects\":%" PRIu32 "}",
		       f ? "," : "", field_table[f].name, field_table[f].offset, all - reached_bytes(f),
		       objects_with(f));
	printf("],\"leaked_bytes\":%" PRIu64 "}", leaked_bytes());
}
