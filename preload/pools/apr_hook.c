/* SPDX-License-Identifier: MIT */
/*
 * apr_hook.c - at the boot: is libapr there, is it as believed, and everybody's calls to apr.c's hooks.
 *
 * Nothing is exported (got.h). References are patched, libapr's own to itself among them; what is loaded
 * later finds the hooks in libapr's symbol table. Another preload that already stands before
 * libapr is left in peace: then the adapter stays off.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "../got.h"
#include "../real.h"
#include "adapter.h"
#include "apr_parts.h"

struct pt_apr pt_apr = { .mmap = mmap, .munmap = munmap };
enum pt_apr_mode pt_apr_mode;
struct pt_apr_range pt_apr_code[PT_APR_CODES];

/* One row a function: its name, where it is in struct pt_apr. */
struct row {
	const char *name;
	size_t at;
};
#define ROW(name, field) { name, offsetof(struct pt_apr, field) }

/* Called by everybody, libapr itself too. */
static const struct row outer[] = {
	ROW("apr_allocator_create", allocator_create), ROW("apr_allocator_destroy", allocator_destroy),
	ROW("apr_allocator_alloc", allocator_alloc),   ROW("apr_allocator_free", allocator_free),
	ROW("apr_pool_create_ex", pool_create),	       ROW("apr_pool_create_unmanaged_ex", pool_create_unmanaged),
	ROW("apr_pool_clear", pool_clear),	       ROW("apr_pool_destroy", pool_destroy),
	ROW("apr_palloc", palloc),		       ROW("apr_pvsprintf", pvsprintf),
};
#define OUTER_NR (sizeof(outer) / sizeof(outer[0]))

/* Only libapr's own calls; the last two are not its functions. */
static const struct row inner[] = {
	ROW("apr_allocator_owner_get", allocator_owner_get), ROW("apr_allocator_mutex_set", allocator_mutex_set),
	ROW("apr_thread_mutex_lock", mutex_lock),	     ROW("apr_thread_mutex_unlock", mutex_unlock),
	ROW("mmap", mmap),				     ROW("munmap", munmap),
};
#define INNER_NR (sizeof(inner) / sizeof(inner[0]))

static void *function_of(const struct pt_apr *functions, const struct row *r)
{
	return *(void *const *)((const char *)functions + r->at);
}

/* The real one, which is libapr's and the one that the program itself finds. */
static bool resolve(const struct row *r, const struct link_map *libapr)
{
	void *real = pt_real_symbol(r->name);
	struct dl_find_object o;

	*(void **)((char *)&pt_apr + r->at) = real;
	return real && real == dlsym(RTLD_DEFAULT, r->name) && !_dl_find_object(real, &o) &&
	       o.dlfo_link_map == libapr;
}

static bool find_code(enum pt_apr_code which, const void *function)
{
	const Elf64_Sym *symbol = NULL;
	Dl_info info;

	if (!dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol || info.dli_saddr != function)
		return false;
	pt_apr_code[which].start = (uint64_t)function;
	pt_apr_code[which].bytes = symbol->st_size;
	return true;
}

static bool find(const void *palloc)
{
	struct dl_find_object o;
	size_t i;

	if (_dl_find_object((void *)palloc, &o))
		return false;
	for (i = 0; i < OUTER_NR; i++)
		if (!resolve(&outer[i], o.dlfo_link_map))
			return false;
	for (i = 0; i < INNER_NR - 2; i++)
		if (!resolve(&inner[i], o.dlfo_link_map))
			return false;
	return find_code(PT_APR_FREES, (void *)pt_apr.allocator_free) &&
	       find_code(PT_APR_CLEARS, (void *)pt_apr.pool_clear) &&
	       find_code(PT_APR_DESTROYS, (void *)pt_apr.pool_destroy) &&
	       find_code(PT_APR_PRINTS, (void *)pt_apr.pvsprintf);
}

/* References to the hooks, or back to the real functions. */
static void point_references(const struct pt_apr *to)
{
	struct pt_got_row rows[OUTER_NR + INNER_NR];
	size_t i;

	for (i = 0; i < OUTER_NR + INNER_NR; i++) {
		const struct row *r = i < OUTER_NR ? &outer[i] : &inner[i - OUTER_NR];

		rows[i].name = r->name;
		rows[i].hook = function_of(to, r);
	}
	pt_got_patch(rows, OUTER_NR, (const void *)point_references);
	pt_got_patch_in(rows + OUTER_NR, INNER_NR, (const void *)pt_apr.palloc);
}

static enum pt_adapter_state hook(void)
{
	const void *palloc = pt_real_symbol("apr_palloc");
	size_t i;

	if (!palloc)
		return PT_ADAPTER_ABSENT;
	if (!find(palloc))
		return PT_ADAPTER_UNKNOWN;
	point_references(&pt_apr_hooks);
	pt_apr_mode = PT_APR_TRY;
	if (!pt_apr_try()) {
		pt_apr_mode = PT_APR_OFF;
		point_references(&pt_apr);
		return PT_ADAPTER_UNKNOWN;
	}
	pt_apr_mode = PT_APR_ON;
	/* Modules that are loaded later: apache's, svn's, an interpreter's. */
	for (i = 0; i < OUTER_NR; i++) {
		const struct pt_got_row row = { outer[i].name, function_of(&pt_apr_hooks, &outer[i]) };

		pt_got_publish(&row, function_of(&pt_apr, &outer[i]));
	}
	return PT_ADAPTER_ON;
}

const struct pt_adapter pt_adapter_apr = { "apr", "libapr-1", hook };
