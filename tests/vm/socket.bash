# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Helpers for scenarios of cdmd's socket: users, and clients that behave as no program of cdm-tools does. Loaded after
# cdm.bash.

SOCKET=/run/cdm/cdmd.sock

# One setup for all these files: cdmd, its users, a node that is granted.
setup_file()
{
	mkdir -p "$WORK"
	chmod 755 "$WORK"
	make_users
	start_cdmd
	host add 1 512 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	open_files >"$WORK/open-files"
}

open_files()
{
	find "/proc/$(cdmd_pid)/fd" -type l | wc -l
}

teardown_file()
{
	rm -f /etc/cdm/cdm.d/enter.json
	sed -i '/^\(alice\|mallory\):/d' /etc/passwd
	sed -i '/^gpu:/d' /etc/group
	clean_up a
}

# alice may enter by name, members of the group gpu as well, and the user 2003 by number; mallory may not
make_users()
{
	printf '%s:x:%d:%d::/:/bin/sh\n' alice 2001 2001 mallory 2002 2002 >>/etc/passwd
	printf '%s:x:%d:\n' gpu 2100 >>/etc/group
	mkdir -p /etc/cdm/cdm.d
	cat >/etc/cdm/cdm.d/enter.json <<-'EOF'
		{ "version": 1,
		  "groups": { "cdm.slice": { "classes": ["device"],
		                             "enter": { "users": ["alice", "2003"], "groups": ["gpu"] } },
		              "lab": { "classes": ["device"], "enter": { "users": ["alice"] } } } }
	EOF
}

# become UID[:GROUP]     afterwards "${as[@]}" COMMAND... runs as that user, in the same process
become()
{
	local uid=${1%:*} groups=--clear-groups

	[[ $1 != *:* ]] || groups=--groups=${1#*:}
	as=(setpriv --reuid="$uid" --regid="$uid" "$groups")
}

# where PID     prints its cgroup, in the hierarchy that has the cpuset controller
where()
{
	local line=0::

	[[ $VM_INIT != v1 ]] || line='[0-9]+:cpuset:'
	sed -nE "s/^$line//p" "/proc/$1/cgroup"
}

# say LINE...     sends the lines one after the other over one connection, and prints each answer
say()
{
	python3 - "$SOCKET" "$@" <<-'EOF'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		f = s.makefile("r")
		for line in sys.argv[2:]:
		    s.sendall(line.encode() + b"\n")
		    sys.stdout.write(f.readline())
	EOF
}

# serves_others PID     cdmd still is process PID, and serves other users
serves_others()
{
	[ "$(cdmd_pid)" = "$1" ] || { echo "cdmd is another process"; return 1; }
	become 2001
	run -0 "${as[@]}" cdm-launch sh -c 'cat /proc/self/cgroup'
	[[ $output == *::/cdm.slice/* ]] || { echo "$output"; return 1; }
}

rss_kb()
{
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}
