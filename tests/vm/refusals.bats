#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1536 timeout=300
# A refusal is one line that names the object and the remedy; the program is not started, and the system unchanged.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	mkdir -p "$WORK"
	chmod 755 "$WORK"
	cat >"$WORK/program" <<EOF
#!/bin/sh
: >$WORK/started
EOF
	chmod 755 "$WORK/program"
	start_cdmd
	retry 30 all_fenced 0
	retry 30 says 0-2 cat "$CGROUP/cdm.slice/cpuset.mems"
}

teardown_file()
{
	clean_up a
}

setup()
{
	untraced
	rm -f "$WORK/started"
	before=$(system_as_it_stands)
}

teardown()
{
	[ ! -e "$WORK/started" ]
	diff <(echo "$before") <(system_as_it_stands)
}

system_as_it_stands()
{
	local dir

	for dir in "$CGROUP"/ "$CGROUP"/*/ "$CGROUP"/cdm.slice/*/; do
		[[ -d $dir ]] && echo "$dir $(cat "$dir"cpuset.mems "$dir"cpuset.mems.effective 2>/dev/null)"
	done
	cat /sys/devices/system/memory/auto_online_blocks /sys/devices/system/memory/memory*/state /run/cdm/state.json
}

# refuses STATUS PATTERN COMMAND...     exactly one line on standard error, which matches
refuses()
{
	local status=$1 pattern=$2

	shift 2
	run --separate-stderr "-$status" "$@"
	echo "$stderr"
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ -z "$output" ]
	# shellcheck disable=SC2053
	[[ $stderr == $pattern ]]
}

as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "cdm-launch without a device node: the message names the group and --wait" {
	refuses 125 'cdm-launch: no device node is online for group cdm.slice*--wait*' cdm-launch "$WORK/program"
	refuses 125 'cdm-launch: waited 1 s: no device node*' cdm-launch --wait=1 "$WORK/program"
}

@test "--nodes refuses a node that does not exist or is no device node, and an unknown class" {
	refuses 125 'cdm-launch: --nodes 0: node 0 is no device node*cdmadm nodes*' cdm-launch -n 0 "$WORK/program"
	refuses 125 'cdm-launch: --nodes 77: node 77 is no device node*' cdm-launch -n 77 "$WORK/program"
	refuses 125 'cdm-launch: --nodes gpu: neither a list of nodes*nor a class*' cdm-launch -n gpu "$WORK/program"
}

@test "an unknown group: the message names the known ones" {
	refuses 125 'cdm-launch: group gpu.slice: *cdm.slice*' cdm-launch -g gpu.slice "$WORK/program"
	refuses 125 'cdm-launch: group ../x: *' cdm-launch -g ../x "$WORK/program"
}

@test "a wrong rule, policy or profile: the message says where, and suggests the known word" {
	refuses 125 'cdm-launch: --allow*unknown key "mim"*"min"*' cdm-launch -a malloc,mim=1M "$WORK/program"
	refuses 125 'cdm-launch: --allow*"mallok"*"malloc"*' cdm-launch -a mallok "$WORK/program"
	refuses 125 'cdm-launch: *min*' cdm-launch -a malloc,min=2M,max=1M "$WORK/program"
	refuses 125 'cdm-launch: --policy: *"binb"*"bind"*' cdm-launch -P binb "$WORK/program"
	refuses 125 'cdm-launch: *no-such-profile*' cdm-launch -p no-such-profile "$WORK/program"
}

@test "a mistake in the configuration: the message has file, line and column" {
	printf '{ "version": 1,\n  "classez": {} }\n' >"$WORK/bad.json"
	refuses 125 "cdm-launch: $WORK/bad.json:2:3: *classez*classes*" cdm-launch --config "$WORK/bad.json" "$WORK/program"
	refuses 1 "cdmadm: *$WORK/bad.json:2:3: *classez*classes*" cdmadm --config "$WORK/bad.json" apply
	refuses 1 "cdmadm: *$WORK/bad.json:2:3: *classez*classes*" cdmadm --config "$WORK/bad.json" config check
	refuses 1 "cdmd: $WORK/bad.json:2:3: *classez*classes*" cdmd --config "$WORK/bad.json"
	printf '{ "version": 1,\n' >"$WORK/bad.json"
	refuses 1 "cdmadm: *$WORK/bad.json:*" cdmadm --config "$WORK/bad.json" plan
	refuses 1 "cdmadm: *$WORK/none.json*" cdmadm --config "$WORK/none.json" plan
}

@test "a directory of drop-ins that users other than root own or can write to is refused" {
	mkdir -p /etc/cdm/cdm.d
	run -0 cdmadm config check
	chmod g+w /etc/cdm/cdm.d
	refuses 1 'cdmadm: *cdm.d: others than root can write it*chmod go-w*' cdmadm config check
	refuses 1 'cdmadm: *cdm.d: others than root can write it*chmod go-w*' cdmadm apply
	chmod g-w /etc/cdm/cdm.d
	chown 65534 /etc/cdm/cdm.d
	refuses 1 'cdmadm: *cdm.d: belongs to user 65534*' cdmadm config check
	rmdir /etc/cdm/cdm.d
}

@test "unknown words and options are refused" {
	refuses 2 'cdmadm: *"aply"*apply*' cdmadm aply
	refuses 2 'cdmadm: *' cdmadm --nonsense plan
	refuses 2 'cdmadm: *' cdmadm
	refuses 2 'cdmd: *' cdmd --nonsense
	refuses 125 'cdm-launch: *--dry-run*' cdm-launch --dry-rum "$WORK/program"
	refuses 125 'cdm-launch: no command given*' cdm-launch
}

@test "programs that are set-user-ID, out of the mode's reach, or not found are refused" {
	cp /usr/bin/true "$WORK/setuid"
	chmod 4755 "$WORK/setuid"
	refuses 125 "cdm-launch: $WORK/setuid: is set-user-ID*" cdm-launch "$WORK/setuid"
	refuses 125 "cdm-launch: */busybox: is statically linked*--mode trace*" cdm-launch --mode preload busybox true
	refuses 125 "cdm-launch: */fzf: is a Go program*--mode trace*" cdm-launch --mode preload fzf
	refuses 125 "cdm-launch: */setuid: is set-user-ID*traced*" cdm-launch --mode trace "$WORK/setuid"
	refuses 125 "cdm-launch: rule 'heap':*--mode trace*" cdm-launch --mode preload --allow heap "$WORK/program"
	refuses 127 'cdm-launch: no-such-program: not found*' cdm-launch no-such-program
	refuses 126 'cdm-launch: /etc/passwd: *' cdm-launch /etc/passwd
	rm "$WORK/setuid"
}

@test "commands that need root are refused to unprivileged users" {
	refuses 1 'cdmadm: *root*' as_nobody cdmadm apply
	refuses 1 'cdmadm: *root*' as_nobody cdmadm setup
	refuses 1 'cdmadm: *root*' as_nobody cdmadm teardown
	refuses 1 'cdmd: must be root*' as_nobody cdmd
}

@test "a launch without privileges, or for a node that the group does not have, is refused" {
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	before=$(system_as_it_stands)
	refuses 125 'cdm-launch: *cdm.slice*' as_nobody cdm-launch "$WORK/program"
	refuses 125 'cdm-launch: no device node is online for group cdm.slice (possible: 2)*' cdm-launch -n 2 "$WORK/program"
	cat >"$WORK/narrow.json" <<'EOF'
{ "version": 1,
  "classes": { "one": { "match": { "nodes": "1" } }, "two": { "match": { "nodes": "2" } } },
  "groups": { "cdm.slice": { "classes": ["two"] } } }
EOF
	refuses 125 'cdm-launch: --nodes 1: node 1 is no device node that group cdm.slice is granted*' \
		cdm-launch --config "$WORK/narrow.json" -n 1 "$WORK/program"
	refuses 125 'cdm-launch: --nodes one: group cdm.slice is not granted this class*' \
		cdm-launch --config "$WORK/narrow.json" -n one "$WORK/program"
}

@test "if another program has narrowed the group's cpuset, nothing is started" {
	# the daemon would repair it at once, so it is stopped
	kill -STOP "$(cdmd_pid)"
	echo 0 >"$CGROUP/cdm.slice/cpuset.mems"
	before=$(system_as_it_stands)
	refuses 125 'cdm-launch: node 1 is not granted to the group*cdmadm apply*' cdm-launch "$WORK/program"
	kill -CONT "$(cdmd_pid)"
	retry 30 says 0-1 effective cdm.slice
	before=$(system_as_it_stands)
}
