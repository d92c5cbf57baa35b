#!/bin/sh
# SPDX-License-Identifier: MIT
#
# xz with two worker threads: large blocks, back and forth.
. "$PT_SRC/tests/victims/victim.sh"

awk 'BEGIN { for (i = 0; i < 700000; i++) print i, i * 7919 % 104729 }' >"$T/input"
compare xz sh -c "xz -T2 --block-size=2MiB -1 -c '$T/input' >x.xz && xz -dc x.xz | cksum"
done_testing
