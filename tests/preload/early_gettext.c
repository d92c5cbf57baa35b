// SPDX-License-Identifier: MIT
/*
 * early_gettext.c - a library whose constructor makes the first allocation of the process inside
 * bindtextdomain(), under the lock of libc's translations; libgpg-error's does so, in PostgreSQL.
 * A second call waits for ever if that lock was given back more often than it was taken.
 */
#include <dlfcn.h>
#include <libintl.h>
#include <stdio.h>
#include <unistd.h>

int early_gettext(void);

static __attribute__((constructor)) void early(void)
{
	bindtextdomain("early", "/nowhere");
}

int early_gettext(void)
{
	const char *error = dlerror();

	alarm(20);
	printf("bound to %s, then", bindtextdomain("early", NULL));
	printf(" to %s; dlerror %s\n", bindtextdomain("late", "/elsewhere"), error ? error : "none");
	return 0;
}
