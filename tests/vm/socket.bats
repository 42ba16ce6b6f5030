#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1536 timeout=400
# cdmd's socket: no forged request moves a process, and cdmd keeps serving others whatever a client sends (for entering
# see enter.bats).

bats_require_minimum_version 1.5.0
load guest
load cdm
load socket

log_has()
{
	cdmd_log | grep -q "$1"
}

# Forgeries: python3 as alice, who may enter --------------------------------------------------------------------------------

# forge < SCRIPT     runs a Python script as alice, with the functions below; its output is in $output
forge()
{
	cat - >"$WORK/forge.py"
	become 2001
	run -0 "${as[@]}" python3 -c "
import json, os, socket, struct, subprocess, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect('$SOCKET')
    return s
def send(s, doc, pid=None):
    data = json.dumps(doc).encode() + b'\n'
    creds = [] if pid is None else [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS,
                                     struct.pack('3i', pid, os.getuid(), os.getgid()))]
    s.sendmsg([data], creds)
def read(s):
    line = b''
    while not line.endswith(b'\n'):
        piece = s.recv(65536)
        if not piece:
            break
        line += piece
    return json.loads(line) if line else None
def ask(s, doc, pid=None):
    send(s, doc, pid)
    return read(s)
def where(pid):
    return open('/proc/%d/cgroup' % pid).read().split(':')[2].strip()
enter = {'do': 'enter', 'group': 'cdm.slice'}
$(cat "$WORK/forge.py")"
	echo "$output"
}

@test "only the process that connected can enter, not its child over the same connection" {
	forge <<'EOF'
s = connect()
before = where(os.getpid())
child = os.fork()
if child == 0:
    answer = ask(s, enter)
    print(answer['error'], flush=True)
    os._exit(0 if where(os.getpid()) == before else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert where(os.getpid()) == before
EOF
	[[ $output == *'only the process that connected'* ]]
}

@test "only the process that connected can confirm" {
	forge <<'EOF'
s = connect()
before = where(os.getpid())
nonce = ask(s, enter)['nonce']
child = os.fork()
if child == 0:
    print(ask(s, {'do': 'confirm', 'nonce': nonce})['error'], flush=True)
    os._exit(0 if where(os.getpid()) == before else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert where(os.getpid()) == before
EOF
	[[ $output == *'only the process that connected'* ]]
}

@test "a wrong nonce, a confirm without an enter, and a second enter are refused" {
	forge <<'EOF'
before = where(os.getpid())
for lines in ([enter, {'do': 'confirm', 'nonce': '0123456789abcdef'}], [{'do': 'confirm', 'nonce': 'x'}], [enter, enter]):
    s = connect()
    for line in lines:
        answer = ask(s, line)
    assert answer['ok'] is False, answer
    print(answer['error'])
    assert s.recv(1) == b''
assert where(os.getpid()) == before
EOF
}

@test "if the process that asked has ended, its successor with the same pid is not moved" {
	# root may send any pid as its own (CAP_SYS_ADMIN, scm_check_creds()), so the test can play both processes
	cat >"$WORK/stale.py" <<'EOF'
import os, socket, struct, json, time
def send(s, doc, pid):
    s.sendmsg([json.dumps(doc).encode() + b'\n'], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('3i', pid, 0, 0))])
def where(pid):
    return open('/proc/%d/cgroup' % pid).read().split(':')[2].strip()
here, there = socket.socketpair()
first = os.fork()
if first == 0:
    s = socket.socket(socket.AF_UNIX)
    s.connect('/run/cdm/cdmd.sock')
    socket.send_fds(there, [b'x'], [s.fileno()])
    there.recv(1)
    os._exit(0)
s = socket.socket(fileno=socket.recv_fds(here, 1, 1)[1][0])
def replace():
    here.send(b'x')
    os.waitpid(first, 0)
    while True:
        with open('/proc/sys/kernel/ns_last_pid', 'w') as last:
            last.write(str(first - 1))
        pid = os.fork()
        if pid == 0:
            time.sleep(1000 if os.getpid() == first else 0)
            os._exit(0)
        if pid == first:
            return
        os.waitpid(pid, 0)
send(s, {'do': 'enter', 'group': 'cdm.slice'}, first)
answer = json.loads(s.recv(65536))
assert answer['ok'], answer
replace()
send(s, {'do': 'confirm', 'nonce': answer['nonce']}, first)
answer = json.loads(s.recv(65536))
print(where(first), answer)
os.kill(first, 9)
EOF
	run -0 python3 "$WORK/stale.py"
	echo "$output"
	[[ $output != */cdm.slice* ]]
	[[ $output == *"has ended"* ]]
}

@test "a set-user-ID program that inherits the connection is not moved" {
	cp /usr/bin/python3 "$WORK/suid-python"
	chmod 4755 "$WORK/suid-python"
	forge <<EOF
s = connect()
os.set_inheritable(s.fileno(), True)
# The same process executes another program, which sends what alice wants, as one that echoes its input would.
os.execv('$WORK/suid-python', ['suid-python', '-c', '''
import os, socket, json
s = socket.socket(fileno=%d)
def ask(doc):
    s.sendall(json.dumps(doc).encode() + b"\\\\n")
    return json.loads(s.recv(65536))
answer = ask({"do": "enter", "group": "cdm.slice"})
if answer["ok"]:
    answer = ask({"do": "confirm", "nonce": answer["nonce"]})
print(os.geteuid(), open("/proc/self/cgroup").read().strip(), answer)
''' % s.fileno()])
EOF
	[[ $output != */cdm.slice* ]]
	[[ $output == '0 0::/'*'cannot enter'* ]]
}

@test "a set-user-ID program that connects by itself is not moved, though its owner could enter" {
	become 2002
	run -0 "${as[@]}" "$WORK/suid-python" -c "
import json, os, socket
s = socket.socket(socket.AF_UNIX)
s.connect('$SOCKET')
s.sendall(b'{\"do\":\"enter\",\"group\":\"cdm.slice\"}\n')
print(os.geteuid(), open('/proc/self/cgroup').read().strip(), json.loads(s.recv(65536)))"
	[[ $output == '0 0::/'*'real and effective ids differ'* ]]
}

@test "uid 0 without capabilities, or in a user namespace, does not count as root" {
	for as_root in 'setpriv --bounding-set=-all --inh-caps=-all' 'unshare --user --map-root-user'; do
		run -1 $as_root cdmadm reload
		echo "$output"
		[[ $output == *'only root may'*CAP_SYS_ADMIN* ]]
		run $as_root python3 -c "
import json, os, socket
s = socket.socket(socket.AF_UNIX)
s.connect('$SOCKET')
s.sendall(b'{\"do\":\"enter\",\"group\":\"cdm.slice\"}\n')
print(os.geteuid(), json.loads(s.recv(65536)))"
		[[ $output == '0 '*'user 0 may not enter group cdm.slice'* ]] || { echo "$output"; false; }
	done
	cdmadm reload
}

# Floods --------------------------------------------------------------------------------------------------------------------

@test "while one user opens a thousand connections, others are served, and cdmd does not grow" {
	pid=$(cdmd_pid)
	cat >"$WORK/flood.py" <<EOF
import socket, time
held = []
for i in range(1000):
    s = socket.socket(socket.AF_UNIX)
    s.connect("$SOCKET")
    held.append(s)
print("held", flush=True)
time.sleep(1000)
EOF
	ulimit -n 4096
	become 2002
	"${as[@]}" python3 "$WORK/flood.py" >"$WORK/flood.out" 3>&- &
	flood=$!
	retry 120 grep -q held "$WORK/flood.out"
	serves_others "$pid"
	(($(open_files) < 100))
	kill "$flood"
	(($(rss_kb "$pid") < 8192))
}

@test "long lines, deep nesting, random bytes, half lines and closed ends: cdmd lives and serves others" {
	pid=$(cdmd_pid)
	cat >"$WORK/rubbish.py" <<EOF
import os, random, socket
random.seed(1)
def throw(data, half_close=False):
    s = socket.socket(socket.AF_UNIX)
    s.connect("$SOCKET")
    try:
        s.sendall(data)
        if half_close:
            s.shutdown(socket.SHUT_WR)
            s.settimeout(20)
            return s.recv(65536)
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        s.close()
throw(b"x" * (64 << 20))
throw(b'{"do":"' + b"y" * 1000000 + b'"}\n')
throw(b"[" * 4000 + b"\n")
throw(b'{"do":' * 800 + b"\n")
throw(b'{"do":"sta')
throw(b"")
throw(b"\n" * 4096)
throw(b'{"do":"status"}\n' * 200)
assert b'"ok":true' in throw(b'{"do":"status"}\n', True)
for i in range(300):
    throw(random.randbytes(random.randrange(1, 5000)) + random.choice([b"", b"\n"]))
EOF
	become 2002
	run -0 "${as[@]}" python3 "$WORK/rubbish.py"
	serves_others "$pid"
	(($(rss_kb "$pid") < 8192))
	# cdmd's log is not flooded: it has ten lines in ten seconds, and a count of those left out
	(($(cdmd_log | grep -c event=refused) < 300))
	retry 30 log_has 'event=refused more='
}

@test "a client that sends nothing is disconnected, and cdmd keeps no descriptor of it" {
	become 2002
	run -0 "${as[@]}" python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$SOCKET')
print(s.recv(4096))
print(s.recv(4096))"
	[[ $output == *'timed out'*"b''" ]]
	retry 30 says "$(<"$WORK/open-files")" open_files
}

# Listeners -----------------------------------------------------------------------------------------------------------------

@test "wait returns at the grant, events reports it, and cdm-launch --wait starts then, without polling" {
	host del a
	retry 60 says 0 cat /sys/devices/system/node/has_memory
	become 2001
	"${as[@]}" cdmadm --json events >"$WORK/events" 3>&- &
	events=$!
	"${as[@]}" cdmadm wait --group cdm.slice device >"$WORK/wait" 3>&- &
	waiter=$!
	"${as[@]}" cdm-launch --wait=600 sh -c 'cat /proc/self/cgroup' >"$WORK/waited" 3>&- &
	launcher=$!
	run -1 "${as[@]}" cdmadm wait --timeout 1
	[[ $output == *'no such node was granted'* ]]
	retry 30 says $(($(<"$WORK/open-files") + 3)) open_files
	# A listener does not poll repeatedly: it waits in poll(2).
	grep -q poll "/proc/$launcher/wchan"

	host add 1 512 a
	wait "$waiter"
	wait "$launcher"
	says 1 cat "$WORK/wait"
	grep -q '^0::/cdm.slice/' "$WORK/waited"
	retry 30 says 0-1 effective cdm.slice
	retry 30 grep -q '"event":"granted","node":1,"class":"device","groups":\["cdm.slice","lab"\]' "$WORK/events"
	grep -q '"event":"onlined","node":1' "$WORK/events"
	kill "$events"
	says 1 "${as[@]}" cdmadm wait 1
}

@test "status agrees with the kernel" {
	status=$(say '{"do":"status"}')
	says "$(cat /sys/devices/system/node/has_memory)" jq -r '[.nodes[] | select(.state == "online") | .node] | "\(min)-\(max)"' <<<"$status"
	says '["cdm.slice","lab"]' jq -c '.nodes[] | select(.node == 1) | .groups' <<<"$status"
	says true jq .fenced <<<"$status"
}

@test "without cdmd, clients fail with one clear line; a new cdmd takes over the old socket" {
	kill_cdmd
	[ -S "$SOCKET" ]
	become 2001
	run -1 --separate-stderr "${as[@]}" cdmadm wait
	[[ $stderr == *'cdmd does not run'*'start it'* ]]
	run -125 --separate-stderr "${as[@]}" cdm-launch true
	echo "$stderr"
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *'cdmd does not run'* ]]
	start_cdmd
	says 666 stat -c %a "$SOCKET"
	serves_others "$(cdmd_pid)"
	run -1 cdmd
	serves_others "$(cdmd_pid)"
}
