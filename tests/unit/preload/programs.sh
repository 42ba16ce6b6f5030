#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# programs.sh PRELOAD.so: well-known programs under extreme rules write, byte for byte, what they write without.

set -u

so=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
any=18446744073709551615
number=0
failed=0

# Input that is the same in every run.
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%d line %d of %x\n", i * 7919 % 10007, i, i * i }' >"$dir/lines"
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_DATE='2000-01-01T00:00:00Z' GIT_COMMITTER_DATE='2000-01-01T00:00:00Z'
GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
PYTHONHASHSEED=0
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_DATE GIT_COMMITTER_DATE PYTHONHASHSEED
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

run() {
	(cd "$dir" && "$@") >"$dir/out" 2>&1
	echo "status $?" >>"$dir/out"
}

# same NAME COMMAND...
same() {
	name=$1
	shift
	run "$@"
	mv "$dir/out" "$dir/plain"
	for plan in \
		"3;prefer:0;+malloc,1,$any,0;+anon,1,$any,0" \
		"3;bind:0;+malloc,0,$any,0;+anon,0,$any,0" \
		"3;interleave:0;+malloc,64,4096,0;-anon,4096,4096;+anon,1,$any,0" \
		"3;prefer:1;+malloc,1,$any,0;+anon,1,$any,0"; do
		number=$((number + 1))
		run env LD_PRELOAD="$so" CDM_LAUNCH_PLAN="$plan" "$@"
		if cmp -s "$dir/plain" "$dir/out" && grep -q 'status 0' "$dir/out"; then
			echo "ok $number - $name"
		else
			echo "# under $plan"
			diff "$dir/plain" "$dir/out" | head -n 5 | sed 's/^/# /'
			echo "not ok $number - $name"
			failed=1
		fi
	done
}

# The extreme rules do bite: without this, equal output would prove nothing.
number=1
if LD_PRELOAD="$so" CDM_LAUNCH_PLAN="3;bind:0;+malloc,1,$any,0" \
	grep -q 'prefer (many)=static:0 .*anon=' /proc/self/numa_maps; then
	echo "ok 1 - rules take effect"
else
	echo "not ok 1 - rules take effect"
	failed=1
fi

same ls ls -l /usr/bin
same grep grep -c 'line 1.*9' lines
same sort sort -n --parallel=4 lines
same bash bash -c 'declare -A a; for i in {1..5000}; do a[$i]=$((i * i)); done; echo "${a[*]}" | tr " " "\n" | sort | cksum
	x=$(for i in 1 2 3; do (echo $i) & done; wait); [ ${#x} = 5 ]; echo $?'
same sqlite3 sqlite3 :memory: 'create table t(a integer primary key, b text);
	with recursive c(n) as (select 1 union all select n + 1 from c where n < 50000)
	insert into t select n, hex(n * 7919) from c; create index i on t(b);
	select count(*), sum(a), max(b), length(group_concat(b)) from t; pragma integrity_check;'
same python3 python3 -c '
import concurrent.futures, hashlib, json, os, subprocess, zlib
data = [{"n": i, "s": str(i) * (i % 50)} for i in range(20000)]
text = json.dumps(data).encode()
print(len(text), hashlib.sha256(text).hexdigest(), zlib.crc32(zlib.compress(text, 9)))
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(list(pool.map(lambda n: hashlib.md5(bytes(n * 300000)).hexdigest(), range(16))))
b = bytearray()
for i in range(2000):
    b += bytes([i % 256]) * 5000
print(len(b), hashlib.sha1(b).hexdigest())
print(subprocess.run(["echo", "child"], capture_output=True).stdout)
pid = os.fork()
if pid == 0:
    print(len(bytearray(3 << 20)), flush=True)
    os._exit(0)
print(os.waitpid(pid, 0)[1])'
same git sh -c 'rm -rf r && git init -q r && cd r && for i in 1 2 3; do head -n ${i}000 ../lines >f$i; git add . &&
	git commit -q -m "$i"; done && git gc -q && git log -p --stat | cksum && git fsck 2>&1 && git rev-parse HEAD'

echo "1..$number"
exit $failed
