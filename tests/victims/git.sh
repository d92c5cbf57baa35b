#!/bin/sh
# SPDX-License-Identifier: MIT
#
# git on a repository of its own making with some history: log, gc, fsck.
. "$PT_SRC/tests/victims/victim.sh"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2026-01-01T00:00:00Z'
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'

# The project's own history when there is enough of it, else 150 commits made on the spot.
if [ "$(git -C "$PT_SRC" rev-list --count HEAD 2>/dev/null || echo 0)" -ge 150 ]; then
	git clone -q --bare --no-local "$PT_SRC" "$T/repository"
else
	sh "$PT_SRC/tests/victims/git_history.sh" 150 | (git init -q --bare "$T/repository" &&
		git -C "$T/repository" fast-import --quiet)
fi
for way in plain counted traced; do
	mkdir "$T/$way"
	cp -a "$T/repository" "$T/$way/r.git"
done
branch=$(git -C "$T/repository" for-each-ref --format='%(refname)' refs/heads | head -n 1)
compare git sh -c "git -C r.git log --stat -p --reverse '$branch' -- &&
	git -C r.git -c pack.threads=1 -c gc.auto=0 gc -q --prune=now &&
	git -C r.git fsck --full --strict"
within "git_starts_several_programs_each_with_a_trace" "$(ls "$T/traces" | wc -l)" 5 200
ok "the_traced_repository_has_the_whole_history" git -C "$T/traced/r.git" fsck --full
done_testing
