#!/bin/sh
# SPDX-License-Identifier: MIT
#
# CPython with threads, every object through malloc.
. "$PT_SRC/tests/victims/victim.sh"

export PYTHONMALLOC=malloc PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
compare python3 python3 -c '
import threading, queue, json
q = queue.Queue(64)
sums = []
def make():
	for i in range(20000):
		q.put({"n": i, "text": "x" * (i % 300), "list": list(range(i % 20))})
	q.put(None)
def eat():
	total = 0
	while (item := q.get()) is not None:
		total += len(json.dumps(item))
	sums.append(total)
threads = [threading.Thread(target=f) for f in (make, eat)]
[t.start() for t in threads]
[t.join() for t in threads]
words = sorted(str(i * 7919 % 10007) for i in range(50000))
print(sums, words[0], words[-1], len(set(words)))
'
within "threads_of_python_are_told_apart" "$(jq '.threads | length' "$T/report.json")" 3 3
done_testing
