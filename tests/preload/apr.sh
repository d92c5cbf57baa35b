#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The APR adapter: what a trace says that APR's allocators hold idle, against their own free lists.
. "$PT_SRC/tests/lib/tap.sh"

lib=$PT_PROGS
# told TRACE: "marks agreeing strange gets", see apr_told.awk
told()
{
	"$PT_BIN" dump --json "$1" | jq -r 'select(.kind | startswith("pool") or . == "mark") |
		[.kind, .pool, .addr, .size_bytes, .name] | @tsv' | awk -f "$PT_SRC/tests/preload/apr_told.awk"
}
pool() { jq ".pools[] | select(.name == \"apr:allocator\") | .$1" "$T/report.json"; }

# 1. A program that does everything: three levels deep, callbacks, limits, threads, a late plugin, a fork.
traced "$T/own" "$lib/apr_pools" "$lib/libapr_plugin.so" >"$T/own.out"
is "a_program_with_pools_ends_well_when_traced" "$?" 0
child=$(grep -c '^child' "$T/own.out")
is "and_so_does_its_child" "$child" 1
for trace in "$T/own"/*.ptrace; do
	report "$trace" >"$T/report.json"
	# shellcheck disable=SC2046
	set -- $(told "$trace")
	# The root allocator of libapr itself is not in the output: it has nothing idle here.
	if [ "$1" -lt 1000 ]; then
		who=child
		want=$(awk '$1 == "child" { print $2 }' "$T/own.out")
	else
		who=parent
		want=$(awk '$1 != "child" { sum += $2 } END { print sum }' "$T/own.out")
	fi
	ok "the_trace_of_the_${who}_is_whole" whole "$trace"
	within "the_${who}_has_moments_to_compare" "$1" 20 100000
	is "at_each_of_the_${who}s_idle_bytes_and_nodes_are_those_of_the_free_lists" "$2" "$1"
	is "no_node_of_the_${who}_is_got_twice_or_put_twice_or_of_an_unknown_pool" "$3" 0
	within "nodes_are_got_by_the_${who}" "$4" 500 10000000
	is "the_report_of_the_${who}_has_the_pool_with_its_source" "$(pool source)" '"apr"'
	is "the_report_of_the_${who}_knows_of_no_misuse" "$(pool 'misuse | length')" 0
	is "idle_bytes_at_the_end_of_the_${who}_are_those_of_the_free_lists" "$(pool idle_at_end_bytes)" "$want"
done

# 2. The real thing: nothing annotated, nothing recompiled.
for way in plain traced; do
	mkdir -p "$T/$way"
	(cd "$T/$way" && svnadmin create r)
done
import() { (cd "$1" && shift && "$@" svn import -qm x --non-interactive /usr/include/linux "file://$PWD/r/t"); }
import "$T/plain" env >"$T/plain.out" 2>&1
plain=$?
mkdir -p "$T/svn"
import "$T/traced" env LD_PRELOAD="$lib/libapr_truth.so:$PT_LIB" POOLTRACE_OUTPUT="$T/svn/%e.%p.ptrace" >"$T/traced.out" 2>&1
is "svn_import_ends_as_untraced" "$?" "$plain"
is "and_that_is_well" "$plain" 0
ok "it_says_what_it_says_untraced" cmp "$T/plain.out" "$T/traced.out"
for way in plain traced; do
	svnadmin verify -q "$T/$way/r" >"$T/$way.verify" 2>&1 && svn export -q "file://$T/$way/r/t" "$T/$way/export"
	svnlook tree --full-paths "$T/$way/r" >"$T/$way.tree"
done
ok "the_repository_it_leaves_is_sound" test ! -s "$T/traced.verify"
ok "with_the_same_files" cmp "$T/plain.tree" "$T/traced.tree"
ok "of_the_same_contents" diff -r "$T/plain/export" "$T/traced/export"
trace=$(the_trace "$T/svn")
ok "the_trace_of_svn_is_whole" whole "$trace"
# shellcheck disable=SC2046
set -- $(told "$trace")
within "svn_opens_many_files_each_a_moment_to_compare" "$1" 500 100000000
is "at_each_of_them_idle_bytes_and_nodes_are_those_of_svns_free_lists" "$2" "$1"
is "no_node_of_svn_is_got_twice_or_put_twice" "$3" 0
report --top 100000 "$trace" >"$T/report.json"
is "the_report_names_the_pool_of_svn" "$(pool source)" '"apr"'
within "svn_held_megabytes_of_idle_nodes" "$(pool peak_idle_bytes)" 1000000 100000000
is "and_gave_all_of_it_back_at_the_end" "$(pool idle_at_end_bytes)" 0
is "no_misuse_is_laid_to_svn" "$(pool 'misuse | length')" 0
ok "call_sites_are_functions_of_svn" sh -c "
	'$PT_BIN' report --pool apr:allocator --by site '$trace' 2>/dev/null | grep -q svn_"

# The same, stopped in the middle: what is idle then is in the report.
(cd "$T/traced" && svnadmin create r2 && env APR_TRUTH_STOP=300 LD_PRELOAD="$lib/libapr_truth.so:$PT_LIB" \
	POOLTRACE_OUTPUT="$T/stopped.ptrace" svn import -qm x /usr/include/linux "file://$PWD/r2/t")
"$PT_BIN" dump --json "$T/stopped.ptrace" | jq -r 'select(.kind == "mark") | .name' |
	awk '{ idle[$2] = $3 } END { for (a in idle) sum += idle[a]; print sum + 0 }' >"$T/truth"
report "$T/stopped.ptrace" >"$T/report.json"
within "svn_has_something_idle_in_the_middle" "$(cat "$T/truth")" 100000 100000000
is "the_report_says_exactly_that" "$(pool idle_at_end_bytes)" "$(cat "$T/truth")"

# 3. Where it cannot be sound it stays off: another preload stands before libapr.
cat >"$T/other.c" <<'END'
void *apr_palloc(void *pool, unsigned long bytes);
#include <dlfcn.h>
void *apr_palloc(void *pool, unsigned long bytes)
{
	void *(*real)(void *, unsigned long);

	*(void **)&real = dlsym(RTLD_NEXT, "apr_palloc");
	return real(pool, bytes);
}
END
if gcc -D_GNU_SOURCE -shared -fPIC -o "$T/other.so" "$T/other.c" 2>/dev/null; then
	env LD_PRELOAD="$PT_LIB:$T/other.so" POOLTRACE_OUTPUT="$T/other.ptrace" svnadmin --version -q >"$T/out" 2>&1
	is "with_another_preload_before_libapr_the_program_runs" "$?" 0
	ok "and_the_trace_says_that_these_pools_are_not_in_it" sh -c "
		'$PT_BIN' info '$T/other.ptrace' | grep -q '^notes *apr: '"
	is "and_none_is" "$("$PT_BIN" dump --json "$T/other.ptrace" | grep -c '"pool_')" 0
fi
done_testing
