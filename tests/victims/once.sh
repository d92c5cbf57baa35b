#!/bin/sh
# SPDX-License-Identifier: MIT
#
# once.sh prepare|work - that step of real/$name.sh in its folder; a process of its own, so that
# timeout can end it.
set -u
prepare() { :; }
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/real/$name.sh"
step=${1:-work}
[ "$step" = work ] && cd "$T/here" || cd "$T/input" || exit 1
"$step"
