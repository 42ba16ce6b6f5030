#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-again: init=plain kernels=6.12 nodes=3 ram=1536 cpus=2 timeout=600 cmdline=cdm.soak=20
# Random steps, while hostile tenants do what they can; after each the kernel's state is compared with a simple model.
# make soak runs it for longer. On the kernel's command line "cdm.soak=N" sets for how many seconds, and "cdm.seed=N" the
# seed: the same seed gives the same steps. What tenants and daemon do between them is not repeated.

bats_require_minimum_version 1.5.0
load guest
load cdm
load removal
load socket
load tenants
load soak-model
load soak

SOAK=$(boot_number cdm.soak 20)
SEED=$(boot_number cdm.seed 0)
FLOOR_MS=1500	# an emulated guest's own noise in one wait for a fence

setup_file()
{
	:
}

setup()
{
	untraced
	start_soak
}

teardown()
{
	local n

	end_attacks
	for n in "${program_pid[@]}"; do kill -KILL "$n" || :; done
	for n in "${!others[@]}"; do [[ $n != bystander* ]] || kill "${others[$n]%:*}" || :; done
	for n in cdm.slice/mallory pods.slice/eve user.slice/trudy; do undelegate "$n"; done
	empty_system
	rm -rf /etc/cdm/cdm.d
	clean_up n1 n2 n3
}

teardown_file()
{
	:
}

start_tenants()
{
	delegate $MALLORY cdm.slice/mallory
	attack $MALLORY cdm.slice/mallory crowd entering lists connections maps
	delegate $EVE pods.slice/eve
	attack $EVE pods.slice/eve crowd nest names lists freezing
	delegate $TRUDY user.slice/trudy
	attack $TRUDY user.slice/trudy crowd nest connections signals maps
}

# undisturbed     sets the limit for newcomers: how long they wait while the tenants' cgroups are there, but do not change
undisturbed()
{
	local -a times

	pause_attacks STOP
	cdmd_has_looked
	read -ra times < <(newcomers 7)
	pause_attacks CONT
	limit=$((3 * times[3] + FLOOR_MS))
	echo "# undisturbed, new cgroups wait ${times[*]} ms for their fences, at $(find "$CGROUP" -type d | wc -l) cgroups" >&3
}

# check_never     what may at no moment be otherwise
check_never()
{
	no_foreign_pages
	others_live
	nobody_else_killed
	attacks_go_on
}

data_intact()
{
	local n

	for n in $(programs_below $((ROUNDS_MAX + 1))); do
		resume "$n"
		checks[$n]=$((checks[$n] + 1))
		tell_holder check 'intact\|block .*' "${checks[$n]}" || return
		says intact tail -1 "$WORK/holder.out" || return
	done
}

# check STEP     fences hold at once, unless the step takes nodes from somebody; what is granted follows
check()
{
	local parent=''

	[[ ${1#pressure } == @(configure|remove|return)* ]] || fences_hold
	retry 120 nodes_agree
	retry 120 groups_agree
	retry 120 fences_hold
	check_never
	data_intact
	draw 2
	((drawn == 0)) || [[ $layout != deep ]] || parent=lab.slice
	newcomer_in_time "$parent" "$limit"
	waits+=("$waited")
}

@test "whatever happens, and whatever tenants do: no foreign page, no open fence, no late one, no damage, no victim" {
	local began count=0 waits=() limit

	sequence=$SEED
	((SEED > 0)) || sequence=$((SRANDOM % 1000000))
	echo "# seed $sequence, $SOAK s" >&3
	start_tenants
	undisturbed
	began=$SECONDS
	while ((SECONDS - began < SOAK)); do
		choose
		count=$((count + 1))
		echo "# $count ($((SECONDS - began)) s): $step" >&3
		# shellcheck disable=SC2086
		step_$step
		check "$step"
	done
	mapfile -t waits < <(printf '%s\n' "${waits[@]}" | sort -n)
	echo "# $count steps; fences of newcomers at most $limit ms; seen median ${waits[count / 2]} ms," \
		"last ${waits[count - 1]} ms" >&3
}

# sees TEXT CHECK...     the check fails, and says so
sees()
{
	run ! "${@:2}"
	echo "$output"
	[[ $output == *"$1"* ]]
}

@test "each check of the model fails when it should" {
	local address limit=3000

	step_add 1
	step_launch root
	check ''
	kill "${others[bystander in user.slice/bystander]%:*}"
	retry 30 sees 'bystander in user.slice/bystander' others_live
	unset 'others[bystander in user.slice/bystander]'

	address=$(awk '/ N1=/ { print $1; exit }' "/proc/$holder/numa_maps")
	yes | head -c 64 | dd of="/proc/$holder/mem" bs=1 seek=$((0x$address)) conv=notrunc status=none
	sees 'is damaged' data_intact
	unset 'others[program 1]' 'program_pid[1]'

	stop_cdmd
	unset 'others[cdmd]'
	sees 'waited' newcomer_in_time '' $limit
	echo 0 >"$CGROUP/cdm.slice/cpuset.mems"
	sees 'group cdm.slice' groups_agree
	fences_hold
	echo 0-1 >"$CGROUP/user.slice/cpuset.mems"
	sees 'user.slice can use node 1' fences_hold
	no_foreign_pages
	in_cgroup user.slice numactl --membind=1 head -c 4M /dev/zero >/dev/shm/foreign
	sees 'node 1 holds' no_foreign_pages
	rm /dev/shm/foreign
	no_foreign_pages
	start_program in_cgroup user.slice numactl --membind=1 "$PROGS/holder"
	sees 'foreign pages' no_foreign_pages
	end_program
	nodes_agree
	echo online >/sys/devices/system/memory/auto_online_blocks
	step_add 2
	retry 30 sees 'zone of node 2' nodes_agree

	nobody_else_killed
	make_cgroup hog
	echo 16M >"$CGROUP/hog/memory.max"
	run ! in_cgroup hog tail /dev/zero
	sees 'Killed process' nobody_else_killed
	rmdir "$CGROUP/hog"
}
