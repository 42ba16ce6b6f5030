# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # as is from become
#
# Hostile users with cgroups that are delegated to them, and how long others wait meanwhile. Loaded after socket.bash.

# delegate UID CGROUP     makes the cgroup, in which the user may do everything
delegate()
{
	make_cgroup "$2"
	echo +cpuset >"$CGROUP/${2%/*}/cgroup.subtree_control"
	chown -R "$1:$1" "$CGROUP/$2"
}

# undelegate CGROUP     removes it with all that its user has made in it
undelegate()
{
	[[ ! -d $CGROUP/$1 ]] || retry 30 find "$CGROUP/$1" -depth -type d -exec rmdir {} +
}

# attack UID CGROUP ATTACK...     the user carries out attacks.py in the delegated cgroup until end_attacks
attack()
{
	local uid=$1 own=$2

	shift 2
	become "$uid"
	spawn_in "$own" setsid "${as[@]}" python3 -S "$BATS_TEST_DIRNAME/attacks.py" "$CGROUP/$own" "$@" \
		>"$WORK/attack-$uid.out" 2>&1
	echo "$spawned" >"$WORK/attack-$uid.pid"
	retry 60 grep -q begun "$WORK/attack-$uid.out" || { cat "$WORK/attack-$uid.out"; return 1; }
}

# pause_attacks SIGNAL     STOP or CONT: their cgroups stay as they are meanwhile
pause_attacks()
{
	local file

	for file in "$WORK"/attack-*.pid; do
		kill -"$1" -- "-$(<"$file")"
	done
}

attacks_go_on()
{
	local file

	for file in "$WORK"/attack-*.pid; do
		[[ ! -e $file ]] || kill -0 "$(<"$file")" || { cat "${file%.pid}.out"; return 1; }
	done
}

end_attacks()
{
	local file

	for file in "$WORK"/attack-*.pid; do
		[[ -e $file ]] || continue
		kill -KILL -- "-$(<"$file")" || :
		retry 30 group_is_gone "$(<"$file")"
		rm "$file"
	done
}

# newcomers COUNT [PARENT]     prints how long so many new cgroups, at the top level or in PARENT, waited for their
# fences, one after the other, in ms, sorted
newcomers()
{
	python3 -S - "$1" "$CGROUP/${2-}" <<-'EOF'
		import os, sys, time
		waits = []
		for i in range(int(sys.argv[1])):
		    if i > 0:
		        time.sleep(1)
		    path = '%s/newcomer%d' % (sys.argv[2], i)
		    began = time.monotonic()
		    os.mkdir(path)
		    while open(path + '/cpuset.mems').read().strip() != '0' and time.monotonic() - began < 20:
		        time.sleep(0.001)
		    waits.append(1000 * (time.monotonic() - began))
		    os.rmdir(path)
		print(*('%.0f' % w for w in sorted(waits)))
	EOF
}
