#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: init=plain kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=900
# vm-again: init=systemd kernels=6.12 nodes=2 ram=1536 cpus=2 timeout=900
# vm: arch=aarch64,ppc64le init=plain nodes=2 ram=1536 timeout=400
# vm: release=trixie init=plain nodes=2 ram=1536 timeout=400
# vm-again: release=sid init=plain,systemd nodes=2 ram=1536 timeout=400
# Launched programs: everything that a rule allows is on the device nodes, and nothing else is.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	start_with_node 512
}

teardown_file()
{
	clean_up a b
}

rules=(--allow anon,min=1M --allow malloc,min=1M)

# same_output_and_placed NAME COMMAND...     COMMAND stops itself (SIGSTOP) when it has most memory: it then has at
# least 4 MiB on node 1. Its output is the same with and without the launcher.
same_output_and_placed()
{
	local name=$1 pid

	shift
	"$@" >"$WORK/$name.plain" 2>&1 3>&- &
	pid=$!
	retry 120 says T awk '{ print $3 }' "/proc/$pid/stat"
	kill -CONT "$pid"
	wait "$pid"
	cdm-launch "${rules[@]}" "$@" >"$WORK/$name.launched" 2>&1 3>&- &
	pid=$!
	retry 120 says T awk '{ print $3 }' "/proc/$pid/stat"
	is_placed "$pid" 1-2 1024
	says "" kinds_on_device "$pid" 1-2
	grep -q "^0::/cdm.slice/" "/proc/$pid/cgroup"
	kill -CONT "$pid"
	wait "$pid"
	cmp "$WORK/$name.plain" "$WORK/$name.launched"
	[ -s "$WORK/$name.plain" ]
}

@test "a test program's blocks that the rules allow are on node 1, all others are not" {
	start_holder cdm-launch "${rules[@]}"
	# 4M malloc, 4M anon and 1M malloc at least
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	tell_holder more more 1
	is_placed "$holder" 1-2 4608
	tell_holder check intact 1
	end_holder
}

@test "a test program prints the same with and without cdm-launch" {
	same_output holder
}

@test "a program's leaf is removed when the program ends" {
	start_holder cdm-launch "${rules[@]}"
	leaf=$(cut -d: -f3 "/proc/$holder/cgroup")
	[[ $leaf == /cdm.slice/* ]]
	says 0-2 cat "$CGROUP$leaf/cpuset.mems"
	end_holder
	retry 30 test ! -e "$CGROUP$leaf"
}

@test "python3: allowed blocks are on node 1, and it prints the same" {
	cat >"$WORK/work.py" <<'EOF'
import hashlib, os, signal
big = bytearray(b"cdm" * 3000000)
rows = [("row %d" % i, i * i) for i in range(20000)]
text = "\n".join(map(repr, rows))
os.kill(os.getpid(), signal.SIGSTOP)
print(hashlib.sha256(big).hexdigest(), hashlib.sha256(text.encode()).hexdigest(), len(text))
EOF
	same_output_and_placed python3 /usr/bin/python3 -S "$WORK/work.py"
}

@test "sqlite3: allowed blocks are on node 1, and it prints the same" {
	cat >"$WORK/work.sql" <<'EOF'
.bail on
PRAGMA cache_size=-65536;
CREATE TABLE t(id INTEGER PRIMARY KEY, k INTEGER, v TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000)
INSERT INTO t SELECT i, (i*7919)%20011, printf('%032d-%08x', i*31, i*2654435761) FROM n;
CREATE INDEX t_k ON t(k);
UPDATE t SET v = v || '-' || k WHERE k % 3 = 0;
SELECT count(*), sum(k), min(v), max(v) FROM t;
SELECT k % 10, count(*), sum(length(v)) FROM t GROUP BY 1 ORDER BY 1;
CREATE TABLE big(b BLOB);
INSERT INTO big VALUES (zeroblob(9000000));
UPDATE big SET b = CAST(b || 'x' AS BLOB);
SELECT length(b), hex(substr(b, -4)) FROM big;
.shell kill -STOP $PPID
PRAGMA integrity_check;
EOF
	same_output_and_placed sqlite3 /usr/bin/sqlite3 :memory: ".read $WORK/work.sql"
}

@test "without options, the installed default profile is used" {
	start_holder cdm-launch
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	end_holder
	run -0 cdm-launch --dry-run --json true
	[ "$(jq -c .rules <<<"$output")" = '["malloc,min=1M","anon,min=1M"]' ]
}

@test "a denied block stays on system nodes; the first rule that matches decides" {
	start_holder cdm-launch --allow '!malloc,min=2M' --allow malloc,min=1M --allow '!anon'
	# of the holder's blocks only the malloc block of 1M is left
	is_placed "$holder" 1-2 256
	read -r _ there _ < <(placement "$holder" 1-2)
	((there < 1024))
	end_holder
}

@test "arguments, environment, standard input, exit status and signals pass through" {
	run -7 cdm-launch sh -c 'exit 7'
	[ "$(echo hello | cdm-launch -- cat)" = hello ]
	[ "$(FOO=bar cdm-launch printenv FOO)" = bar ]
	[ "$(cdm-launch printf '%s|' -x 'a b' '')" = '-x|a b||' ]
	run -143 cdm-launch sh -c 'kill -TERM $$'
}

@test "a running program uses a node that arrives, and survives its removal" {
	start_holder cdm-launch --policy interleave "${rules[@]}"
	says 0 pages_on 2 "$holder"
	host add 2 512 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	tell_holder more more 1
	[ "$(pages_on 2 "$holder")" -ge 256 ]
	is_placed "$holder" 1-2 4608
	tell_holder check intact 1

	# ... and the node is removed while it runs: its pages move, its data is intact, no process dies
	host del b
	retry 30 test ! -e /sys/devices/system/node/node2
	retry 30 says 0-1 cat /sys/devices/system/node/has_memory
	tell_holder check intact 2
	tell_holder more more 2
	tell_holder check intact 3
	end_holder
	all_fenced 0
}
