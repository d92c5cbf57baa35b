/* SPDX-License-Identifier: MIT */
/*
 * interpose_sandbox.c - notice when the program is about to confine itself with seccomp.
 *
 * From then on a system call of ours could be the end of the program. libseccomp goes through
 * syscall() or prctl(); both do here what libc's do.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "emit.h"
#include "interpose.h"
#include "snapshot.h"

/* `clock_goes`: rdtsc will fault too, as in strict mode (prctl(2), PR_SET_TSC). */
static void confine(const struct pt_entry *at, bool clock_goes)
{
	int saved_errno = errno;

	/* A second filter finds us quiet already, in the chunk that the first one left us. */
	if (!clock_goes && !atomic_load(&pt_quiet) && pt_process && pt_process_start())
		pt_emit_sandboxed(at);
	if (clock_goes || !atomic_load(&pt_quiet))
		atomic_store(&pt_quiet, clock_goes ? PT_QUIET_NO_CLOCK : 1);
	pt_snapshot_finish(); /* by another thread, which the filter may be for too */
	if (clock_goes && pt_process)
		pt_process->takes = 0; /* every event is counted, none is stamped */
	errno = saved_errno;
}

/* The kernel's result as libc gives it. Also reached from the assembly below. */
__attribute__((visibility("hidden"))) long pt_libc_result(long r);
long pt_libc_result(long r)
{
	if (r >= 0 || r < -4095)
		return r;
	errno = (int)-r;
	return -1;
}

PT_PUBLIC int prctl(int option, ...)
{
	const struct pt_entry at = PT_ENTRY();
	unsigned long a[4];
	unsigned int i;
	va_list ap;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_SECCOMP && (a[0] == SECCOMP_MODE_STRICT || a[1]))
		confine(&at, a[0] == SECCOMP_MODE_STRICT);
	else if (option == PR_SET_TSC && a[0] == PR_TSC_SIGSEGV)
		confine(&at, true);
	return (int)pt_libc_result(
		pt_sys6(SYS_prctl, option, (long)a[0], (long)a[1], (long)a[2], (long)a[3], 0));
}

/* syscall(SYS_seccomp, operation, flags, args) with `at` of its caller. libseccomp first asks with
 * arguments that must fail (strict with flags, a filter without a program) what the kernel knows. */
__attribute__((visibility("hidden"))) void pt_seccomp_called(const struct pt_entry *at, unsigned long operation,
							      unsigned long flags, const void *args);
void pt_seccomp_called(const struct pt_entry *at, unsigned long operation, unsigned long flags, const void *args)
{
	if (operation == SECCOMP_SET_MODE_STRICT && !flags)
		confine(at, true);
	else if (operation == SECCOMP_SET_MODE_FILTER && args)
		confine(at, false);
}

/* Without a frame, as libc's: what is called through it may return twice, or on another stack.
 * Only for SYS_seccomp (317) the arguments are put aside and pt_seccomp_called() is told. */
__asm__(".text\n"
	".globl syscall\n"
	".type syscall, @function\n"
	"syscall:\n"
	"	.cfi_startproc\n"
	"	cmpq $317, %rdi\n"
	"	je 2f\n"
	"1:	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	movq %rdx, %rsi\n"
	"	movq %rcx, %rdx\n"
	"	movq %r8, %r10\n"
	"	movq %r9, %r8\n"
	"	movq 8(%rsp), %r9\n"
	"	syscall\n"
	"	cmpq $-4095, %rax\n"
	"	jae 3f\n"
	"	ret\n"
	"3:	movq %rax, %rdi\n"
	"	jmp pt_libc_result\n"
	"2:	pushq %rdi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	pushq %rsi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	pushq %rdx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	pushq %rcx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	pushq %rbp\n"		/* struct pt_entry: bp, */
	"	.cfi_adjust_cfa_offset 8\n"
	"	leaq 48(%rsp), %rax\n" /* sp after the return, */
	"	pushq %rax\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	pushq 48(%rsp)\n"	/* ip */
	"	.cfi_adjust_cfa_offset 8\n"
	"	movq %rsp, %rdi\n"
	"	call pt_seccomp_called\n"
	"	addq $24, %rsp\n"
	"	.cfi_adjust_cfa_offset -24\n"
	"	popq %rcx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	popq %rdx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	popq %rsi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	popq %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	jmp 1b\n"
	"	.cfi_endproc\n"
	".size syscall, . - syscall\n");
