/* SPDX-License-Identifier: MIT */
/*
 * budget_bytes.h - bytes read as a budget file.
 */
#ifndef PT_BUDGET_BYTES_H
#define PT_BUDGET_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/budget/budget.h"

static char error[PT_BUDGET_ERROR_BYTES]; /* what was wrong with the last */

static inline int read_bytes(const char *bytes, size_t size, struct pt_budgets *out)
{
	int fd = memfd_create("budget", MFD_CLOEXEC), rc;
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = pt_budgets_read(path, out, error);
	close(fd);
	return rc;
}

/* One budget below the usual head: its first line is line 3, its keys are in column 5. */
#define HEAD "version: 1\nbudgets:\n  - "

#endif
