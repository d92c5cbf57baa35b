#!/bin/sh
# SPDX-License-Identifier: MIT
#
# stress.sh STRESS - runs it; what ThreadSanitizer cannot place at random, without randomness.
export TSAN_OPTIONS=halt_on_error=1
error=$(mktemp)
trap 'rm -f "$error"' EXIT
"$1" 2>"$error" && exit
status=$?
if grep -q 'ThreadSanitizer: unexpected memory mapping' "$error"; then
	setarch -R "$1"
	exit
fi
sed 's/^/# /' "$error"
exit $status
