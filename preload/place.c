/* SPDX-License-Identifier: MIT */
/* place.c - see place.h. Runs inside malloc() and in signal handlers of forked children. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <x86intrin.h>

#include "sys.h"
#include "text.h"

#define NAMES_TRIED 8u

void pt_place_random(uint8_t out[16])
{
	uint64_t seed[2] = { 0, 0 };
	const void *aux = (const void *)getauxval(AT_RANDOM);
	struct timespec now = { 0, 0 };
	unsigned int i, round;

	if (aux)
		memcpy(seed, aux, sizeof(seed));
	clock_gettime(CLOCK_REALTIME, &now);
	seed[0] ^= __rdtsc();
	seed[1] ^= (uint64_t)pt_sys_getpid() << 32 ^ ((uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec);
	for (round = 0; round < 4; round++)
		for (i = 0; i < 2; i++) { /* splitmix64's finaliser, Steele et al. 2014 */
			seed[i] += 0x9e3779b97f4a7c15ull + seed[1 - i];
			seed[i] = (seed[i] ^ seed[i] >> 30) * 0xbf58476d1ce4e5b9ull;
			seed[i] = (seed[i] ^ seed[i] >> 27) * 0x94d049bb133111ebull;
			seed[i] ^= seed[i] >> 31;
		}
	memcpy(out, seed, 16);
}

static void expand(struct pt_text *t, const char *program, uint64_t random)
{
	const char *p, *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	for (p = pt_config.output; *p; p++) {
		if (*p != '%') {
			pt_text_put_n(t, p, 1);
			continue;
		}
		switch (*++p) {
		case 'e':
			pt_text_put(t, *name ? name : "unknown");
			break;
		case 'p':
			pt_text_put_number(t, pt_sys_getpid(), 10);
			break;
		case 'r':
			pt_text_put_number(t, random & 0xffffffff, 16);
			break;
		default:
			pt_text_put(t, "%");
		}
	}
}

/* The nth name to try. From the second on the process and a random number are appended, so
 * a pattern that names an existing file costs neither trace. */
static void name_file(struct pt_place *f, const char *program, unsigned int nth)
{
	struct pt_text t;
	uint8_t id[16];
	uint64_t random;
	const char *slash;

	pt_place_random(id);
	memcpy(&random, id, sizeof(random));
	pt_text_init(&t, f->path, sizeof(f->path));
	expand(&t, program, random);
	if (nth) {
		pt_text_put(&t, ".");
		pt_text_put_number(&t, pt_sys_getpid(), 10);
		pt_text_put(&t, ".");
		pt_text_put_number(&t, random >> 32, 16);
	}
	slash = strrchr(f->path, '/');
	f->name = slash ? slash + 1 : f->path;
}

bool pt_place_open(struct pt_place *f, const char *program)
{
	char *slash;

	f->fd = -ENOENT;
	name_file(f, program, 0);
	slash = strrchr(f->path, '/');
	if (slash)
		slash[slash == f->path] = '\0';
	else
		memcpy(f->path, ".", 2); /* the working directory has no name any more */
	f->folder = (int)pt_sys_open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	name_file(f, program, 0); /* for those who are told */
	return f->folder >= 0;
}

void pt_place_close(struct pt_place *f)
{
	if (f->folder >= 0)
		pt_sys_close(f->folder);
}

bool pt_place_make(struct pt_place *f, const char *program, bool nameless)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	unsigned int nth;

	f->nameless = nameless;
	if (nameless) { /* a process that is killed now leaves nothing behind */
		f->fd = (int)pt_sys6(SYS_openat, f->folder, (long)".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600, 0, 0);
		return f->fd >= 0;
	}
	for (nth = 0, f->fd = -EEXIST; nth < NAMES_TRIED && f->fd == -EEXIST; nth++) {
		name_file(f, program, nth);
		f->fd = (int)pt_sys6(SYS_openat, f->folder, (long)f->name, flags, 0600, 0, 0);
	}
	return f->fd >= 0;
}

bool pt_place_link(struct pt_place *f, const char *program)
{
	char self[40];
	struct pt_text t;
	unsigned int nth;
	long r = -EEXIST;

	pt_text_init(&t, self, sizeof(self));
	pt_text_put(&t, "/proc/self/fd/");
	pt_text_put_number(&t, (uint64_t)f->fd, 10);
	for (nth = 0; nth < NAMES_TRIED && r == -EEXIST; nth++) {
		name_file(f, program, nth);
		r = pt_sys6(SYS_linkat, AT_FDCWD, (long)self, f->folder, (long)f->name, AT_SYMLINK_FOLLOW, 0);
	}
	return !r;
}

void pt_place_drop(struct pt_place *f, bool remove)
{
	if (remove && !f->nameless)
		pt_sys3(SYS_unlinkat, f->folder, (long)f->name, 0);
	pt_sys_close(f->fd);
}
