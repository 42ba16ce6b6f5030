#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: init=systemd kernels=6.1 nodes=2 ram=1536 timeout=400
# A user to whom a cgroup inside a group is delegated keeps the daemon busy. The fences of others come as quickly as ever.

bats_require_minimum_version 1.5.0
load guest
load cdm
load socket

OWN=$CGROUP/cdm.slice/alice

setup()
{
	untraced
	make_cgroup cdm.slice/alice
	echo +cpuset >"$CGROUP/cdm.slice/cgroup.subtree_control"
	echo +cpuset >"$OWN/cgroup.subtree_control"
	chown -R 2001:2001 "$OWN"
	become 2001
}

teardown()
{
	[[ ! -e $WORK/attack.pid ]] || kill -- "-$(<"$WORK/attack.pid")" || :
	rm -f "$WORK/attack.pid"
	find "$OWN" -mindepth 1 -depth -type d -exec rmdir {} +
}

# newcomers     prints how long 11 new top-level cgroups waited for their fences, one after the other, in ms, sorted
newcomers()
{
	python3 - "$CGROUP" <<'EOF'
import os, sys, time
waits = []
for i in range(11):
    path = '%s/newcomer%d' % (sys.argv[1], i)
    began = time.monotonic()
    os.mkdir(path)
    while open(path + '/cpuset.mems').read().strip() != '0':
        assert time.monotonic() - began < 60
        time.sleep(0.001)
    waits.append(1000 * (time.monotonic() - began))
    os.rmdir(path)
    time.sleep(1)
print(*('%.0f' % w for w in sorted(waits)))
EOF
}

# attack < SCRIPT     runs python as alice until the test ends
attack()
{
	cat - >"$WORK/attack.py"
	: >"$WORK/attack.out"
	setsid "${as[@]}" python3 "$WORK/attack.py" "$OWN" >"$WORK/attack.out" 2>&1 3>&- &
	echo $! >"$WORK/attack.pid"
	retry 30 grep -q begun "$WORK/attack.out"
}

# Compares medians: a new cgroup waits at most 3 times as long as it does undisturbed.
nobody_waits_longer()
{
	local -a before after

	read -ra before <"$WORK/undisturbed"
	read -ra after < <(newcomers)
	echo "# undisturbed ${before[*]} ms; now ${after[*]} ms" >&3
	kill -0 "$(<"$WORK/attack.pid")"
	((after[5] <= 3 * before[10]))
}

@test "undisturbed, a new cgroup is fenced at once" {
	newcomers >"$WORK/undisturbed"
	echo "# $(<"$WORK/undisturbed") ms" >&3
}

@test "an empty cgroup with the name of a leaf, whose process lives" {
	attack <<'EOF'
import os, sys, time
os.mkdir(sys.argv[1] + '/cdm-launch-1')
print('begun', flush=True)
time.sleep(1000)
EOF
	nobody_waits_longer
}

@test "a list that its owner writes again and again" {
	attack <<'EOF'
import os, sys, time
path = sys.argv[1] + '/own'
os.mkdir(path)
while True:
    for mems in '0', '0-1':
        open(path + '/cpuset.mems', 'w').write(mems)
        time.sleep(0.01)
    print('begun', flush=True)
EOF
	nobody_waits_longer
}

@test "cgroups that come and go" {
	attack <<'EOF'
import os, sys, time
n = 0
while True:
    path = '%s/%d' % (sys.argv[1], n)
    os.mkdir(path)
    time.sleep(0.01)
    os.rmdir(path)
    n += 1
    print('begun', flush=True)
EOF
	nobody_waits_longer
}

@test "processes that enter again and again" {
	attack <<EOF
import json, os, socket, time
def ask(s, doc):
    s.sendall(json.dumps(doc).encode() + b'\\n')
    return json.loads(s.recv(65536))
while True:
    child = os.fork()
    if child == 0:
        s = socket.socket(socket.AF_UNIX)
        s.connect('$SOCKET')
        answer = ask(s, {'do': 'enter', 'group': 'cdm.slice'})
        answer = ask(s, {'do': 'confirm', 'nonce': answer['nonce']})
        os._exit(0 if answer['ok'] else 1)
    assert os.waitpid(child, 0)[1] == 0
    print('begun', flush=True)
    time.sleep(0.01)
EOF
	nobody_waits_longer
}
