#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The house's own rules: what may include whom, what the library may need, what is installed.
. "$PT_SRC/tests/lib/tap.sh"
cd "$PT_SRC" || exit 1

# Room of a file or of an include: its folder, or for preload's top level the file's stem.
# "FROM TO" pairs that point the wrong way, as architecture.md draws them.
includes()
{
	grep -HEo '^#[[:space:]]*include "[^"]*"' $(find format preload analyzer -name '*.[ch]') |
		awk -F: '
	function room(path, parts, n) {
		n = split(path, parts, "/")
		if (parts[1] == "preload" && n > 2) return "pools"
		if (parts[1] == "analyzer") return n > 2 ? parts[2] : "main"
		return parts[1]
	}
	{
		file = $1
		gsub(/.*include "|"$/, "", $2)
		dir = file; sub(/\/[^\/]*$/, "", dir)
		path = $2 ~ /^(format|preload|analyzer|include)\// ? $2 : dir "/" $2
		while (sub(/\/[^\/.]+\/\.\.\//, "/", path) || sub(/^[^\/.]+\/\.\.\//, "", path));
		if (path !~ /^(format|preload|analyzer|include)\//) path = "analyzer/" $2
		print file, room(file), room(path)
	}'
}
includes >"$T/includes"
within "include_lines_were_found_at_all" "$(wc -l <"$T/includes")" 40 100000
forbidden()
{
	awk -v from="$1" -v to="$2" '$2 ~ "^(" from ")$" && $3 ~ "^(" to ")$"' "$T/includes"
}
analyzer='main|cmd|trace|model|passes|whatif|result|budget|render|symbols'
is "format_includes_nobody" "$(forbidden format "preload|pools|$analyzer")" ""
is "preload_never_includes_the_analyzer" "$(forbidden 'preload|pools' "$analyzer")" ""
is "the_analyzer_never_includes_preload" "$(forbidden "$analyzer" 'preload|pools')" ""
is "render_never_sees_model_trace_passes_or_budget" "$(forbidden render 'model|trace|passes|whatif|budget|cmd|main')" ""
is "a_pass_never_sees_render_or_budget" "$(forbidden 'passes|whatif' 'budget|render|cmd|main')" ""
is "model_knows_only_trace" "$(forbidden model 'passes|whatif|result|budget|render|cmd|main')" ""
is "trace_knows_only_format" "$(forbidden trace 'model|passes|whatif|result|budget|render|symbols|cmd|main')" ""
is "result_knows_no_room" "$(forbidden result 'model|trace|passes|whatif|budget|render|symbols|cmd|main')" ""
is "budget_knows_only_result_and_format" "$(forbidden budget 'model|trace|passes|whatif|render|symbols|cmd|main')" ""

unmarked=$(for file in $(find format preload analyzer include tests -name '*.[ch]'); do
	head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' || echo "$file"
done)
is "every_source_file_names_its_licence_on_line_1" "$unmarked" ""
is "no_function_is_longer_than_60_lines" "$(
	find format preload analyzer -name '*.[ch]' -exec awk '
	FNR == 1 { open = 0 }
	/^{/ { open = FNR }
	/^}/ { if (open && FNR - open - 1 > 60) print FILENAME ":" open " " FNR - open - 1 " lines"; open = 0 }' {} +)" ""

is "the_library_needs_nothing_but_libc" \
	"$(readelf -dW "$PT_LIB" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux' | tr '\n' ' ')" \
	"libc.so.6 "
is "its_thread_locals_need_no_allocation" "$(readelf -Ws "$PT_LIB" | grep -c __tls_get_addr)" 0
tls=$(readelf -lW "$PT_LIB" | awk '$1 == "TLS" { print $6 }')
within "its_thread_locals_fit_in_64_bytes" "$((${tls:-0}))" 0 64
is "it_exports_none_of_its_own_functions" "$(nm -D --defined-only "$PT_LIB" | awk '$3 ~ /^pt_/')" ""
# Cancellation points and what allocates or buffers: raw system calls only (hazards.md).
is "it_calls_no_cancellation_point_and_no_stdio" "$(nm -D --undefined-only "$PT_LIB" | awk '{ print $2 }' |
	sed 's/@.*//' | grep -Ex 'open(at)?(64)?|close|read|write|p(read|write)(64)?|fsync|fdatasync|poll|select|(nano|u)?sleep|pause|wait(pid)?|system|fopen.*|f?printf|vf?printf|puts|fputs|getline|malloc|calloc|realloc|free|strdup|asprintf|syslog|pthread_mutex_lock|pthread_testcancel|usleep|fcntl(64)?|sigsuspend|recv|send|lockf' |
	tr '\n' ' ')" ""
# What tests let go wrong is compiled in for them alone.
test_doors() { grep -aEo 'POOLTRACE_FAULT|pooltrace_test_point|pt_fault|pt_point' "$1" | sort -u | wc -l; }
is "the_library_has_no_test_points_and_no_failing_calls" "$(test_doors "$PT_LIB")" 0
within "and_the_tests_own_build_of_it_has" "$(test_doors "$(dirname "$PT_LIB")/libpooltrace-faults.so")" 3 4
is "it_has_no_text_relocation_and_no_executable_stack" \
	"$(readelf -dlW "$PT_LIB" | awk '/TEXTREL/ || ($1 == "GNU_STACK" && / RWE /)')" ""

# What `meson install` puts where, and that it works from there.
if meson install -C "$PT_BUILD" --no-rebuild --destdir "$T/root" >"$T/install.log" 2>&1; then
	pass "meson_install_succeeds"
else
	fail "meson_install_succeeds"
	note "$(tail -n 5 "$T/install.log")"
fi
installed() { find "$T/root" -path "$1" | grep -q .; }
ok "the_program_is_installed" installed '*/bin/pooltrace'
ok "the_library_is_installed" installed '*/libpooltrace.so'
is "the_tests_own_build_of_it_is_not" "$(installed '*/libpooltrace-faults.so' && echo there)" ""
ok "a_pkg_config_file_is_installed" installed '*/pkgconfig/pooltrace.pc'
ok "the_annotation_header_is_installed" installed '*/include/pooltrace.h'
ok "a_man_page_is_installed" installed '*/man/man1/pooltrace.1'
prefix=$(dirname "$(dirname "$(find "$T/root" -path '*/bin/pooltrace')")")
(cd "$T" && "$prefix/bin/pooltrace" record -o "$T/installed.ptrace" -- "$PT_PROGS/hello") >"$T/out" 2>"$T/err"
is "the_installed_program_finds_the_installed_library" "$? $(cat "$T/out")" "0 hello"
ok "and_records_with_it" whole "$T/installed.ptrace"
done_testing
