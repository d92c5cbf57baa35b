# SPDX-License-Identifier: MIT
#
# CPython's own tests, module by module, those of threads, processes, signals, descriptors, memory and C; the verdict on
# each single test is compared. cpython_all.sh: all there are.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="libpython3.11-testsuite python3.11"
limit_s=7200
plain_runs=2 # and one before them, in prepare()
own_turns=0
# MODULE or MODULE=CLASS,CLASS (patterns of regrtest -m): what is left out of a module mostly sleeps
modules="${VICTIM_MODULES:-test_gc test_mmap test_thread test_fork1 test_posix test_os test_resource test_weakref test_ctypes test_zlib
	test_json test_embed test_atexit test_exceptions test_hashlib test_threading test_epoll
	test_queue=CSimpleQueueTest,CQueueTest test_selectors=EpollSelectorTestCase
	test_signal=ItimerTest,WakeupSignalTests,WakeupSocketSignalTests,PosixTests,StressTest
	test_subprocess=POSIXProcessTestCase,ContextManagerTests,MiscTests
	test_socket=GeneralModuleTests,BasicTCPTest,UnixTest*,*SCMRightsTest,SendmsgStreamTests,BasicSocketPairTest
	test_multiprocessing_fork=WithProcessesTestPool,WithProcessesTestQueue,WithProcessesTestSharedMemory,WithProcessesTestHeap,WithProcessesTestConnection
	test_asyncio=test_streams,test_unix_events,test_base_events,test_futures
	test_faulthandler=test_[!df]*,test_fatal*
	test_io=CTextIOWrapperTest,CBuffered*}"
# verdicts MODULE: "MODULE TEST VERDICT", from what regrtest writes for machines
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
# one MODULE IGNORED: in an interpreter of its own, leaves MODULE.verdicts and its line in MODULE.said; its time goes to ../own_ms
one()
{
	only=
	case $1 in
	*=*) only=$(echo "${1#*=}" | sed "s/^/-m /; s/,/ -m /g") ;;
	esac
	set -- "${1%%=*}" "$2"
	set -f # not names of files
	: >since
	through=
	[ $own_turns = 0 ] || through=${VICTIMS_THROUGH:-}
	$through sh -c 'started_ns=$(date +%s%N)
		"$@"
		echo "$? $((($(date +%s%N) - started_ns) / 1000000))" >status' sh \
		$program /usr/bin/python3.11 -m test -q --timeout=300 --junit-xml="$PWD/$1.xml" --ignorefile "$2" $only "$1" >$1.log 2>&1
	set +f
	[ -z "$program" ] || find "$T/traces" -name '*.ptrace' -newer since -printf "$1 %f\n" >>"$T/whose"
	read -r status ms <status
	echo "$ms" >$1.ms
	echo "$ms" >>"$T/own_ms"
	verdicts $1 >$1.verdicts
	echo "$1: status $status, $(grep -c ' passed$' $1.verdicts) passed, $(wc -l <$1.verdicts) in all" >$1.said
}
# known MODULE: it was run plain before, and that is kept ($plain_results, see cpython_all.sh)
known()
{
	[ -n "${plain_results:-}" ] && [ -f "$plain_results/$1.failed" ] || return
	cp "$plain_results/$1.said" "$plain_results/$1.verdicts" "$plain_results/$1.ms" .
	cat "$plain_results/$1.failed" >>ignored
}
# What fails here without anybody looking is not asked again.
prepare()
{
	# Waits for ever in a virtual machine without a vsock of its own.
	echo '*VSOCK*' >ignored
	for module in $modules; do
		asked=$module module=${module%%=*}
		known $module && continue
		: >$module.failed
		one "$asked" "$PWD/ignored"
		if ! grep -q ': status 0,' $module.said; then
			awk '$NF == "failed" { sub(/^[^ ]* /, ""); sub(/ failed$/, ""); print }' $module.verdicts >$module.failed
			cat $module.failed >>ignored
			one "$asked" "$PWD/ignored" # what it does without them
		fi
		[ -z "${plain_results:-}" ] || cp $module.said $module.verdicts $module.ms $module.failed "$plain_results"
	done
	rm -f ./*.xml ./*.failed status since
}
work()
{
	for module in $modules; do
		asked=$module module=${module%%=*}
		one "$asked" "$T/input/ignored"
		cat $module.said
	done
}
worked() { [ "$(cat ./*.verdicts | grep -c ' passed$')" -ge 100 ]; }
# Left out: what the tests print besides (times, addresses, process ids); tests that already fail plain and those that wait for ever (named in the file `ignored`).
settle()
{
	cp "$T/input/ignored" ignored
	rm -f ./*.xml ./*.log ./*.said ./*.ms status since
}
