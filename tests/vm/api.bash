# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Helpers for scenarios of libcdm: they run tests/vm/prog/api.c, tell it what to call, and compare its answers with what
# the kernel shows. Loaded after cdm.bash.

# start_api COMMAND...     starts api, or COMMAND... api, in the group; `in_group` runs it elsewhere
start_api()
{
	rm -f "$WORK/api.in" "$WORK/api.out"
	mkfifo "$WORK/api.in"
	exec {api_in}<>"$WORK/api.in"
	# A command in the background has no standard input unless one is given explicitly.
	(
		echo "$BASHPID" >"$CGROUP/${in_group:-cdm.slice/api}/cgroup.procs" || exit
		exec "$@" "$PROGS/api" 3>&- {api_in}>&-
	) <"$WORK/api.in" >"$WORK/api.out" 2>&1 &
	api=$!
	answers=1
	patience=90
	retry 30 answered
}

end_api()
{
	[[ ${api_in-} ]] || return 0
	echo quit >&"$api_in"
	exec {api_in}>&-
	unset api_in
	wait "$api"
}

answered()
{
	(($(wc -l <"$WORK/api.out") >= answers)) || { cat "$WORK/api.out"; process_is_gone "$api" && echo "it has ended"; return 1; }
}

# send COMMAND...     receive     $answer is the program's answer, which must come within $patience seconds
send()
{
	sent=$*
	echo "$sent" >&"$api_in"
	answers=$((answers + 1))
}

receive()
{
	retry "$patience" answered
	answer=$(sed -n "${answers}p" "$WORK/api.out")
	echo "$sent: $answer"
}

# ask COMMAND...     send and receive
ask()
{
	send "$@"
	receive
}

# answers TEXT COMMAND...     the program answers TEXT, which may be a glob
answers()
{
	local want=$1

	shift
	ask "$@"
	# shellcheck disable=SC2053
	[[ $answer == $want ]] || { echo "not: $want"; return 1; }
}

# line_of ADDRESS     prints the line of numa_maps
line_of()
{
	grep "^$1 " "/proc/$api/numa_maps"
}

# shows ADDRESS POLICY PAGES...     the mapping that begins there has this policy and these pages: shows 7f.. prefer
# N1=4
shows()
{
	local line

	line=" $(line_of "$1") "
	shift
	for word; do
		[[ $line == *" $word "* ]] || { echo "no $word in:$line"; return 1; }
	done
	[[ $# -eq 1 || $(grep -oE ' N[0-9]+=' <<<"$line" | wc -l) -eq $(($# - 1)) ]] || { echo "more nodes:$line"; return 1; }
}
