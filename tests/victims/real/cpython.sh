# SPDX-License-Identifier: MIT
#
# CPython's own tests, module by module; the verdict on each single test is compared.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="libpython3.11-testsuite python3.11"
limit_s=3600
modules="${VICTIM_MODULES:-test_gc test_mmap test_signal test_thread test_threading test_subprocess test_socket
	test_multiprocessing_fork test_fork1 test_posix test_faulthandler test_resource test_weakref test_ctypes
	test_zlib test_sqlite3 test_eintr test_queue test_capi test_selectors}"
# verdicts MODULE: "MODULE CLASS TEST VERDICT", from what regrtest writes for machines
verdicts()
{
	sed 's/<testcase /\n&/g; s/<\/testcase>/&\n/g' "$1.xml" 2>/dev/null | awk -v module="$1" '
	/^<testcase / {
		match($0, / name="[^"]*"/)
		name = substr($0, RSTART + 7, RLENGTH - 8)
		verdict = /<failure|<error/ ? "failed" : / result="skipped"|<skipped/ ? "skipped" : "passed"
		print module, name, verdict
	}' | sort
}
# suite IGNORED: each module in an interpreter of its own
suite()
{
	for module in $modules; do
		$program /usr/bin/python3.11 -m test -q --timeout=300 --junit-xml="$PWD/$module.xml" --ignorefile "$1" \
			$module >$module.log 2>&1
		status=$?
		verdicts $module >$module.verdicts
		echo "$module: status $status, $(grep -c ' passed$' $module.verdicts) passed, $(wc -l <$module.verdicts) in all"
	done
}
# What fails here without anybody looking is not asked again.
prepare()
{
	# Waits for ever in a virtual machine without a vsock of its own.
	echo '*VSOCK*' >hopeless
	suite "$PWD/hopeless"
	awk '$3 == "failed" { print $2 }' ./*.verdicts | cat hopeless - >ignored
	rm -f ./*.xml
}
work() { suite "$T/input/ignored"; }
worked() { [ "$(cat ./*.verdicts | grep -c ' passed$')" -ge 100 ]; }
# Left out: what the tests print besides (times, addresses, process ids); tests that already fail plain and those that wait for ever (named in the file `ignored`).
settle()
{
	cp "$T/input/ignored" ignored
	rm -f ./*.xml ./*.log
}
