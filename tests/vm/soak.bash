# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what soak-model.bash reads, and what cdm.bash and socket.bash set
#
# The soak's steps: each changes the machine and then the model. Which step comes next depends on the seed and on the
# model, and on nothing that takes time. Loaded after soak-model.bash, removal.bash and tenants.bash.

ALICE=2001                      # may enter cdm.slice, and is no enemy
MALLORY=2002                    # may enter cdm.slice, too
EVE=2003                        # has a cgroup in pods.slice, to which nodes are granted at times
TRUDY=2004                      # has a cgroup in user.slice, which never has any
TENANT_IDS="$MALLORY|$EVE|$TRUDY"
SLACK_KB=2048                   # of a node, in caches of CPUs
NODE_MB=256
PROGRAMS_MAX=3
ROUNDS_MAX=3

# start_soak     begins with no node, the first configuration, the daemon, and processes that do not matter to anybody
start_soak()
{
	local path

	node=([1]=absent [2]=absent [3]=absent)
	declare -gA grants=() others=() program_pid=() program_in=() rounds=() checks=()
	programs=0
	mkdir -p "$WORK" /etc/cdm/cdm.d
	chmod 755 "$WORK"
	make_cgroup user.slice/bystander
	if [[ $VM_INIT == systemd ]]; then
		systemctl start pods.slice lab-gold.slice lab-other.slice
	else
		make_cgroup pods.slice lab.slice/lab-gold.slice lab.slice/lab-other.slice
		echo "+cpuset +memory" >"$CGROUP/cgroup.subtree_control"
	fi
	configure near
	start_cdmd
	must_live cdmd "$(cdmd_pid)"
	if [[ $VM_INIT == systemd ]]; then
		for path in dbus systemd-journald systemd-udevd; do
			must_live "$path" "$(systemctl show -P MainPID "$path.service")"
		done
	fi
	for path in user.slice/bystander lab.slice/lab-other.slice; do
		spawn_in "$path" sleep infinity
		must_live "bystander in $path" "$spawned"
	done
}

# must_live NAME PID
must_live()
{
	others[$1]=$2:$(started "$2")
}

# configure LAYOUT     writes a configuration, which does not change anything yet
configure()
{
	local group class=far

	case $1 in
	near) group='pods.slice/**' class=near ;;
	far) group='pods.slice/**' ;;
	deep) group=lab.slice/lab-gold.slice ;;
	esac
	cat >/etc/cdm/cdm.d/soak.json <<-JSON
		{ "version": 1,
		  "classes": { "near": { "match": { "nodes": "1-2" } }, "far": { "match": { "nodes": "3" } } },
		  "groups": { "cdm.slice": { "classes": ["near", "far"], "enter": { "users": ["$ALICE", "$MALLORY"] } },
		              "$group": { "classes": ["$class"] } } }
	JSON
	layout=$1
	grants=([cdm.slice]="1 2 3" [${group%/\*\*}]=3)
	[[ $class == far ]] || grants[${group%/\*\*}]="1 2"
}

# The steps -------------------------------------------------------------------------------------------------------------

step_add()
{
	host add "$1" $NODE_MB "n$1"
	node[$1]=granted
}

step_remove()
{
	host del "n$1"
	node[$1]=absent
}

# step_return NODE PAUSE     whatever the old one's state was, the new one is granted
step_return()
{
	goes_and_returns "$2" "$1" $NODE_MB "n$1"
	node[$1]=granted
}

step_kill()
{
	kill_cdmd
	start_cdmd
	must_live cdmd "$(cdmd_pid)"
}

# step_crash NODE MS     the daemon is killed so long after the node was added
step_crash()
{
	host add "$1" $NODE_MB "n$1"
	sleep "$(printf '0.%03d' "$2")"
	step_kill
	node[$1]=granted
}

step_configure()
{
	configure "$1"
	if [[ $2 == signal ]]; then
		kill -HUP "$(cdmd_pid)"
	else
		cdmadm reload
	fi
}

# A configuration with a mistake: the old one stays in force.
step_mistake()
{
	mv /etc/cdm/cdm.d/soak.json "$WORK"
	echo '{ "version": 1, "classes": {} "groups": {} }' >/etc/cdm/cdm.d/soak.json
	run ! cdmadm reload
	mv "$WORK/soak.json" /etc/cdm/cdm.d
}

step_drain()
{
	cdmadm drain "$1" >"$WORK/step.out"
	node[$1]=drained
}

step_offline()
{
	cdmadm offline "$1" >"$WORK/step.out"
	node[$1]=offline
}

step_online()
{
	cdmadm online "$1" >"$WORK/step.out"
	node[$1]=granted
}

# step_launch WHO     a program of root's or of a user's; each byte of its memory is known (holder.c)
step_launch()
{
	as=()
	[[ $1 == root ]] || become "$1"
	start_holder "${as[@]}" cdm-launch
	is_placed "$holder" 1-3 2304
	programs=$((programs + 1))
	mv "$WORK/holder.out" "$WORK/program-$programs.out"
	program_pid[$programs]=$holder program_in[$programs]=$holder_in rounds[$programs]=1 checks[$programs]=0
	must_live "program $programs" "$holder"
}

# resume PROGRAM     it is the holder that cdm.bash speaks to
resume()
{
	holder=${program_pid[$1]} holder_in=${program_in[$1]}
	ln -sf "program-$1.out" "$WORK/holder.out"
}

step_more()
{
	resume "$1"
	tell_holder more more "${rounds[$1]}"
	rounds[$1]=$((rounds[$1] + 1))
}

step_end()
{
	resume "$1"
	unset "others[program $1]" "program_pid[$1]"
	end_holder
}

# A launched program forks; parent and child both write to what they share.
step_fork()
{
	local word

	start_program cdm-launch "$PROGS/forker" 4
	tell_holder fork 'fork [0-9]*' 1
	for word in read write own; do tell_holder "$word" "$word" 1; done
	is_placed "$holder" 1-3 2048
	end_program
}

# step_pressure STEP...     a step while system memory is full
step_pressure()
{
	fill_system
	"step_$1" "${@:2}"
	check_never
	empty_system
}

# The choice --------------------------------------------------------------------------------------------------------------

# draw N     $drawn is the next number below N in the seed's sequence
draw()
{
	sequence=$(((sequence * 1103515245 + 12345) & 0x7fffffff))
	drawn=$(((sequence >> 12) % $1))
}

# pick WORD...     $picked is one of them
pick()
{
	draw $#
	shift "$drawn"
	picked=$1
}

# in_state STATE...     prints the nodes in these states
in_state()
{
	local n

	for n in "${!node[@]}"; do
		[[ " $* " != *" ${node[$n]} "* ]] || echo "$n"
	done
}

# programs_below ROUNDS     prints the programs that have had fewer, in the order of their numbers
programs_below()
{
	local n

	for ((n = 1; n <= programs; n++)); do
		[[ ! ${program_pid[$n]-} ]] || ((rounds[$n] >= $1)) || echo "$n"
	done
}

# choose [under-pressure]     $step is the next step
choose()
{
	local kinds=(kill)
	local -a absent there usable withheld running small

	mapfile -t absent < <(in_state absent)
	mapfile -t there < <(in_state granted drained offline)
	mapfile -t usable < <(in_state granted)
	mapfile -t withheld < <(in_state drained offline)
	mapfile -t running < <(programs_below $((ROUNDS_MAX + 1)))
	mapfile -t small < <(programs_below $ROUNDS_MAX)
	((${#absent[@]} == 0)) || kinds+=(add add crash)
	((${#there[@]} == 0)) || kinds+=(return)
	((${#usable[@]} == 0)) || kinds+=(fork)
	((${#usable[@]} == 0 || ${#running[@]} >= PROGRAMS_MAX)) || kinds+=(launch launch)
	((${#small[@]} == 0)) || kinds+=(more)
	if [[ ! ${1-} ]]; then
		kinds+=(configure mistake pressure)
		((${#there[@]} == 0)) || kinds+=(remove)
		((${#usable[@]} == 0)) || kinds+=(drain offline)
		((${#withheld[@]} == 0)) || kinds+=(online online)
		((${#running[@]} == 0)) || kinds+=(end)
	fi
	pick "${kinds[@]}"
	step=$picked
	case $step in
	add) pick "${absent[@]}" ;;
	crash) pick "${absent[@]}"; step+=" $picked"; draw 600; picked=$drawn ;;
	remove) pick "${there[@]}" ;;
	return) pick "${there[@]}"; step+=" $picked"; pick 0 .01 1 unseen ;;
	drain | offline) pick "${usable[@]}" ;;
	online) pick "${withheld[@]}" ;;
	launch) pick root "$ALICE" ;;
	more) pick "${small[@]}" ;;
	end) pick "${running[@]}" ;;
	configure) pick near far deep; step+=" $picked"; pick signal verb ;;
	pressure) choose under-pressure; step="pressure $step"; return ;;
	*) return ;;
	esac
	step+=" $picked"
}
