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
load tenants

OWN=cdm.slice/alice

setup()
{
	untraced
	delegate 2001 $OWN
	become 2001
}

teardown()
{
	end_attacks
	undelegate $OWN
}

# A new cgroup waits at most 3 times as long as it does undisturbed, by the medians. Half a second is the guest's own
# noise: a user who can delay a reconcile delays it by more, up to 30 s.
nobody_waits_longer()
{
	local -a before after

	read -ra before <"$WORK/undisturbed"
	read -ra after < <(newcomers 11)
	echo "# undisturbed ${before[*]} ms; now ${after[*]} ms" >&3
	attacks_go_on
	((after[5] <= 3 * before[5] + 500))
}

@test "undisturbed, new cgroups are fenced (the times that the other tests compare with)" {
	newcomers 11 >"$WORK/undisturbed"
	echo "# $(<"$WORK/undisturbed") ms" >&3
}

@test "an empty cgroup named like a leaf, and a list that its owner keeps writing, delay no other fence" {
	attack 2001 $OWN lists
	nobody_waits_longer
}

@test "cgroups that come and go, and processes that keep entering, delay no other fence" {
	attack 2001 $OWN entering
	nobody_waits_longer
}

# Five user ids of one session, as a user with subordinate ids has them (subuid(5)), hold and renew 16 connections each.
@test "while one session holds every connection, a user in another session is served each time" {
	local uid

	make_cgroup alice
	for uid in {3000..3004}; do
		delegate "$uid" "mallory/$uid"
		attack "$uid" "mallory/$uid" connections
	done
	become 2001
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
