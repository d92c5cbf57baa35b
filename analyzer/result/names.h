/* SPDX-License-Identifier: MIT */
/*
 * names.h - hashes of names that come up again and again: frames of many call sites are the same ones.
 *
 * By what a name reads, so two copies have one hash; those asked for lately are known by their address, so a name must not
 * change meanwhile.
 */
#ifndef PT_NAMES_H
#define PT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define PT_HASH_START 0xcbf29ce484222325ull /* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
#define PT_HASH_TIMES 0x100000001b3ull
#define PT_NAMES_LOG2 10

/* All zero is empty. 16 KiB. */
struct pt_names {
	struct {
		const char *name;
		uint64_t hash;
	} lately[1u << PT_NAMES_LOG2];
};

/* pt_hash_add() - the hash of all so far and one number more. */
static inline uint64_t pt_hash_add(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * PT_HASH_TIMES;
}

/* pt_names_hash() - NULL is a name, too. */
static inline uint64_t pt_names_hash(struct pt_names *n, const char *name)
{
	size_t at = (size_t)((uintptr_t)name * 0x9e3779b97f4a7c15ull >> (64 - PT_NAMES_LOG2));
	uint64_t hash = PT_HASH_START;

	if (!name)
		return 0;
	if (n->lately[at].name == name)
		return n->lately[at].hash;
	for (const char *c = name; *c; c++)
		hash = pt_hash_add(hash, (unsigned char)*c);
	n->lately[at].name = name;
	n->lately[at].hash = hash;
	return hash;
}

#endif
