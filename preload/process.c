/* SPDX-License-Identifier: MIT */
/*
 * process.c - start of recording, once per exec and once per forked child.
 *
 * Runs inside the first allocation of a process, perhaps in a signal handler of a forked
 * child: raw system calls only, no locks, no malloc.
 */
#include "process.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>

#include "config.h"
#include "light.h"
#include "mode.h"
#include "own.h"
#include "rule.h"
#include "segment.h"
#include "snapshot.h"
#include "sys.h"
#include "text.h"
#include "way.h"

#define SLAB_BYTES (1u << 20)
#define SLAB_LARGE_BYTES (SLAB_BYTES / 4) /* from here on a mapping of its own */

struct pt_process *pt_process;
_Atomic uint32_t pt_quiet;
_Atomic uint32_t pt_paused;
__thread uint32_t pt_internal __attribute__((tls_model("initial-exec")));

/* What a forked child inherits; plain memory, so the fork keeps it. */
static struct {
	uint8_t trace_id[16];
	struct pt_file_header *map;
	uint64_t map_bytes;
	uint32_t opened;
} inherited;

static void *pages_map(size_t bytes)
{
	if (atomic_load_explicit(&pt_quiet, memory_order_relaxed))
		return NULL;
	return pt_sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void *pages_own(size_t bytes)
{
	void *p = pages_map(bytes);

	pt_own_add(p, bytes);
	return p;
}

/* A slab that starts on a multiple of its size, so that its end is known from any address in it. */
static uint64_t slab_map(void)
{
	uint64_t at = (uint64_t)pages_map(2 * SLAB_BYTES);
	uint64_t slab = (at + SLAB_BYTES - 1) & ~(uint64_t)(SLAB_BYTES - 1);

	if (!at)
		return 0;
	if (slab > at)
		pt_sys_munmap((void *)at, slab - at);
	pt_sys_munmap((void *)(slab + SLAB_BYTES), at + SLAB_BYTES - slab);
	pt_own_add((void *)slab, SLAB_BYTES);
	return slab;
}

void *pt_pages_alloc(size_t bytes)
{
	struct pt_process *pr = pt_process;
	uint64_t at, slab;

	bytes = (bytes + 63) & ~(size_t)63;
	if (bytes >= SLAB_LARGE_BYTES)
		return pages_own((bytes + 4095) & ~(size_t)4095);
	at = atomic_load(&pr->slab_next);
	for (;;) {
		/* A multiple of the slab's size: none yet, or filled to the last byte. */
		if (at % SLAB_BYTES && at % SLAB_BYTES + bytes <= SLAB_BYTES) {
			if (atomic_compare_exchange_weak(&pr->slab_next, &at, at + bytes))
				return (void *)at;
			continue;
		}
		slab = slab_map();
		if (!slab)
			return NULL;
		if (atomic_compare_exchange_strong(&pr->slab_next, &at, slab + bytes))
			return (void *)slab;
		pt_own_del((void *)slab);
		pt_sys_munmap((void *)slab, SLAB_BYTES);
	}
}

void pt_pages_free(void *p, size_t bytes)
{
	bytes = (bytes + 63) & ~(size_t)63;
	if (bytes < SLAB_LARGE_BYTES || atomic_load_explicit(&pt_quiet, memory_order_relaxed))
		return;
	pt_own_del(p);
	pt_sys_munmap(p, (bytes + 4095) & ~(size_t)4095);
}

/* Does the file hold the word? For /proc/PID/maps: read in pieces, each overlapping the last. */
static bool file_mentions(const char *path, const char *word)
{
	char buf[1024];
	size_t kept = 0, len = strlen(word);
	bool found = false;
	int fd = (int)pt_sys_open(path, 02000000 /* O_CLOEXEC */, 0);
	long n;

	if (fd < 0)
		return false;
	while (!found && (n = pt_sys_read(fd, buf + kept, sizeof(buf) - kept)) > 0) {
		kept += (size_t)n;
		found = memmem(buf, kept, word, len) != NULL;
		if (kept > len) {
			memmove(buf, buf + kept - len, len);
			kept = len;
		}
	}
	pt_sys_close(fd);
	return found;
}

/* With POOLTRACE_CHILDREN=0 an exec'd child is known by a parent that has us loaded: the
 * environment is the program's and is not written to. */
static bool parent_is_recorded(void)
{
	char path[64];
	struct pt_text t;

	pt_text_init(&t, path, sizeof(path));
	pt_text_put(&t, "/proc/");
	pt_text_put_number(&t, pt_sys_getppid(), 10);
	pt_text_put(&t, "/maps");
	return file_mentions(path, "libpooltrace.so");
}

static bool wanted(const char *program, bool forked)
{
	const char *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	if (pt_config.children || pt_config.record_children)
		return pt_config_wants(name);
	return !forked && !parent_is_recorded();
}

/* Put zero pages where the parent's trace was: the child lets go of the file, and a record that a
 * fork in a signal handler interrupted half-way ends up nowhere. By fork() itself (pthread_atfork),
 * and again when a child of a raw clone() has its first event. Shared in name only: private ones
 * that can be written count as data, all 16 GiB, against RLIMIT_DATA, which Chromium sets to 4. */
static void drop_parent_trace(void)
{
	if (atomic_load(&pt_quiet))
		return;
	if (inherited.map) {
		pt_own_add(inherited.map, inherited.map_bytes); /* no snapshot is to look through all of it */
		pt_sys_mmap(inherited.map, inherited.map_bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1);
	}
	inherited.map = NULL;
}

void pt_process_map_shrunk(uint64_t bytes)
{
	inherited.map_bytes = bytes;
}

static bool open_trace(struct pt_process *pr)
{
	bool forked = inherited.opened;
	struct pt_segment_open want;

	PT_POINT("open");
	memset(&want, 0, sizeof(want));
	pt_sys_readlink("/proc/self/exe", want.program, sizeof(want.program) - 1);
	pr->opened = ++inherited.opened;
	if (forked) {
		drop_parent_trace();
		pt_unwinder_after_fork();
		pt_rules_after_fork();
		pt_mode_forked();
	}
	if (!wanted(want.program, forked))
		return false;
	memcpy(want.parent_id, inherited.trace_id, sizeof(want.parent_id));
	want.flags = (forked ? PT_FILE_FORKED : 0) | (pt_unwinder_ready() ? 0 : PT_FILE_NO_UNWINDER);
	if (pt_segment_open(pr, &want))
		return false;
	PT_POINT("opened");
	pr->file->snap_signal = pt_snapshot_signal;
	pt_mode_begin(pr);
	memcpy(inherited.trace_id, pr->file->trace_id, sizeof(inherited.trace_id));
	inherited.map = pr->file;
	inherited.map_bytes = atomic_load(&pr->limit_pages) * PT_PAGE_BYTES;
	return true;
}

/*
 * Again until it is what the switches say: threads pause, resume, confine and switch the process as they like.
 *
 * In an order that nobody sees two ways at once: when the first event is told or counted in the new one, none enters the old
 * one any more. So a block that was told is not freed untold by whoever got it then.
 */
static void set_takes(struct pt_process *pr)
{
	struct pt_file_header *h = *(struct pt_file_header *volatile *)&pr->file;
	uint32_t paused, quiet;
	uint64_t mode;
	bool full;

	do {
		paused = atomic_load(&pt_paused);
		quiet = atomic_load(&pt_quiet);
		mode = atomic_load(&pt_mode);
		full = pt_mode_kind(mode) == PT_MODE_FULL;
		pt_light_open(PT_MODE_FULL); /* the common way asks each time */
		PT_POINT("switch");
		__atomic_store_n(&pr->takes, 0, __ATOMIC_SEQ_CST);
		PT_POINT("switch");
		__atomic_store_n(&pr->light, paused || full ? 0 : mode, __ATOMIC_SEQ_CST);
		PT_POINT("switch");
		__atomic_store_n(&pr->takes, paused || !full || quiet == PT_QUIET_NO_CLOCK ? 0 : pr->opened,
				 __ATOMIC_SEQ_CST);
		PT_POINT("switch");
		if (!full && !paused)
			pt_light_open(pt_mode_kind(mode));
		if (h) { /* else a handler forked just now */
			__atomic_store_n(&h->sample_bytes, pt_mode_bytes(mode), __ATOMIC_RELAXED);
			__atomic_store_n(&h->mode, pt_mode_kind(mode), __ATOMIC_RELEASE);
		}
	} while (paused != atomic_load(&pt_paused) || quiet != atomic_load(&pt_quiet) || mode != atomic_load(&pt_mode));
}

/* No handler runs meanwhile: what it allocates would go unrecorded, and one that jumps out would leave
 * the file's descriptor behind. */
static bool start_now(struct pt_process *pr)
{
	uint32_t state = PT_PROCESS_NEW;
	uint64_t before = 0;
	bool blocked = !atomic_load(&pt_quiet) && pt_sys_block(&before);

	if (atomic_compare_exchange_strong(&pr->state, &state, PT_PROCESS_OPENING)) {
		state = !atomic_load(&pt_quiet) && open_trace(pr) ? PT_PROCESS_RECORDING : PT_PROCESS_OFF;
		atomic_store(&pr->state, state);
		if (state == PT_PROCESS_RECORDING)
			set_takes(pr);
	} else {
		state = PT_PROCESS_OFF; /* by another thread, just now */
	}
	if (blocked)
		pt_sys_unblock(&before);
	return state == PT_PROCESS_RECORDING;
}

bool pt_process_start(void)
{
	struct pt_process *pr = pt_process;
	uint32_t state;

	if (!pr)
		return false;
	state = atomic_load_explicit(&pr->state, memory_order_acquire);
	if (__builtin_expect(state == PT_PROCESS_RECORDING, 1))
		return true;
	/* OPENING: by this very thread further up, or by another one in a process that had only one. */
	return state == PT_PROCESS_NEW && start_now(pr);
}

void pt_process_switch(void)
{
	struct pt_process *pr = pt_process;

	if (pr && atomic_load(&pr->state) == PT_PROCESS_RECORDING)
		set_takes(pr);
}

void pt_process_pause(bool on)
{
	atomic_store(&pt_paused, on);
	pt_process_switch();
}

void pt_process_boot(char **env)
{
	size_t bytes = (sizeof(struct pt_process) + 4095) & ~4095ul;
	void *page;

	if (pt_process)
		return;
	page = pages_own(bytes);
	if (!page)
		return;
	if (pt_sys_madvise(page, bytes, MADV_WIPEONFORK) < 0) {
		pt_own_del(page);
		pt_sys_munmap(page, bytes);
		return;
	}
	pt_config_read(env);
	pt_mode_init();
	pthread_atfork(NULL, NULL, drop_parent_trace);
	pt_process = page;
	pt_way.process = page;
	pt_way.cpu_offset = __rseq_offset + (int64_t)offsetof(struct rseq, cpu_id);
}
