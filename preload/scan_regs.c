/* SPDX-License-Identifier: MIT */
/* scan_regs.c - see scan_regs.h. */
#include "scan_regs.h"

#include <cpuid.h>
#include <string.h>
#include <ucontext.h>

#define XMM_FIRST 17u  /* DWARF's number of xmm0 */
#define XMM_SECOND 67u /* and of xmm16 */
#define XMM_AT 160u    /* in the area that FXSAVE writes (Intel SDM, vol. 1, 10.5.1) */
#define XSAVE_HEADER 512u /* then the components (13.4) */
#define XSAVE_LEAF 0xdu

/* What the kernel put into bytes that FXSAVE leaves free (asm/sigcontext.h, struct _fpx_sw_bytes). */
struct kernel_words {
	uint32_t magic, extended_bytes;
	uint64_t components;
	uint32_t area_bytes;
};
#define KERNEL_WORDS_AT 464u
#define KERNEL_MAGIC 0x46505853u

struct telling {
	bool (*tell)(void *arg, uint32_t number, uint64_t word);
	void *arg;
};

/* `nr` registers of `words` words each. */
static bool vectors(const struct telling *t, const unsigned char *at, uint32_t first, unsigned int nr, unsigned int words)
{
	unsigned int i;
	uint64_t word;

	for (i = 0; i < nr * words; i++) {
		memcpy(&word, at + 8 * i, sizeof(word));
		if (!t->tell(t->arg, first + i / words, word))
			return false;
	}
	return true;
}

/* Beyond xmm0 to xmm15: the upper halves of ymm, those of zmm, and zmm16 to zmm31. */
static bool extended(const struct telling *t, const unsigned char *area)
{
	static const struct {
		unsigned int component, words;
		uint32_t first;
	} parts[] = { { 2, 2, XMM_FIRST }, { 6, 4, XMM_FIRST }, { 7, 8, XMM_SECOND } };
	struct kernel_words k;
	uint64_t used;
	unsigned int i;

	memcpy(&k, area + KERNEL_WORDS_AT, sizeof(k));
	if (k.magic != KERNEL_MAGIC || k.area_bytes < XSAVE_HEADER + 64)
		return true;
	memcpy(&used, area + XSAVE_HEADER, sizeof(used));
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint32_t bytes, at, c, d;

		if (!(used & k.components & 1ull << parts[i].component)) /* all zero */
			continue;
		__cpuid_count(XSAVE_LEAF, parts[i].component, bytes, at, c, d);
		if (bytes == 16 * parts[i].words * 8 && at <= k.area_bytes && bytes <= k.area_bytes - at &&
		    !vectors(t, area + at, parts[i].first, 16, parts[i].words))
			return false;
	}
	return true;
}

bool pt_scan_registers(const void *context, bool (*tell)(void *arg, uint32_t number, uint64_t word), void *arg)
{
	static const uint8_t dwarf[NGREG] = { [REG_RAX] = 1, [REG_RDX] = 2, [REG_RCX] = 3, [REG_RBX] = 4,
					      [REG_RSI] = 5, [REG_RDI] = 6, [REG_RBP] = 7, [REG_R8] = 9,
					      [REG_R9] = 10, [REG_R10] = 11, [REG_R11] = 12, [REG_R12] = 13,
					      [REG_R13] = 14, [REG_R14] = 15, [REG_R15] = 16 }; /* number + 1 */
	const struct telling t = { tell, arg };
	const ucontext_t *c = context;
	const unsigned char *area = (const void *)c->uc_mcontext.fpregs;
	unsigned int i;

	for (i = 0; i < NGREG; i++)
		if (dwarf[i] && !tell(arg, dwarf[i] - 1u, (uint64_t)c->uc_mcontext.gregs[i]))
			return false;
	return !area || (vectors(&t, area + XMM_AT, XMM_FIRST, 16, 2) && extended(&t, area));
}
