#!/bin/sh
# SPDX-License-Identifier: MIT
#
# SARIF of checks made by hand, as the validator of its makers sees it: @microsoft/sarif-multitool-linux from npm, 43 MB,
# fetched once into the build folder. Skipped where npm cannot be reached; the schema is held by check.sh in any case.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"
VERSION=5.7.0
PROMISE=the_multitool_finds_no_error_in_sarif
TOOL=$PT_UNIT/sarif-multitool-$VERSION/package/Sarif.Multitool

fetch()
{
	(cd "$T" && timeout 90 npm pack --silent "@microsoft/sarif-multitool-linux@$VERSION" >npm.log 2>&1) || return 1
	mkdir -p "$PT_UNIT/sarif-multitool-$VERSION" &&
		tar -xzf "$T"/microsoft-sarif-multitool-linux-*.tgz -C "$PT_UNIT/sarif-multitool-$VERSION" && chmod +x "$TOOL"
}
skip_all()
{
	skip "$PROMISE" "$1"
	done_testing
	exit 0
}
command -v npm >/dev/null || [ -x "$TOOL" ] || skip_all "no npm here"
[ -x "$TOOL" ] || fetch || skip_all "npm cannot fetch @microsoft/sarif-multitool-linux $VERSION"
# It is a .NET program that brings its runtime: without ICU it wants to be told.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
"$TOOL" --version >"$T/version" 2>&1 || skip_all "the multitool does not run here: $(head -n 1 "$T/version")"

for k in within broken nowarning unknown torn noise one empty hostile; do
	"$PT_UNIT/check_sample" sarif $k >"$T/$k.sarif"
done
"$TOOL" validate "$T"/*.sarif >"$T/log" 2>&1
is "$PROMISE" "$? $(grep -c ': error' "$T/log") $(grep -c '9 files scanned' "$T/log")" "0 0 1"
grep ': error' "$T/log" | head -n 5 | sed 's/^/# /'
mkdir "$T/bad"
sed 's/"startLine": 120/"startLine": 0/' "$T/broken.sarif" >"$T/bad/bad.sarif"
"$TOOL" validate "$T/bad/bad.sarif" >"$T/bad.log" 2>&1
is "and_one_where_there_is_one" "$(grep -c ': error' "$T/bad.log" | sed 's/^[1-9].*/some/')" some
done_testing
