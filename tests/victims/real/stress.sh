# SPDX-License-Identifier: MIT
#
# stress-ng: fork, vfork, clone with all its flags; and malloc from many processes.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="stress-ng"
limit_s=600
leave_torn=1 # stress-ng kills what it started
work()
{
	ops=${VICTIM_BRIEF:+100}
	ops=${ops:-400}
	$program stress-ng --fork 2 --fork-ops $ops --vfork 2 --vfork-ops $ops --clone 2 --clone-ops $ops \
		--temp-path "$T/here" --no-rand-seed 2>&1
	echo "stress-ng $?"
	$program stress-ng --malloc 2 --malloc-ops 20000 --malloc-bytes 16M --malloc-pthreads 2 --verify \
		--temp-path "$T/here" --no-rand-seed 2>&1
	echo "stress-ng $?"
}
worked() { [ "$(grep -c 'successful run' ../out)" = 2 ]; }
# Left out: process ids, and the seconds of "completed in".
settle() { sed -E -i 's/\[[0-9]+\]/[]/; s/completed in .*/completed/' ../out; }
