# SPDX-License-Identifier: MIT
#
# git on a repository of 1,000 commits: log with patches, gc, fsck, clone.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="git"
limit_s=600
prepare()
{
	git init -q --bare -b main repository && sh "$PT_SRC/tests/victims/git_history.sh" 1000 |
		git -C repository fast-import --quiet
}
work()
{
	export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
	cp -a "$T/input/repository" r.git
	$program git -C r.git log --stat -p --reverse main -- >log &&
		$program git -C r.git -c pack.threads=2 -c gc.auto=0 gc -q --prune=now &&
		$program git -C r.git fsck --full --strict &&
		$program git clone -q --no-local r.git clone &&
		$program git -C clone status &&
		git -C r.git rev-list --all --objects
}
worked() { [ "$(git -C r.git rev-list --count main)" = 1000 ] && [ "$(git -C clone rev-list --count main)" = 1000 ]; }
# Left out: the pack of each clone: two threads find other deltas each time; its objects are compared by name and content instead.
settle()
{
	for repository in r.git clone; do
		git -C $repository cat-file --batch-check --batch-all-objects >$repository.objects &&
			git -C $repository fsck --full --strict || return
	done
	rm -rf r.git/objects clone/.git/objects clone/.git/index
}
