/* SPDX-License-Identifier: MIT */
/*
 * layout.h - a trace as it lies on disk: file header, chunk headers, record kinds.
 *
 * Shared by writer (preload/) and reader (analyzer/trace/). No I/O, no malloc. All integers
 * are little-endian; all offsets in bytes. docs/format.md says the same in words, so that a
 * second reader can be written from it alone: change both or neither.
 */
#ifndef PT_LAYOUT_H
#define PT_LAYOUT_H

#include <stdint.h>

#define PT_MAGIC "pooltrc" /* 8 bytes with the terminating NUL */
#define PT_VERSION 2u
#define PT_PAGE_BYTES 4096u /* unit of the cursor and of chunk lengths; a chunk starts on a page */
#define PT_HEADER_PAGES 1u
#define PT_CHUNK_MAGIC 0x4b434850u /* "PHCK"; stored last when a chunk is opened */
#define PT_SNAP_MAGIC 0x4e534850u /* "PHSN": the same header, but a snapshot's records (snap.h) follow */
#define PT_COUNT_MAGIC 0x544e4350u /* "PCNT": the same header, but a thread's counters follow (struct pt_count_block) */
#define PT_CHUNK_PAGES_MAX 256u	   /* 1 MiB: what a reader must be ready to buffer for one writer */

/* One tick is 2^5 TSC cycles: 12 ns at 2.6 GHz. Fine enough to tell events of one thread
 * apart, coarse enough that the usual distance fits one byte of varint. */
#define PT_TICK_SHIFT 5u

#define PT_PROGRAM_BYTES 256u

/* Why an event is not in the file. Counted in the file header, by cause. */
enum pt_lost {
	PT_LOST_LIMIT = 0,  /* POOLTRACE_SIZE_LIMIT was reached */
	PT_LOST_DISK = 1,   /* the file system refused a page (full, quota, I/O error) */
	PT_LOST_MEMORY = 2, /* no memory for a thread's tables */
	PT_LOST_NESTED = 3, /* an event inside an event inside an event */
	PT_LOST_SANDBOX = 4, /* the program forbade system calls (seccomp): no new chunk */
	PT_LOST_NR = 5
};

/* Counters are spread over cache lines so that threads which all lose do not fight for one. */
#define PT_LOST_SHARDS 16u
struct pt_lost_shard {
	uint64_t allocs[PT_LOST_NR]; /* allocation events, by enum pt_lost */
	uint64_t frees[PT_LOST_NR];  /* free events, by enum pt_lost */
};

/* Why a snapshot that was asked for is not in the file. Counted in the file header, by cause. */
enum pt_snap_lost {
	PT_SNAP_LOST_LIMIT = 0,	  /* it would have taken more than half of what the size limit left */
	PT_SNAP_LOST_DISK = 1,	  /* the file system refused a page */
	PT_SNAP_LOST_MEMORY = 2,  /* no memory, or the system refused the child process */
	PT_SNAP_LOST_BUSY = 3,	  /* PT_SNAPS_AT_ONCE were being written already */
	PT_SNAP_LOST_SANDBOX = 4, /* the program forbade system calls (seccomp) */
	PT_SNAP_LOST_SYSTEM = 5,  /* no /proc, or it does not say what is mapped */
	PT_SNAP_LOST_NR = 6
};
#define PT_SNAPS_AT_ONCE 8u

/* Who asked for a snapshot. */
enum pt_snap_why {
	PT_SNAP_CALL = 0,   /* pooltrace_snapshot() */
	PT_SNAP_EXIT = 1,   /* POOLTRACE_SNAPSHOT=exit */
	PT_SNAP_SIGNAL = 2, /* signal=NAME */
	PT_SNAP_EVERY = 3,  /* every=TIME */
	PT_SNAP_MARK = 4,   /* mark: at each pooltrace_mark() */
	PT_SNAP_ASKED = 5,  /* `pooltrace snapshot PID` */
	PT_SNAP_WHY_NR = 6
};

/* TSC and CLOCK_MONOTONIC, read together. */
struct pt_clock_pair {
	uint64_t tsc, mono_ns;
};

/* Page 0. Written once when the trace is opened, except `cursor_pages`, `stopped`, `lost`
 * and `clocks`, which live threads update. */
struct pt_file_header {
	char magic[8];
	uint32_t version;
	uint32_t header_bytes; /* PT_HEADER_PAGES * PT_PAGE_BYTES */
	uint32_t page_bytes;   /* PT_PAGE_BYTES */
	uint32_t tick_shift;   /* ticks = TSC >> tick_shift */
	uint64_t limit_pages;  /* length of the file, pages; it is sparse */
	uint8_t trace_id[16];  /* random; names this trace */
	uint8_t parent_id[16]; /* the trace of the process that forked this one, or zero */
	uint32_t pid;
	uint32_t ppid;
	uint64_t start_tsc;	/* TSC, CLOCK_MONOTONIC and CLOCK_REALTIME read together at the start */
	uint64_t start_mono_ns;
	uint64_t start_real_ns;
	uint32_t stack_depth; /* frames at most; 0 = stacks were not asked for */
	uint32_t flags;	      /* PT_FILE_* */
	char program[PT_PROGRAM_BYTES]; /* absolute path of the executable, NUL-terminated, cut if longer */
	_Alignas(1024) uint64_t cursor_pages; /* first page that no chunk has claimed; >= PT_HEADER_PAGES */
	_Alignas(64) uint32_t stopped; /* enum pt_lost + 1 once recording has stopped, else 0 */
	_Alignas(2048) struct pt_lost_shard lost[PT_LOST_SHARDS];
	uint64_t lost_others[PT_LOST_NR]; /* mappings, thread ends and the like, by enum pt_lost */
	uint64_t lost_pools[PT_LOST_NR];  /* events of annotated pools, by enum pt_lost */
	/* Later readings of the clocks, each time over the older of the two; the newest is
	 * clocks[(clocks_nr - 1) % 2]. At 1, 2, 4 ... 32 ms or later, then every 50 ms. */
	struct pt_clock_pair clocks[2];
	uint64_t clocks_nr;
	/* Snapshots. Each that was begun ends up done, or lost, unless its child process was killed. */
	uint32_t snaps_begun, snaps_done;
	uint32_t snaps_lost[PT_SNAP_LOST_NR]; /* by enum pt_snap_lost */
	uint32_t snaps_asked;  /* +1 by `pooltrace snapshot PID`, which writes into this file */
	uint32_t snap_signal;  /* a handler of ours for this signal takes a snapshot; 0 = there is none */
	uint64_t snaps_returned_pages; /* claimed by snapshots that were dropped, and given back: holes */
	uint64_t snaps_limit_pages;    /* no snapshot claims a page beyond it; the recorder's own affair */
	uint64_t stacks_checked, stacks_differing; /* POOLTRACE_VERIFY_STACKS: walked by libunwind too; with another result */
	/* A flight recorder (POOLTRACE_MODE=ring=): the events' chunks are slots of one length that are used again, the
	 * oldest first. Written once. Other chunks lie behind them. */
	uint64_t ring_table_page; /* one struct pt_ring_slot for each slot */
	uint64_t ring_first_page; /* of slot 0; the others follow */
	uint32_t ring_slots;	  /* 0 = no ring */
	uint32_t ring_slot_pages;
	/* `pooltrace control PID` writes the first, the recorder the second when it has done so. */
	uint32_t control_asked, control_heeded; /* PT_CONTROL_NEXT(); 0 = nothing yet */
	uint32_t mode;		/* enum pt_mode: what the recorder does now */
	uint32_t modes_changed; /* while the program ran */
	uint64_t sample_bytes;	/* PT_MODE_SAMPLE: mean bytes from one sampled allocation to the next; else 0 */
	uint64_t control_sample_bytes; /* written before control_asked: of a wish for PT_CONTROL_SAMPLE */
	uint32_t first_mode;	/* enum pt_mode: what the recorder did when the trace was opened */
	uint32_t count_folds;	/* odd while counts of ended threads are put together (struct pt_count_block) */
};
_Static_assert(sizeof(struct pt_file_header) == PT_PAGE_BYTES, "the file header is one page");
_Static_assert(__builtin_offsetof(struct pt_file_header, cursor_pages) == 1024, "own cache line");
_Static_assert(__builtin_offsetof(struct pt_file_header, lost) == 2048, "lost counters at 2048");

/* What is recorded. Definitions, marks, thread ends, RSS and the like always are. */
enum pt_mode {
	PT_MODE_FULL = 0,     /* every event */
	PT_MODE_COUNTERS = 1, /* no events of malloc and of pools: counters */
	PT_MODE_SAMPLE = 2,   /* of malloc a Poisson sample by bytes; of pools every event */
	PT_MODE_NR = 3
};

#define PT_SAMPLE_BYTES_DEFAULT (512u << 10) /* as jemalloc and tcmalloc: two events in a MiB */
#define PT_SAMPLE_BYTES_MAX (1u << 30)

/* A wish: what, below a number that differs from that of the wish before. */
enum pt_control {
	PT_CONTROL_PAUSE = 1,
	PT_CONTROL_RESUME = 2,
	PT_CONTROL_FULL = 3, /* the three modes */
	PT_CONTROL_COUNTERS = 4,
	PT_CONTROL_SAMPLE = 5,
};
#define PT_CONTROL_WHAT(wish) ((wish) & 0xffu)
#define PT_CONTROL_NEXT(before, what) ((((before) | 0xffu) + 1u) | (what))

/*
 * What was dropped from one slot of a ring so far, and which chunk last: that one is gone, though its bytes may still
 * be there. Written in turns, `chunks` last, so the half with more of them holds, whenever the program is killed.
 */
struct pt_ring_drops {
	uint64_t chunks;
	uint64_t allocs, frees, pools, others; /* events; a realloc is an allocation, realloc(p, 0) a free */
	uint64_t tick;			       /* of the last event of the last chunk */
	uint32_t writer, seq;		       /* the last chunk's */
	uint64_t pad;
};
struct pt_ring_slot {
	struct pt_ring_drops drops[2];
};
_Static_assert(sizeof(struct pt_ring_slot) == 128, "two cache lines");

enum {
	PT_FILE_NO_UNWINDER = 1u << 0, /* libunwind was not found: stacks have one frame */
	PT_FILE_FORKED = 1u << 1,      /* opened by a forked child at its first event */
};

/*
 * A chunk: this header, then records until a zero byte or the end. One writer alone writes
 * into it. A writer is a stream of chunks in time order; a thread has one writer, plus one
 * for events of signal handlers that interrupt the recorder. When a thread is gone another
 * may take its writer over: PT_EXT_THREAD says from which record on.
 */
struct pt_chunk_header {
	uint32_t magic;	     /* PT_CHUNK_MAGIC, or 0 while it is not open yet */
	uint32_t pages;	     /* length with this header, 1..PT_CHUNK_PAGES_MAX */
	uint32_t writer;     /* dense from 1 */
	uint32_t seq;	     /* nth chunk of that writer, from 0 */
	uint64_t thread;     /* serial of the thread at the chunk's start; its id comes with PT_EXT_THREAD */
	uint64_t base_tick;  /* first record's time is relative to this */
	uint64_t tsc;	     /* one clock sample: TSC and CLOCK_MONOTONIC read together */
	uint64_t mono_ns;
	uint32_t cpu;	      /* at the chunk's start */
	uint32_t frames;      /* stack nodes this writer has defined before this chunk, in this epoch */
	uint32_t stack_epoch; /* how often this writer has forgotten its stack nodes */
	uint32_t sample_bytes; /* mean bytes from one sampled allocation to the next in this chunk; 0: every one is there */
};
_Static_assert(sizeof(struct pt_chunk_header) == 64, "one cache line");

/*
 * Counters of one thread (PT_MODE_COUNTERS), or of all threads of one name that have ended: four pages that
 * begin with a chunk header with PT_COUNT_MAGIC (writer: number of the block, from 1; thread: serial, 0 for ended ones).
 * One thread alone writes into a block of a living thread. Counts only rise; bytes are what malloc_usable_size() says,
 * on both sides, so that allocated - freed is what is in use, summed over all blocks (a block that frees what others
 * allocated is below 0).
 *
 * All is in `small` and `classes`, and once more, by CPU, in `cpus`; but there the present CPU's are what the others leave of all:
 * so an event is counted in one place, and what is in `cpus` for `cpu_now` is out of date until another CPU is the present one.
 */
#define PT_COUNT_PAGES 4u
#define PT_COUNT_CPUS 64u    /* the last one stands for all that did not fit */
#define PT_COUNT_SMALL 128u  /* blocks of 0, 8, 16, ... 1016 usable bytes, to the byte */
#define PT_COUNT_SMALL_STEP 8u
#define PT_COUNT_CLASSES 128u /* all others: four to a power of two, from 16 bytes: PT_COUNT_CLASS() */
#define PT_COUNT_POOLS 51u   /* the last one stands for all that did not fit */
struct pt_count {
	uint64_t allocs, alloc_bytes, frees, free_bytes; /* a realloc that succeeds is both */
};
struct pt_count_small { /* their usable bytes are known */
	uint64_t allocs, frees;
	uint64_t requested_bytes; /* that the program asked for */
	uint64_t zero;
};
struct pt_count_cpu {
	uint64_t cpu; /* + 1; 0: slot not in use */
	struct pt_count count;
};
struct pt_count_pool {
	uint64_t pool;
	uint32_t shard_code; /* PT_SHARD_CODE() */
	uint32_t used;	     /* 0: slot not in use */
	uint64_t gets, get_bytes, misses, puts; /* misses: those that the pool told */
	uint64_t stocked, stocked_bytes, drops, purges; /* purges: calls; drops name no shard: all in that of code 0 */
};
enum pt_count_state {
	PT_COUNT_LIVE = 1,  /* one thread's */
	PT_COUNT_ENDED = 2, /* sums of threads that ended */
	PT_COUNT_FREE = 3,  /* nobody's: its counts have gone into one of ended threads */
};
struct pt_count_block {
	struct pt_chunk_header header;
	uint32_t state;	  /* enum pt_count_state */
	uint32_t tid;	  /* 0 for ended ones */
	uint64_t threads; /* how many these counts are of */
	char name[16];	  /* of the thread, when last looked at; NUL-terminated */
	uint64_t requested_bytes; /* that the program asked for, summed over allocations that are in `classes` */
	uint64_t reallocs;	  /* of allocs: those by a function of realloc's kind */
	uint32_t holds[2];	  /* PT_COUNT_ENDED: blocks (writer) whose counts are in here already; 0 = none */
	uint64_t cpu_now;	  /* PT_COUNT_CPU_NOW(); above it, how often that changed */
	_Alignas(512) struct pt_count_cpu cpus[PT_COUNT_CPUS];
	_Alignas(4096) struct pt_count_small small[PT_COUNT_SMALL];
	_Alignas(4096) struct pt_count classes[PT_COUNT_CLASSES];
	_Alignas(4096) struct pt_count_pool pools[PT_COUNT_POOLS];
};
_Static_assert(sizeof(struct pt_count_block) == PT_COUNT_PAGES * PT_PAGE_BYTES, "four pages");

/* The present CPU + 1; PT_COUNT_CPU_UNPLACED: one of those that did not fit; 0: none, all is in `cpus`. */
#define PT_COUNT_CPU_NOW(word) ((uint32_t)(word))
#define PT_COUNT_CPU_UNPLACED UINT32_MAX

/* Of usable bytes: 16 to 19 is class 0, 20 to 23 class 1, 24 to 27 class 2, 28 to 31 class 3, 32 to 39 class 4, ... */
static inline uint32_t pt_count_class(uint64_t usable_bytes)
{
	uint64_t bytes = usable_bytes < 16 ? 16 : usable_bytes;
	uint32_t exponent = 63u - (uint32_t)__builtin_clzll(bytes);
	uint32_t class = (exponent - 4u) * 4u + ((uint32_t)(bytes >> (exponent - 2u)) & 3u);

	return class < PT_COUNT_CLASSES ? class : PT_COUNT_CLASSES - 1u;
}

/*
 * A record's first byte: kind in bits 0-2, flags above. Zero means "nothing more here", so a
 * record is committed by storing this byte last. Everything after it is prefix varints
 * (codec.h) unless said otherwise.
 *
 *   PT_REC_ALLOC  dt, address, [stack], [size], [function byte]
 *   PT_REC_FREE   dt, address, [function byte]
 *   PT_REC_GET    dt, object, [stack], [size], pool
 *   PT_REC_PUT    dt, object, [stack], pool
 *   PT_REC_EXT    kind byte, varint length of what follows, dt, fields of that kind
 *
 * `pool` is the slot of (pool, shard) in the pool cache, one byte; or, two varints, the pool's
 * address and PT_SHARD_CODE() of the shard.
 */
enum pt_rec {
	PT_REC_END = 0,
	PT_REC_ALLOC = 1,
	PT_REC_FREE = 2,
	PT_REC_GET = 3, /* an object of an annotated pool was handed out */
	PT_REC_PUT = 4, /* and came back */
	/* 5, 6: kept */
	PT_REC_EXT = 7,
};
#define PT_REC_KIND_MASK 0x07u
#define PT_REC_ADDR_HIT 0x08u	/* address is one byte: its slot in the address cache */
#define PT_REC_SIZE_SAME 0x10u	/* ALLOC, GET: size as last time at this stack; absent */
#define PT_REC_STACK_SAME 0x20u /* ALLOC, GET, PUT: stack as predicted from the one before; absent */
#define PT_REC_POOL_HIT 0x40u	/* GET, PUT: pool and shard are one byte, a slot of the pool cache */
#define PT_REC_FN_SHIFT 6u
#define PT_REC_FN_MASK 0xc0u
/* Values of the two function bits. */
enum pt_rec_fn {
	PT_FN_PLAIN = 0,   /* malloc / free */
	PT_FN_CALLOC = 1,  /* ALLOC only */
	PT_FN_REALLOC = 2, /* FREE: realloc begins, the old block may go; ALLOC: it ended with this block */
	PT_FN_BYTE = 3,	   /* an enum pt_fn byte ends the record */
};
/* Which function of the API it was. */
enum pt_fn {
	PT_API_MALLOC = 0,
	PT_API_FREE = 1,
	PT_API_CALLOC = 2,
	PT_API_REALLOC = 3,
	PT_API_REALLOCARRAY = 4,
	PT_API_MEMALIGN = 5,
	PT_API_ALIGNED_ALLOC = 6,
	PT_API_POSIX_MEMALIGN = 7,
	PT_API_VALLOC = 8,
	PT_API_PVALLOC = 9,
	PT_API_CFREE = 10,
	PT_API_FREE_SIZED = 11,
	PT_API_MALLOCX = 12,
	PT_API_RALLOCX = 13,
	PT_API_DALLOCX = 14,
	PT_API_NR = 15
};

/* Kinds of PT_REC_EXT. Each starts with dt. A reader skips a kind that it does not know. */
enum pt_ext {
	PT_EXT_THREAD = 1,	/* serial, tid, thread pointer (%fs): the records that follow belong to this thread */
	PT_EXT_THREAD_NAME = 2, /* bytes of the name to the end of the record */
	PT_EXT_THREAD_EXIT = 3, /* (nothing); late destructors may still follow */
	PT_EXT_CPU = 4,		/* cpu: the records that follow ran there */
	PT_EXT_FRAME = 5,	/* parent, zigzag ip delta: the writer's next stack node, one frame further in */
	PT_EXT_STACK_RESET = 6, /* (nothing): the writer's stack nodes start again from 1 */
	PT_EXT_MODULE = 7,	/* map start, map bytes, bias, build-id bytes, build-id, path */
	PT_EXT_MODULE_GONE = 8, /* map start, map bytes: unloaded at some time before now */
	PT_EXT_RSS = 9,		/* resident bytes, of them anonymous, program break (0 = unknown); at the end also: most ever resident */
	PT_EXT_MMAP = 10,	/* address, bytes, stack, flags: PT_MAP_* */
	PT_EXT_MUNMAP = 11,	/* address, bytes */
	PT_EXT_MREMAP = 12,	/* old address, old bytes, new address, new bytes, stack */
	PT_EXT_GONE = 13,	/* address, bytes, PT_GONE_*: pages that went back to the system */
	PT_EXT_USABLE = 14,	/* size, usable bytes that the allocator gave for it, once per size */
	PT_EXT_NOTE = 15,	/* bytes of one line of text for the reader of the report */
	PT_EXT_REALLOC_DONE = 16, /* 0: it failed, the block lives on; 1: realloc(p, 0) freed it */
	PT_EXT_POOL_CREATE = 17,  /* pool, object bytes (0: they vary), shards (0: not known), stack, name */
	PT_EXT_POOL_DESTROY = 18, /* pool, stack */
	PT_EXT_SHARD_NAME = 19,	  /* pool, shard code, bytes of the name */
	PT_EXT_POOL_MISS = 20,	  /* pool, shard code: the cache was found empty */
	PT_EXT_POOL_STOCK = 21,	  /* pool, object, bytes, shard code, stack: made, and idle at once */
	PT_EXT_POOL_DROP = 22,	  /* pool, object, stack */
	PT_EXT_POOL_PURGE = 23,	  /* pool, shard code, stack */
	PT_EXT_POOL_MOVE = 24,	  /* pool, object, shard code */
	PT_EXT_POOL_RESIZE = 25,  /* pool, object, its address now, its bytes now, stack */
	PT_EXT_MARK = 26,	  /* stack, bytes of the name */
	PT_EXT_PAUSE = 27,	  /* (nothing): no event of any thread from here on */
	PT_EXT_RESUME = 28,	  /* (nothing) */
	PT_EXT_SNAPSHOT = 29,	  /* number, PT_SNAP_* why: the memory is copied from here on */
	PT_EXT_SNAPSHOT_COPIED = 30, /* number, 0 or PT_SNAP_LOST_* + 1: it is copied, or will not be */
	PT_EXT_MODE = 31,	     /* enum pt_mode, sample bytes: what all threads record from here on */
};

/* A shard as it is written: ALL is 0, THREAD 1, shard n is n + 2. Shards are 32 bits. */
#define PT_SHARD_THREAD UINT32_MAX
#define PT_SHARD_ALL (UINT32_MAX - 1u)
#define PT_SHARD_CODE(shard) ((uint32_t)((shard) + 2u))
#define PT_SHARD_OF(code) ((uint32_t)((code) - 2u))
#define PT_EXT_BYTES_MAX 2048u /* payload; longer paths are cut at the front */

#define PT_MAP_BY_ALLOCATOR 1u /* mmap by the allocator itself, not by the program */

enum pt_gone {
	PT_GONE_PROBE = 1,   /* mincore() said so right after a large free */
	PT_GONE_BREAK = 2,   /* the program break went down */
	PT_GONE_MADVISE = 3, /* MADV_DONTNEED or MADV_FREE */
};

/* A stack node with this address instead of an ip: the frames further out are not known (no
 * unwind information), as against a stack that was followed to its end or to the depth asked for. */
#define PT_FRAME_UNKNOWN 1u
#define PT_FRAME_CUT 2u /* deeper than POOLTRACE_STACK_DEPTH */

/* Largest PT_REC_ALLOC: 1 + four varints of 9 + function byte, rounded up so that the
 * encoder's 8-byte stores stay inside the reserve. */
#define PT_RECORD_BYTES_MAX 64u

#endif
