/* SPDX-License-Identifier: MIT */
/*
 * symbols_victim.c - prints addresses of its own and what a debugger should say of them.
 *
 * One line each: WHAT ADDRESS LINE..., the address as in the ELF file, the call minus one byte,
 * the lines innermost first. Built with -O2 -g -ffunction-sections and --gc-sections, with
 * and without split DWARF.
 */
#include <link.h>
#include <stdio.h>

#ifdef __clang__
#define KEEP __attribute__((noinline))
#else
#define KEEP __attribute__((noipa))
#endif
#define IN_LINE	       static inline __attribute__((always_inline))
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

void victim_mark(const char *what, int line);
void victim_outer(void);

static unsigned long load_bias;
static int middle_line, outer_line;

static int remember_first(struct dl_phdr_info *info, size_t bytes, void *unused)
{
	(void)bytes, (void)unused;
	load_bias = info->dlpi_addr; /* the program itself comes first */
	return 1;
}

KEEP void victim_mark(const char *what, int line)
{
	unsigned long call = (unsigned long)__builtin_return_address(0) - 1;

	printf("%s %lx %d %d %d\n", what, call - load_bias, line, middle_line, outer_line);
}

IN_LINE void victim_inner(void)
{
	victim_mark("inlined", __LINE__);
	NO_TAIL_CALL();
}

IN_LINE void victim_middle(void)
{
	middle_line = __LINE__, victim_inner();
	NO_TAIL_CALL();
}

KEEP void victim_outer(void)
{
	outer_line = __LINE__, victim_middle();
	NO_TAIL_CALL();
}

/* No table but the full symbol table has its name. */
static KEEP void victim_static(void)
{
	victim_mark("static", __LINE__);
	NO_TAIL_CALL();
}

/*
 * Nobody calls it, so the linker drops it, and its debug information then says that it lies at
 * address 0: over everything else, as it is 64 KiB long.
 */
void dropped_by_the_linker(void);
void dropped_by_the_linker(void)
{
	__asm__ volatile(".skip 65536, 0x90");
}

/* The file's only unsized symbol: hand-written assembly often forgets .size. */
__asm__(".text\n"
	".globl victim_unsized\n"
	"victim_unsized:\n"
	"nop\n"
	"ret\n");
extern const char victim_unsized[];

/* In the symbol table it is victim_versioned@@VICTIM_1: see symbols_victim.map. */
__asm__(".symver versioned_here, victim_versioned@@VICTIM_1");
static KEEP __attribute__((used)) void versioned_here(void)
{
	victim_mark("versioned", __LINE__);
	NO_TAIL_CALL();
}

int main(void)
{
	dl_iterate_phdr(remember_first, NULL);
	victim_outer();
	victim_static();
	versioned_here();
	printf("unsized %lx 0 0 0\n", (unsigned long)victim_unsized + 1 - load_bias);
	return 0;
}
