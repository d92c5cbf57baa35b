# SPDX-License-Identifier: MIT
#
# All of CPython's own tests, recorded once; plain once too: what prepare() finds out is the plain run.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/real/cpython.sh"
packages="libpython3.11-testsuite python3.11"
limit_s=10800
plain_runs=1
most_runs=1
own_turns=1 # each module is one, see one()
# Kept from one call to the next: what they do plain does not depend on the recorder.
plain_results=${VICTIMS_KEEP:+$VICTIMS_KEEP/cpython_plain}
modules=${VICTIM_MODULES:-$(/usr/bin/python3.11 -m test --list-tests)}
[ -z "$plain_results" ] || mkdir -p "$plain_results"
work()
{
	for module in $modules; do
		if [ -n "$program" ]; then
			one $module "$T/input/ignored"
		else
			cp "$T/input/$module.verdicts" "$T/input/$module.said" .
		fi
		cat $module.said
	done
	[ -n "$program" ] || cat "$T/input"/*.ms >"$T/own_ms"
}
# Left out: what the tests print besides (times, addresses, process ids); tests that already fail plain and those that wait for ever (named in the file `ignored`).
