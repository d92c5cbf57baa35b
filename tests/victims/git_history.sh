#!/bin/sh
# SPDX-License-Identifier: MIT
#
# git_history.sh COMMITS - a fast-import stream: files that grow and change, the same each time.
awk -v commits="${1:-100}" '
function data(text) { printf "data %d\n%s\n", length(text), text }
BEGIN {
	for (i = 1; i <= commits; i++) {
		printf "commit refs/heads/main\ncommitter a <a@example.org> %d +0000\n", 1700000000 + i * 60
		data("change number " i)
		for (k = 0; k < 4; k++) {
			file = (i * 7 + k * 13) % 40
			body[file] = body[file] "line " i " of file " file ": " i * 7919 % 1000 "\n"
			printf "M 100644 inline dir%d/file%d.txt\n", file % 5, file
			data(body[file])
		}
	}
}'
