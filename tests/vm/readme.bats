#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.1 nodes=2 ram=1536 timeout=400
# README's commands, unchanged and in its order: as root, and as a user whom the group's enter list names.

bats_require_minimum_version 1.5.0
load guest
load cdm
load ../readme

README=$BATS_TEST_DIRNAME/../../README.md

setup_file()
{
	untraced
	mkdir -p "$WORK/bin" /etc/cdm
	chmod 755 "$WORK"
	printf 'alice:x:2001:2001::/:/bin/sh\n' >>/etc/passwd
	printf 'gpu:x:2100:\n' >>/etc/group
	# A machine without sudo uses root itself.
	command -v sudo >/dev/null || printf '#!/bin/sh\nexec "$@"\n' >"$WORK/bin/sudo"
	chmod -R a+rx "$WORK/bin"
	# A solver that runs its model: three blocks of 4 MiB, and then it waits.
	cp "$(readlink -f "$(command -v python3)")" "$WORK/solver"
	cat >"$WORK/model.bin" <<-'EOF'
		import signal
		blocks = [bytearray(4 << 20) for i in range(3)]
		print("ready", flush=True)
		signal.pause()
	EOF
	host add 1 512 a
}

teardown_file()
{
	rm -f /etc/cdm/cdm.json
	sed -i '/^alice:/d' /etc/passwd
	sed -i '/^gpu:/d' /etc/group
	clean_up a
}

# as WHO LINE     runs a line of README, in the directory that has the user's solver
as()
{
	readme_has "$README" "$2"
	if [[ $1 == root ]]; then
		(cd "$WORK" && PATH=$WORK/bin:$PATH bash -c "$2")
	else
		(cd "$WORK" && setpriv --reuid "$1" --regid "$1" --clear-groups bash -c "$2")
	fi
}

# start WHO LINE     runs a line that ends in &, and waits until the solver has its memory; its pid is $solver
start()
{
	as "$1" "$2" </dev/null >"$WORK/out" 2>&1 3>&-
	retry 60 grep -q '^ready$' "$WORK/out"
	solver=$(pidof solver)
}

end()
{
	kill "$solver"
	retry 60 process_is_gone "$solver"
}

@test "README: installation and setup" {
	as root 'sudo systemctl daemon-reload && sudo udevadm control --reload'
	as root 'cdmadm nodes --explain'
	run -3 as root 'cdmadm plan'
	as root 'sudo cdmadm setup'
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
	retry 60 as root 'cdmadm status'
	as 2001 'cdmadm status'
}

@test "README: the enter list, and launching without privileges" {
	readme_json "$README" '"enter"' >/etc/cdm/cdm.json
	grep -q alice /etc/cdm/cdm.json
	as root 'cdmadm config check'
	run -125 as 2001 'cdm-launch --dry-run ./solver model.bin'
	[[ $output == *'enter     no: '*'may not enter group cdm.slice'* ]]
	as root 'sudo systemctl reload cdmd'
	run -0 as 2001 'cdm-launch --dry-run ./solver model.bin'
	[[ $output == *'enter     yes, you may'* ]]
	start 2001 'cdm-launch ./solver model.bin &'
	is_placed "$solver" 1 2304
	says alice stat -c %U "/proc/$solver"
	as 2001 'cdmadm map $(pidof solver)' | grep -E ' yes +N1='
	run -0 as root 'sudo cdmadm audit'
	end
}
