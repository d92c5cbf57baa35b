#!/bin/sh
# SPDX-License-Identifier: MIT
#
# seeds.sh FOLDER - what the fuzzers start from: FOLDER/TARGET/... Traces of small programs under the recorder
# (threads, pools, snapshots, forks), the first pages of hostile ones, traces made by hand, small programs with
# debug information, and the examples of the documentation. FOLDER/real: those that differ from run to run.
#
# The build gives PT_BIN, PT_LIB, PT_PROGS (folder of tests/pools' programs), PT_HOSTILE, PT_SEEDS, PT_SRC.
set -eu
to=$1
LONGEST=98304 # bytes of a trace: what is longer is cut, which is a torn trace
for name in trace codec round symbols graph report budget baseline packed real hostile; do
	mkdir -p "$to/$name"
done
T=$(mktemp -d "${TMPDIR:-/tmp}/pooltrace-seeds.XXXXXX")
trap 'rm -rf "$T"' EXIT

# record NAME COMMAND...: every process's trace, without the hole behind what was written
record()
{
	name=$1
	shift
	mkdir "$T/$name"
	LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/$name/%e.%p.ptrace "$@" >/dev/null 2>&1 || :
	for trace in "$T/$name"/*.ptrace; do
		[ -e "$trace" ] || continue
		bytes=$(($(od -An -t u8 -j 1024 -N 8 "$trace") * 4096))
		[ "$bytes" -le $LONGEST ] || bytes=$LONGEST
		n=$((${n:-0} + 1))
		head -c "$bytes" "$trace" >"$to/real/$name.$n"
	done
}

recorded()
{
	market="$PT_PROGS/marketdata --workers 2 --rate 0"
	# shellcheck disable=SC2086 # words
	{
		record threads $market --pool syncpool --processors 2 --messages 60 --batch 4
		record sharded $market --pool sharded --processors 3 --messages 60 --children 2
		record misuse $PT_PROGS/marketdata --random-script 3 --ops 80 --misuse
		POOLTRACE_STACK_DEPTH=3 record pointers $market --pointers --processors 2 --messages 20
	}
	record forks sh -c '(cat /dev/null; :) & (:; ls /) | cat; wait'
	POOLTRACE_SNAPSHOT=exit record snapshot ls /
	POOLTRACE_SIZE_LIMIT=65536 record limited ls -R /etc
}

hostile()
{
	for kind in $("$PT_HOSTILE"); do
		"$PT_HOSTILE" "$kind" "$T/hostile"
		head -c 32768 "$T/hostile" >"$to/hostile/$kind"
	done
}

# No C library, so that a program is some KB.
programs()
{
	cat >"$T/p.c" <<'C'
typedef unsigned long size_t;
void *calls(size_t n);
struct link { struct link *next, *prev; };
struct conn { int fd; const char *session; struct link inner; union { void *first; struct link *second; };
	struct { int nr; void *head; } slots[2]; unsigned int flag : 1; };
typedef struct { char bytes[56]; void *tail; } pair_t;
struct conn table[3];
static int hidden;
__attribute__((noipa)) void *calls(size_t n) { return (char *)table + n; }
static inline __attribute__((always_inline)) struct link *link_new(void) { return calls(sizeof(struct link)); }
__attribute__((noipa)) struct conn *conn_new(int fd) { struct conn *c = calls(sizeof(*c)); c->fd = fd; return c; }
void _start(void)
{
	struct conn *c = conn_new(3);
	pair_t *p = calls(sizeof(*p));
	c->inner.next = link_new();
	{ struct link *l = calls(sizeof(*l)); l->prev = c->inner.next; hidden += l != c->first; }
	p->tail = &hidden;
	for (;;) { }
}
C
	for options in "-O0 -gdwarf-5" "-O2 -gdwarf-5" "-O2 -gdwarf-4 -fdebug-types-section" "-O1 -gsplit-dwarf" \
		"-O2 -gdwarf-3 -Wl,--build-id=none" "-O2 -g0" "-O2 -g -gz"; do
		# shellcheck disable=SC2086
		(cd "$T" && ${CC:-cc} -nostdlib -ffreestanding -fno-stack-protector -fno-pie -static -Wl,--build-id=sha1 \
			-Wl,-z,noseparate-code $options -o p p.c) || continue
		cp "$T/p" "$to/symbols/$(echo "$options" | tr -d ' ')"
	done
}

recorded
hostile
programs
"$PT_SEEDS" trace "$to/trace"
"$PT_SEEDS" baseline "$to/baseline"
for name in graph report packed; do
	cp "$to"/trace/* "$to/$name/"
done
# Records alone: what of a trace follows its headers. Any bytes are a list of operations.
for trace in one two pools; do
	tail -c +4161 "$to/trace/$trace" | head -c 4032 >"$to/codec/$trace"
	tail -c +4161 "$to/trace/$trace" | head -c 600 >"$to/round/$trace"
done
awk -v folder="$to/budget" '/^```yaml$/ { open = ++nr; next } /^```$/ { open = 0 }
	open { print >(folder "/example" nr) }' "$PT_SRC/docs/ci.md"
