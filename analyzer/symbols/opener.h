/* SPDX-License-Identifier: MIT */
/*
 * opener.h - modules opened by a thread of its own, while something else is to be done.
 *
 * Opening a module, that is reading its symbol table and the index of its debug information, costs up to tenths of a
 * second, and which modules it will be is known long before their frames are asked for. What comes out does not depend
 * on it: a module that nobody asked for here is opened when its first frame is.
 */
#ifndef PT_OPENER_H
#define PT_OPENER_H

#include "symbols.h"

struct pt_opener;

/*
 * pt_opener_start() - from here to pt_opener_end() `s` is the thread's: nobody else may use it.
 *
 * NULL: there is no memory, no thread, or modules may have to come from the network, which nobody has asked for yet.
 */
struct pt_opener *pt_opener_start(struct pt_symbols *s);

/* pt_opener_ask() - this one is to be opened, if it is not one of very many; by one thread at a time. Copies what it is
 * given, waits for nothing. */
void pt_opener_ask(struct pt_opener *o, const struct pt_symbol_module *m);

/* pt_opener_end() - waits until all that was asked for is open. NULL does nothing. */
void pt_opener_end(struct pt_opener *o);

#endif
