# SPDX-License-Identifier: MIT
# bash completion for pooltrace; tests/unit/cli.sh holds it against the table of commands.

_pooltrace()
{
	local cur prev command i
	COMPREPLY=()
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	command=${COMP_WORDS[1]}
	# Bash makes three words of --option=value.
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "record report check baseline diff graph snapshot control info dump pack unpack help version --help --version" -- "$cur"))
		return
	fi
	if [ "$command" = record ]; then
		# Behind `--`, or behind the first operand, it is the program's own line.
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			--) i=$((i + 1)) && break ;;
			-o | --output | --depth | --size-limit | --ring | --sample | --runs)
				i=$((i + 1))
				[ "${COMP_WORDS[i]}" != = ] || i=$((i + 1))
				;;
			-*) ;;
			*) break ;;
			esac
		done
		if ((i < COMP_CWORD)) && declare -F _command_offset >/dev/null; then
			_command_offset "$i"
			return
		fi
	fi
	case $command:$prev in
	report:--by)
		COMPREPLY=($(compgen -W "thread cpu site pool shard" -- "$cur"))
		return
		;;
	check:--format)
		COMPREPLY=($(compgen -W "text junit sarif github json" -- "$cur"))
		return
		;;
	check:--budget | check:--baseline | *:-o | *:--output)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$cur"))
		return
		;;
	graph:--snapshot)
		COMPREPLY=($(compgen -W "all" -- "$cur"))
		return
		;;
	dump:--snapshot | control:sample | pack:--level | snapshot:--wait | control:--wait | graph:--path | graph:--top | diff:--top | report:--top | report:--pool | report:--dead-after | report:--regret-within | report:--limit | record:--depth | record:--size-limit | record:--ring | record:--sample | record:--runs)
		return
		;;
	help:*)
		COMPREPLY=($(compgen -W "record report check baseline diff graph snapshot control info dump pack unpack help version" -- "$cur"))
		return
		;;
	esac
	case $command:$cur in
	report:--by=*) COMPREPLY=($(compgen -W "thread cpu site pool shard" -- "${cur#*=}")) ;;
	record:-*) COMPREPLY=($(compgen -W "-o --output --depth --size-limit --ring --counters --sample --no-children --runs -h --help" -- "$cur")) ;;
	report:-*) COMPREPLY=($(compgen -W "--json --by --top --pool --dead-after --regret-within --limit -o --output -h --help" -- "$cur")) ;;
	check:--format=*) COMPREPLY=($(compgen -W "text junit sarif github json" -- "${cur#*=}")) ;;
	check:-*) COMPREPLY=($(compgen -W "--budget --baseline --format --init --metrics -o --output -h --help" -- "$cur")) ;;
	baseline:-*) COMPREPLY=($(compgen -W "-o --output -h --help" -- "$cur")) ;;
	diff:-*) COMPREPLY=($(compgen -W "--json --top -o --output -h --help" -- "$cur")) ;;
	graph:-*) COMPREPLY=($(compgen -W "--snapshot --path --json --folded --dot --nodes --diff --top -o --output -h --help" -- "$cur")) ;;
	snapshot:-*) COMPREPLY=($(compgen -W "--wait -h --help" -- "$cur")) ;;
	control:-*) COMPREPLY=($(compgen -W "--wait -h --help" -- "$cur")) ;;
	control:*)
		# The process id comes first.
		case $prev in
		[0-9]*) COMPREPLY=($(compgen -W "pause resume full counters sample sample= snapshot" -- "$cur")) ;;
		esac
		;;
	info:-*) COMPREPLY=($(compgen -W "--json -a --all -h --help" -- "$cur")) ;;
	pack:-*) COMPREPLY=($(compgen -W "-o --output --level --rm -h --help" -- "$cur")) ;;
	unpack:-*) COMPREPLY=($(compgen -W "-o --output --rm -h --help" -- "$cur")) ;;
	dump:-*) COMPREPLY=($(compgen -W "--json --stacks --snapshot -h --help" -- "$cur")) ;;
	record:*) COMPREPLY=($(compgen -c -- "$cur")) ;;
	pack:*)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -X '!*.ptrace' -- "$cur") $(compgen -d -- "$cur"))
		;;
	unpack:*)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -X '!*.ptracez' -- "$cur") $(compgen -d -- "$cur"))
		;;
	report:* | check:* | baseline:* | diff:* | graph:* | info:* | dump:*)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -X '!*.ptrace' -- "$cur") $(compgen -f -X '!*.ptracez' -- "$cur") $(compgen -d -- "$cur"))
		;;
	esac
}
complete -F _pooltrace pooltrace
