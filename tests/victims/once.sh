#!/bin/sh
# SPDX-License-Identifier: MIT
#
# once.sh - one run of real/$name.sh in $T/here; a process of its own, so that timeout can end it.
set -u
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/real/$name.sh"
cd "$T/here" && work
