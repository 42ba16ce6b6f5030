#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=3 ram=1536 timeout=300
# vm-again: init=systemd kernels=6.1 nodes=3 ram=1536 timeout=400
# A user to whom a cgroup inside a group is delegated keeps cdmd busy. Other new cgroups are fenced as quickly as
# before.

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

# A new cgroup waits at most 3 times as long as it does undisturbed, by the medians. Half a second is the guest's own
# noise: a user who can delay a reconcile delays it by more, up to 30 s.
nobody_waits_longer()
{
	local -a before after

	read -ra before <"$WORK/undisturbed"
	read -ra after < <(newcomers)
	echo "# undisturbed ${before[*]} ms; now ${after[*]} ms" >&3
	kill -0 "$(<"$WORK/attack.pid")"
	((after[5] <= 3 * before[5] + 500))
}

@test "undisturbed, new cgroups are fenced (the times that the other tests compare with)" {
	newcomers >"$WORK/undisturbed"
	echo "# $(<"$WORK/undisturbed") ms" >&3
}

@test "an empty cgroup named like a leaf, and a list that its owner keeps writing, delay no other fence" {
	attack <<'EOF'
import os, sys, time
os.mkdir(sys.argv[1] + '/cdm-launch-1')
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

@test "cgroups that come and go, and processes that keep entering, delay no other fence" {
	attack <<EOF
import json, os, socket, sys, time
def ask(s, doc):
    s.sendall(json.dumps(doc).encode() + b'\\n')
    return json.loads(s.recv(65536))
n = 0
while True:
    path = '%s/%d' % (sys.argv[1], n)
    os.mkdir(path)
    child = os.fork()
    if child == 0:
        s = socket.socket(socket.AF_UNIX)
        s.connect('$SOCKET')
        answer = ask(s, {'do': 'enter', 'group': 'cdm.slice'})
        answer = ask(s, {'do': 'confirm', 'nonce': answer['nonce']})
        os._exit(0 if answer['ok'] else 1)
    assert os.waitpid(child, 0)[1] == 0
    os.rmdir(path)
    n += 1
    print('begun', flush=True)
    time.sleep(0.01)
EOF
	nobody_waits_longer
}

# Five user ids of one session, as a user with subordinate ids has them (subuid(5)), hold and renew 16 connections each.
@test "while one session holds every connection, a user in another session is served each time" {
	make_cgroup mallory alice
	cat >"$WORK/hold.py" <<EOF
import os, socket, time
for uid in range(3000, 3005):
    if os.fork() == 0:
        os.setresuid(uid, uid, uid)
        while True:
            held = [socket.socket(socket.AF_UNIX) for i in range(16)]
            for s in held:
                s.connect('$SOCKET')
            print('begun', flush=True)
            time.sleep(0.4)
time.sleep(1000)
EOF
	spawn_in mallory setsid python3 "$WORK/hold.py" >"$WORK/attack.out" 2>&1
	echo "$spawned" >"$WORK/attack.pid"
	retry 60 grep -q begun "$WORK/attack.out"
	run -0 in_cgroup alice "${as[@]}" python3 -c "
import socket, time
for i in range(20):
    s = socket.socket(socket.AF_UNIX)
    s.connect('$SOCKET')
    s.sendall(b'{\"do\":\"status\"}\n')
    print(s.makefile().readline()[:20])
    time.sleep(0.1)"
	says 20 grep -c '"ok":true' <<<"$output"
}

@test "while cdmd moves a big process it answers others; a process that enters again leaves no second leaf" {
	host add 2 512 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	cat >"$WORK/twice.py" <<EOF
import ctypes, glob, json, mmap, os, signal, socket, time
def ask(s, doc):
    s.sendall(json.dumps(doc).encode() + b'\n')
    return json.loads(s.makefile().readline())
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect('$SOCKET')
    return s
def enter(s, nodes):
    nonce = ask(s, {'do': 'enter', 'group': 'cdm.slice', 'nodes': nodes})['nonce']
    answer = ask(s, {'do': 'confirm', 'nonce': nonce})
    assert answer['ok'], answer
    return answer['cgroup']
answers, writer = os.pipe()
other = os.fork()
if other == 0:
    mine = connect()
    while True:
        assert ask(mine, {'do': 'status'})['ok']
        os.write(writer, b'%f\\n' % time.monotonic())
        time.sleep(0.01)
s = connect()
enter(s, '1')
numa = ctypes.CDLL('libnuma.so.1')
assert numa.set_mempolicy(2, ctypes.byref(ctypes.c_ulong(1 << 1)), 64) == 0 # MPOL_BIND
m = mmap.mmap(-1, 128 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, 128 << 20, 4096):
    m[at] = 1
assert numa.set_mempolicy(0, None, 0) == 0
began = time.monotonic()
enter(s, '2')
ended = time.monotonic()
os.kill(other, signal.SIGKILL)
os.close(writer)
times = [float(line) for line in os.fdopen(answers)]
print('moved in %.1f s' % (ended - began))
print('answered', len([t for t in times if began < t < ended]))
print('leaves', *[os.path.basename(p) for p in glob.glob('$CGROUP/cdm.slice/cdm-launch-%d*' % os.getpid())])
print('pages', *[w for line in open('/proc/self/numa_maps') if 'anon=32768' in line for w in line.split() if w[0] == 'N'])
EOF
	run -0 "${as[@]}" python3 "$WORK/twice.py"
	echo "# $output" >&3
	[[ $output =~ answered\ ([0-9]+) ]]
	((BASH_REMATCH[1] >= 5))
	[[ $output =~ leaves\ [^\ ]+$'\n' ]]
	[[ $output == *'pages N2='* ]]
	host del b
}
