/* SPDX-License-Identifier: MIT */
/* module.c - see module.h. Reads ELF headers that ld.so has mapped; takes no lock. */
#include "module.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#define BEING_FILLED 1u /* in pt_module.start: claimed, end and link_map to come */

static void find_build_id(struct pt_module_facts *f, const Elf64_Nhdr *note, uint64_t bytes)
{
	const unsigned char *p = (const unsigned char *)note, *end = p + bytes;

	while (p + sizeof(*note) <= end) {
		const Elf64_Nhdr *n = (const void *)p;
		const unsigned char *desc = p + sizeof(*n) + ((n->n_namesz + 3ul) & ~3ul);

		if (desc > end || n->n_descsz > (uint64_t)(end - desc))
			return;
		if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 && !memcmp(n + 1, "GNU", 4) &&
		    n->n_descsz <= PT_BUILD_ID_BYTES_MAX) {
			memcpy(f->build_id, desc, n->n_descsz);
			f->build_id_bytes = n->n_descsz;
			return;
		}
		p = desc + ((n->n_descsz + 3ul) & ~3ul);
	}
}

static void read_notes(struct pt_module_facts *f, const Elf64_Phdr *ph, unsigned int nr, uint64_t start, uint64_t end)
{
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t at = f->bias + ph[i].p_vaddr;

		if (ph[i].p_type == PT_NOTE && at >= start && at + ph[i].p_memsz <= end && !f->build_id_bytes)
			find_build_id(f, (const void *)at, ph[i].p_memsz);
	}
}

/* A program with a hole between its segments is told a segment at a time (bc, make and node of Debian 12), and the
 * headers and notes lie in the first one. The kernel says where that is. */
static void read_program(struct pt_module_facts *f)
{
	const Elf64_Phdr *ph = (const void *)getauxval(AT_PHDR);
	unsigned int i, nr = (unsigned int)getauxval(AT_PHNUM);
	uint64_t start = 0, end = 0;

	for (i = 0; ph && i < nr; i++)
		if (ph[i].p_type == PT_LOAD && (uint64_t)ph >= f->bias + ph[i].p_vaddr &&
		    (uint64_t)(ph + nr) <= f->bias + ph[i].p_vaddr + ph[i].p_filesz) {
			start = f->bias + ph[i].p_vaddr;
			end = start + ph[i].p_filesz;
		}
	if (start)
		read_notes(f, ph, nr, start, end);
}

/* The program headers lie in the first page of every file that a linker made. */
static void read_elf(struct pt_module_facts *f)
{
	const Elf64_Ehdr *eh = (const void *)f->start;

	if (f->bytes < 4096 || memcmp(eh->e_ident, ELFMAG, SELFMAG) || eh->e_phentsize != sizeof(Elf64_Phdr) ||
	    eh->e_phoff + eh->e_phnum * sizeof(Elf64_Phdr) > 4096)
		return;
	read_notes(f, (const void *)(f->start + eh->e_phoff), eh->e_phnum, f->start, f->start + f->bytes);
}

static void describe(const struct dl_find_object *o, struct pt_module_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->start = (uint64_t)o->dlfo_map_start;
	f->bytes = (uint64_t)o->dlfo_map_end - f->start;
	f->bias = o->dlfo_link_map->l_addr;
	f->path = o->dlfo_link_map->l_name;
	read_elf(f);
	if (!f->build_id_bytes && !o->dlfo_link_map->l_prev)
		read_program(f);
}

enum meeting {
	MET_NEVER,
	MET_BEFORE,
	MET_OTHER, /* another module that is gone by now has the place: its dlclose() has not come to pt_module_sweep() yet */
};

static enum meeting meeting(struct pt_modules *m, uint64_t ip, const struct dl_find_object *o)
{
	uint32_t i, nr = atomic_load_explicit(&m->nr, memory_order_acquire);
	enum meeting found = MET_NEVER;

	for (i = 0; i < nr; i++) {
		uint64_t start = atomic_load_explicit(&m->slots[i].start, memory_order_acquire);

		if (start <= BEING_FILLED || ip < start || ip >= m->slots[i].end)
			continue;
		if (start == (uint64_t)o->dlfo_map_start && m->slots[i].link_map == o->dlfo_link_map)
			return MET_BEFORE;
		found = MET_OTHER;
	}
	return found;
}

/* A slot that a dlclose() freed, or the next one. Without either the module is announced again
 * by whoever meets it. */
static struct pt_module *free_slot(struct pt_modules *m)
{
	uint32_t i, nr = atomic_load(&m->nr);

	for (i = 0; i < nr; i++) {
		uint64_t none = 0;

		if (!atomic_load_explicit(&m->slots[i].start, memory_order_relaxed) &&
		    atomic_compare_exchange_strong(&m->slots[i].start, &none, BEING_FILLED))
			return &m->slots[i];
	}
	for (i = nr; i < PT_MODULES_MAX; i = atomic_load(&m->nr))
		if (atomic_compare_exchange_weak(&m->nr, &i, i + 1)) {
			atomic_store(&m->slots[i].start, BEING_FILLED);
			return &m->slots[i];
		}
	return NULL;
}

static void add(struct pt_modules *m, const struct dl_find_object *o)
{
	struct pt_module *slot = free_slot(m);

	if (!slot)
		return;
	slot->end = (uint64_t)o->dlfo_map_end;
	slot->link_map = o->dlfo_link_map;
	atomic_store_explicit(&slot->start, (uint64_t)o->dlfo_map_start, memory_order_release);
}

bool pt_module_meet(struct pt_modules *m, uint64_t ip, struct pt_module_facts *facts)
{
	struct dl_find_object o;
	enum meeting met;

	if (_dl_find_object((void *)ip, &o))
		return false;
	met = meeting(m, ip, &o);
	if (met == MET_BEFORE)
		return false;
	add(m, &o);
	describe(&o, facts);
	facts->in_place_of_another = met == MET_OTHER;
	return true;
}

unsigned int pt_module_sweep(struct pt_modules *m, void (*before)(void),
			     void (*gone)(void *arg, uint64_t start, uint64_t bytes), void *arg)
{
	uint32_t i, nr = atomic_load(&m->nr);
	unsigned int found = 0;
	struct dl_find_object o;

	for (i = 0; i < nr; i++) {
		uint64_t start = atomic_load(&m->slots[i].start);

		if (start <= BEING_FILLED || (!_dl_find_object((void *)start, &o) && o.dlfo_link_map == m->slots[i].link_map &&
			       (uint64_t)o.dlfo_map_start == start))
			continue;
		/* Who loads it again while we are at this must not have its old frames, or it would not be met. */
		if (!found)
			before();
		if (!atomic_compare_exchange_strong(&m->slots[i].start, &start, 0))
			continue;
		gone(arg, start, m->slots[i].end - start);
		found++;
	}
	return found;
}
