# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # node, grants and others are soak.bash's
#
# The soak's model of the machine, and its comparison with what the kernel shows. It is a few variables that the steps
# set; it knows nothing of cdmd's configuration format, plans, state or output. Loaded after cdm.bash.
#
#   node[N]       absent, granted, drained or offline
#   grants[PATH]  the nodes that the cgroup and all below it may have, such as "1 2", while they are granted
#   others        processes that must live: by name: PID:START, as started prints it
#
# Each check prints what differs.

# usable PATH     prints the nodes of the group that its processes can use now
usable()
{
	local n list=()

	for n in ${grants[$1]}; do
		[[ ${node[$n]} != granted ]] || list+=("$n")
	done
	echo "${list[*]}"
}

# members LIST     prints "0 1 3" for 0-1,3
members()
{
	local part n list=()

	for part in ${1//,/ }; do
		for ((n = ${part%-*}; n <= ${part#*-}; n++)); do list+=("$n"); done
	done
	echo "${list[*]}"
}

# The nodes themselves: those that the model has online are, all of their memory and in zone Movable; others are not.
nodes_agree()
{
	local n online=0

	for n in "${!node[@]}"; do
		[[ ${node[$n]} == granted || ${node[$n]} == drained ]] || continue
		online+=" $n"
		says online block_states "$n" || { echo "blocks of node $n"; return 1; }
		node_is_movable "$n" || { echo "zone of node $n"; return 1; }
	done
	says "$online" members "$(</sys/devices/system/node/has_memory)"
}

# Every group has what the model grants to it.
groups_agree()
{
	local path want

	for path in "${!grants[@]}"; do
		want=$(usable "$path")
		says "0${want:+ $want}" members "$(effective "$path")" || { echo "group $path"; return 1; }
	done
}

# No cgroup at any depth can use a node that the model does not grant to it, to a group above, or to one below.
fences_hold()
{
	local path

	{
		for path in "${!grants[@]}"; do printf 'group\t%s\t%s\n' "$path" "$(usable "$path")"; done
		(cd "$CGROUP" && grep -r . --include="$EFFECTIVE" . 2>/dev/null)
	} | awk -F '\t' -v file="$EFFECTIVE" '
		function below(path, group) { return path == group || index(path, group "/") == 1 }
		function may(path, node,   group) {
			for (group in usable)
				if ((below(path, group) || below(group, path)) && index(" " usable[group] " ", " " node " ")) return 1
			return 0
		}
		$1 == "group" { usable[$2] = $3; next }
		{
			start = match($0, "/" file ":[^:]*$")
			path = substr($0, 3, start - 3)
			if (path == "") next # the root, which has every node
			n = split(substr($0, start + length(file) + 2), part, ",")
			for (i = 1; i <= n; i++) {
				if (split(part[i], ends, "-") == 1) ends[2] = ends[1]
				for (k = ends[1] + 0; k <= ends[2] + 0; k++)
					if (k > 0 && !may(path, k)) { gsub(/[[:cntrl:]]/, "?", path); print path " can use node " k; bad = 1 }
			}
		}
		END { exit bad }'
}

# No process outside the groups has a page on a device node, and those nodes hold no memory but the groups': what a
# node's meminfo counts is charged to their cgroups (or, on its way through a CPU's cache, to nobody yet).
no_foreign_pages()
{
	local n kb charged top=("${!grants[@]}")

	says 0 foreign_pages 1-3 "${!grants[@]}" || { echo "foreign pages"; return 1; }
	top=("${top[@]%%/*}")
	for n in "${!node[@]}"; do
		[[ -d /sys/devices/system/node/node$n ]] || continue
		kb=$(($(node_used_kb "$n" AnonPages) + $(node_used_kb "$n" FilePages)))
		charged=$(cd "$CGROUP" && awk -v node="N$n" '$1 == "anon" || $1 == "file" {
			for (i = 2; i <= NF; i++) if (split($i, pair, "=") == 2 && pair[1] == node) sum += pair[2]
		} END { print int(sum / 1024) }' "${top[@]/%//memory.numa_stat}")
		((kb <= charged + SLACK_KB)) || { echo "node $n holds $kb kB, of the groups $charged kB"; return 1; }
	done
}

# started PID     prints when it was started: another process with the number of an old one is not the same
started()
{
	awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat"
}

others_live()
{
	local name

	for name in "${!others[@]}"; do
		says "${others[$name]#*:}" started "${others[$name]%:*}" || { echo "$name is gone"; return 1; }
	done
}

# The kernel has killed no process for lack of memory, except the hostile tenants'.
nobody_else_killed()
{
	! dmesg | grep 'Killed process' | grep -vE "UID:($TENANT_IDS) "
}

# newcomer_in_time PARENT LIMIT     a new cgroup is fenced within LIMIT ms, or if the guest was slow, two of three are
newcomer_in_time()
{
	waited=$(newcomers 1 "$1")
	((waited <= $2)) || waited=$(newcomers 3 "$1" | cut -d" " -f2)
	((waited <= $2)) || { echo "a new cgroup in /$1 waited $waited ms for its fence, not $2 ms at most"; return 1; }
}
