/* SPDX-License-Identifier: MIT */
/* config.h - what the POOLTRACE_* variables ask for. Read once; a bad value costs one line. */
#ifndef PT_CONFIG_H
#define PT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/layout.h"
#include "../format/settings.h"

#define PT_CONFIG_NOTES 8u
#define PT_CONFIG_NOTE_BYTES 160u
#define PT_STACK_DEPTH_DEFAULT 64u /* as heaptrack; deeper frames seldom tell call sites apart */
#define PT_SIZE_LIMIT_DEFAULT (16ull << 30) /* bytes; the file is sparse, this is address space only */

struct pt_config {
	char output[2 * PT_PATTERN_BYTES_MAX]; /* pattern, made absolute at the start */
	uint32_t stack_depth;
	uint64_t size_limit_bytes;
	uint64_t ring_bytes; /* POOLTRACE_MODE=ring=: a flight recorder of that many; 0 = everything is kept */
	enum pt_mode mode;    /* at first */
	uint32_t sample_bytes; /* PT_MODE_SAMPLE: mean distance */
	const char *children; /* POOLTRACE_CHILDREN when it names programs, else NULL */
	bool record_children;
	bool verbose;
	bool verify_stacks; /* libunwind walks every stack too; differences are counted */
	/* POOLTRACE_SNAPSHOT */
	bool snapshot_exit, snapshot_mark, snapshot_registers;
	uint32_t snapshot_signal;   /* 0 = none */
	uint64_t snapshot_every_ns; /* 0 = never */
	char notes[PT_CONFIG_NOTES][PT_CONFIG_NOTE_BYTES]; /* complaints, for the trace */
	uint32_t notes_nr;
};

extern struct pt_config pt_config;

/* pt_config_read() - fill pt_config from an environment. No malloc, no stdio; prints under verbose only. */
void pt_config_read(char **env);

/* pt_config_wants() - is the process that just started to be recorded (POOLTRACE_CHILDREN)?
 * `program`: its file name without directory. */
bool pt_config_wants(const char *program);

/* pt_config_say() - one line on stderr when POOLTRACE_VERBOSE is set. */
void pt_config_say(const char *what, const char *which);

#endif
