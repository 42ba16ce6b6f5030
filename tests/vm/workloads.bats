#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-again: init=plain kernels=6.12 nodes=2 ram=1536 timeout=400
# Well-known programs that fork and keep their data for long. programs.bats tests one program for each kind of rule.

# shellcheck disable=SC2016,SC2034,SC2154 # awk's and the inner shells' own $; rules are placed.bash's

bats_require_minimum_version 1.5.0
load guest
load cdm
load placed

teardown()
{
	empty_system
}

@test "python3 with shared memory that a child writes is placed" {
	rules=(--allow malloc,min=1M --allow 'shm,name=/psm_*')
	cat >"$WORK/work.py" <<'END'
import hashlib, os, signal
from multiprocessing import shared_memory
kept, small, shared = [], [], shared_memory.SharedMemory(create=True, size=4 << 20)
for round in range(2):
    kept.append(bytearray(b"cdm%d" % round * 1000000))
    # 25 MB that no rule allows, more than there is above the watermark
    small.append([b"%d" % i * 20 for i in range(150000)])
    half = slice(round << 21, round + 1 << 21)
    if os.fork() == 0:
        shared.buf[half] = kept[-1][:2 << 20]
        os._exit(0)
    os.wait()
    os.kill(os.getpid(), signal.SIGSTOP)
for b in kept:
    print(hashlib.sha256(b).hexdigest())
print(hashlib.sha256(shared.buf).hexdigest(), sum(map(len, small[0])), sum(map(len, small[1])))
shared.close()
shared.unlink()
END
	same_and_placed python3 1400 /usr/bin/python3 -S "$WORK/work.py"
}

@test "node is placed" {
	rules=(--allow malloc,min=1M)
	cat >"$WORK/work.js" <<'END'
const sha256 = (b) => require('crypto').createHash('sha256').update(b).digest('hex');
const kept = [];
for (let round = 0; round < 2; round++) {
  kept.push(Buffer.alloc(8 << 20, `cdm${round}`));
  process.kill(process.pid, 'SIGSTOP');
}
console.log(kept.map(sha256).join('\n'));
END
	same_and_placed node 2048 /usr/bin/node "$WORK/work.js"
}

@test "bash, a subshell and a child in a pipe are placed" {
	rules=(--allow malloc,min=64)
	{ declare -f retry; cat; } >"$WORK/work.bash" <<'END'
cd "$(mktemp -d)" && mkfifo pipe
has_stopped() { [[ ! -e /proc/$1 || $(cut -d' ' -f3 "/proc/$1/stat") == T ]]; }
for round in 1 2; do
	for i in {1..4000}; do rows+=("row $i of round $round"); done
	text[round]=${rows[*]}
	(text[round]+=${rows[*]}; kill -STOP "$BASHPID"; sha256sum <<<"${text[*]}") >subshell.$round &
	subshell=$!
	sort -rn -S 8M pipe >sorted.$round &
	exec {to}>pipe
	seq 30000 >&$to
	retry 60 has_stopped "$subshell" || exit
	kill -STOP $$
	kill -CONT "$subshell"
	exec {to}>&-
	wait
done
sha256sum subshell.* sorted.* <<<"${rows[*]}"
END
	same_and_placed bash 200 bash "$WORK/work.bash"
}

redis()
{
	redis-cli -s "$WORK/redis.sock" "$@"
}

redis_has_saved()
{
	redis info persistence | grep -q '^rdb_bgsave_in_progress:0'
}

# start_redis NAME LAUNCHER...     starts redis-server, pid $server, and gives it 300 values of 16K to 48K
start_redis()
{
	local name=$1

	shift
	mkdir "$WORK/redis.$name"
	"$@" "$WORK/redis-server" --dir "$WORK/redis.$name" --port 0 --unixsocket "$WORK/redis.sock" --save '' \
		--rdb-key-save-delay 5000 >"$WORK/redis.$name.log" 2>&1 3>&- &
	server=$!
	retry 60 says PONG redis ping
	redis --eval "$WORK/fill.lua" , one
}

# end_redis NAME     writes a digest of its data, and what it saved, to redis.NAME.out, and ends it
end_redis()
{
	retry 60 redis_has_saved
	{
		redis --eval "$WORK/digest.lua"
		redis-check-rdb "$WORK/redis.$1/dump.rdb" | grep 'keys read'
		redis shutdown save
		wait "$server"
		redis-check-rdb "$WORK/redis.$1/dump.rdb" | grep 'keys read'
	} >"$WORK/redis.$1.out"
}

@test "redis-server is placed, and so is the child that it forks to save" {
	# the server and the tool that checks its files are one program with two names
	ln -s /usr/bin/redis-check-rdb "$WORK/redis-server"
	cat >"$WORK/fill.lua" <<'END'
for i = 1, 300 do redis.call('set', 'key:' .. i, string.rep(i .. ' ' .. ARGV[1], 8000)) end
END
	cat >"$WORK/digest.lua" <<'END'
local all = ''
for i = 1, 300 do all = redis.sha1hex(all .. redis.call('get', 'key:' .. i)) end
return all .. ' ' .. redis.call('dbsize')
END
	start_redis plain env
	redis bgsave
	redis --eval "$WORK/fill.lua" , two
	end_redis plain

	start_redis launched cdm-launch --allow malloc,min=4K
	all_placed "$server" 4000
	fill_system
	# parent and child share the pages until one of them writes, or the child has saved them
	redis bgsave
	child=$(retry 30 pgrep -P "$server")
	kill -STOP "$child"
	redis --eval "$WORK/fill.lua" , two
	is_placed "$child" 1-2 1000
	all_placed "$server" 4000
	kill -CONT "$child"
	# thousands of blocks, one VMA
	says 1 grep -c 'prefer (many)=static:1 ' "/proc/$server/numa_maps"
	end_redis launched
	cmp "$WORK/redis.plain.out" "$WORK/redis.launched.out"
	says 3 grep -c . "$WORK/redis.plain.out"
}
