# SPDX-License-Identifier: MIT
# fish completion for pooltrace; tests/unit/cli.sh holds it against the table of commands.

complete -c pooltrace -n __fish_use_subcommand -f -a record -d 'run a program and record its heap events'
complete -c pooltrace -n __fish_use_subcommand -f -a report -d 'who hoards: threads, CPUs, pools, call sites'
complete -c pooltrace -n __fish_use_subcommand -f -a info -d 'what is in a trace, whole or torn, and what was lost'
complete -c pooltrace -n __fish_use_subcommand -f -a dump -d 'the events of a trace, one a line'
complete -c pooltrace -n __fish_use_subcommand -f -a help -d 'how to use pooltrace, or one of its commands'
complete -c pooltrace -n __fish_use_subcommand -f -a version -d 'the version of pooltrace'

complete -c pooltrace -n '__fish_seen_subcommand_from record report info dump' -s h -l help -d 'print a summary and exit'

complete -c pooltrace -n '__fish_seen_subcommand_from record' -s o -l output -r -d 'where traces go'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l depth -x -d 'frames of a call stack at most'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l size-limit -x -d 'stop recording at that size'
complete -c pooltrace -n '__fish_seen_subcommand_from record' -l no-children -d 'do not record processes that the program starts'

complete -c pooltrace -n '__fish_seen_subcommand_from report' -l json -d 'write JSON'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l by -x -a 'thread cpu site pool shard' -d 'which tables'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l top -x -d 'rows of a table, 0 for all'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l pool -x -d 'only pools of that name or pattern'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l dead-after -x -d 'idle for so long is a dead hoard'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l regret-within -x -d 'made again within it is regretted'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -l limit -x -d 'bytes that a forecast runs into'
complete -c pooltrace -n '__fish_seen_subcommand_from report' -s o -l output -r -d 'write the report into a file'

complete -c pooltrace -n '__fish_seen_subcommand_from info' -l json -d 'write JSON'
complete -c pooltrace -n '__fish_seen_subcommand_from info' -s a -l all -d 'every thread and every module'

complete -c pooltrace -n '__fish_seen_subcommand_from dump' -l json -d 'write JSON Lines'
complete -c pooltrace -n '__fish_seen_subcommand_from dump' -l stacks -d 'show the frames of each stack where it occurs first'

complete -c pooltrace -n '__fish_seen_subcommand_from help' -f -a 'record report info dump'
