#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 1: SIGKILL at random instants; --full 1000 of them.
KILLS=$([ "${STORM_FULL:-0}" = 1 ] && echo 1000 || echo 200)
export KILLS
exec sh "$PT_SRC/tests/preload/dying.sh"
