# SPDX-License-Identifier: MIT
# fish completion for pooltrace; tests/unit/cli.sh holds it against the table of commands.

complete -c pooltrace -n __fish_use_subcommand -f -a record -d 'run a program and record its heap events'
complete -c pooltrace -n __fish_use_subcommand -f -a report -d 'who hoards: threads, CPUs, pools, call sites'
complete -c pooltrace -n __fish_use_subcommand -f -a check -d 'compare traces with budgets and a baseline'
complete -c pooltrace -n __fish_use_subcommand -f -a baseline -d 'what runs looked like, as a file to commit'
complete -c pooltrace -n __fish_use_subcommand -f -a diff -d 'what changed from one trace to another'
complete -c pooltrace -n __fish_use_subcommand -f -a graph -d 'what idle objects keep alive, from the snapshots of a trace'
complete -c pooltrace -n __fish_use_subcommand -f -a snapshot -d 'ask a running process for a snapshot'
complete -c pooltrace -n __fish_use_subcommand -f -a control -d 'pause, resume and switch the recording of a running process'
complete -c pooltrace -n __fish_use_subcommand -f -a info -d 'what is in a trace, whole or torn, and what was lost'
complete -c pooltrace -n __fish_use_subcommand -f -a dump -d 'the events of a trace, one a line'
complete -c pooltrace -n __fish_use_subcommand -f -a pack -d 'make traces small; every command reads them as they are'
complete -c pooltrace -n __fish_use_subcommand -f -a unpack -d 'the trace in a packed file, byte for byte'
complete -c pooltrace -n __fish_use_subcommand -f -a help -d 'how to use pooltrace, or one of its commands'
complete -c pooltrace -n __fish_use_subcommand -f -a version -d 'the version of pooltrace'

complete -c pooltrace -n '__fish_seen_subcommand_from record report check baseline diff graph snapshot control info dump pack unpack' -s h -l help -d 'print a summary and exit'

complete -c pooltrace -n '__fish_seen_subcommand_from record' -s o -l output -r -d 'where traces go'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l depth -x -d 'frames of a call stack at most'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l size-limit -x -d 'stop recording at that size'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l ring -x -d 'keep the last BYTES only'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l counters -d 'only count events'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l sample -x -d 'record one event in BYTES allocated'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l no-children -d 'do not record processes that the program starts'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l runs -x -d 'run it so many times'

complete -c pooltrace -n '__fish_seen_subcommand_from report' -l json -d 'write JSON'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l by -x -a 'thread cpu site pool shard' -d 'which tables'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l top -x -d 'rows of a table, 0 for all'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l pool -x -d 'only pools of that name or pattern'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l dead-after -x -d 'idle for so long is a dead hoard'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l regret-within -x -d 'made again within it is regretted'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l limit -x -d 'bytes that a forecast runs into'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -s o -l output -r -d 'write the report into a file'

complete -c pooltrace -n '__fish_seen_subcommand_from check' -l budget -r -d 'what is allowed'
complete -c pooltrace -n '__fish_seen_subcommand_from check' -l baseline -r -d 'what it was before'
complete -c pooltrace -n '__fish_seen_subcommand_from check' -l format -x -a 'text junit sarif github json' -d 'of the output'
complete -c pooltrace -n '__fish_seen_subcommand_from check' -l init -d 'write a first budget file'
complete -c pooltrace -n '__fish_seen_subcommand_from check' -l metrics -d 'print every metric'
complete -c pooltrace -n '__fish_seen_subcommand_from check' -s o -l output -r -d 'write into a file'

complete -c pooltrace -n '__fish_seen_subcommand_from baseline' -s o -l output -r -d 'write into a file'

complete -c pooltrace -n '__fish_seen_subcommand_from diff' -l json -d 'write JSON'
complete -c pooltrace -n '__fish_seen_subcommand_from diff' -l top -x -d 'changes of each kind, 0 for all'
complete -c pooltrace -n '__fish_seen_subcommand_from diff' -s o -l output -r -d 'write into a file'

complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l snapshot -x -a all -d 'number of a snapshot, or all'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l path -x -d 'why the block there lives'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l json -d 'write JSON'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l folded -d 'write folded stacks'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l dot -d 'write a drawing for dot'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l nodes -d 'write every block and object as JSON Lines'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l diff -d 'what grew between two snapshots'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -l top -x -d 'rows of a table, 0 for all'
complete -c pooltrace -n '__fish_seen_subcommand_from graph' -s o -l output -r -d 'write into a file'

complete -c pooltrace -n '__fish_seen_subcommand_from snapshot' -l wait -x -d 'how long to wait for it'
complete -c pooltrace -n '__fish_seen_subcommand_from snapshot' -x -a '(__fish_complete_pids)' -d 'process'

complete -c pooltrace -n '__fish_seen_subcommand_from control' -l wait -x -d 'how long to wait until it is done'
complete -c pooltrace -n '__fish_seen_subcommand_from control' -x -a 'pause resume full counters sample sample= snapshot' -d 'what'

complete -c pooltrace -n '__fish_seen_subcommand_from info' -l json -d 'write JSON'
complete -c pooltrace -n '__fish_seen_subcommand_from info' -s a -l all -d 'every thread and every module'

complete -c pooltrace -n '__fish_seen_subcommand_from dump' -l json -d 'write JSON Lines'
complete -c pooltrace -n '__fish_seen_subcommand_from dump' -l stacks -d 'show the frames of each stack where it occurs first'
complete -c pooltrace -n '__fish_seen_subcommand_from dump' -l snapshot -x -d 'show that snapshot instead'

complete -c pooltrace -n '__fish_seen_subcommand_from pack' -s o -l output -r -d 'the packed file'
complete -c pooltrace -n '__fish_seen_subcommand_from pack' -l level -x -d 'how hard zstd tries'
complete -c pooltrace -n '__fish_seen_subcommand_from pack' -l rm -d 'remove the trace afterwards'

complete -c pooltrace -n '__fish_seen_subcommand_from unpack' -s o -l output -r -d 'the trace'
complete -c pooltrace -n '__fish_seen_subcommand_from unpack' -l rm -d 'remove the packed file afterwards'

complete -c pooltrace -n '__fish_seen_subcommand_from help' -f -a 'record report check baseline diff graph snapshot control info dump pack unpack'
