#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=400
# Well-known programs, unmodified: everything that a rule allows is on the device nodes, in every process of the
# program, and nothing else is, even while system memory is nearly full; their output is the same as without cdm-launch.

# shellcheck disable=SC2016,SC2034,SC2154 # awk's and the inner shells' own $; holder is from start_holder

bats_require_minimum_version 1.5.0
load guest
load cdm
load placed

teardown()
{
	empty_system
	! mountpoint -q "$WORK/tmpfs" || umount "$WORK/tmpfs"
}

# code_on_device PID     prints the executable VMAs that have pages on device nodes: there must be none
code_on_device()
{
	awk 'NR == FNR { split($1, range, "-"); is_code[range[1]] = $2 ~ /x/; next }
		is_code[$1] && / N[12]=/' "/proc/$1/maps" "/proc/$1/numa_maps"
}

@test "the code of a just-in-time compiler stays on system nodes, also if it is made executable later" {
	local mode pid

	cat >"$WORK/jit.js" <<'END'
const kept = [];
const functions = [];
for (let i = 0; i < 40; i++)
  functions.push(new Function('n', `let sum = ${i}; for (let k = 0; k < n; k++) sum = (sum * 31 + k) | 0; return sum;`));
let sum = 0;
for (const f of functions)
  for (let round = 0; round < 200; round++) sum = (sum + f(2000)) | 0;
kept.push(Buffer.alloc(8 << 20, 'cdm'));
console.log('ready', sum, kept.length);
process.kill(process.pid, 'SIGSTOP');
END
	for mode in preload trace; do
		cdm-launch --mode "$mode" --allow anon,min=64K --allow malloc,min=1M --report="$WORK/jit.json" --json \
			/usr/bin/node "$WORK/jit.js" >"$WORK/jit.out" 3>&- &
		pid=$!
		retry 120 grep ready "$WORK/jit.out"
		grep -c ' [r-][w-]xp 00000000 00:00 0 ' "/proc/$pid/maps"
		says "" code_on_device "$pid"
		is_placed "$pid" 1-2 2048
		kill -CONT "$pid"
		wait "$pid"
		jq -c .let_go "$WORK/jit.json"
		(($(jq .let_go.bytes "$WORK/jit.json") > 0))
	done
}

@test "the small blocks of a program's own allocator stay on system nodes" {
	local allocator round pages

	for allocator in libjemalloc.so.2 libmimalloc.so.2 libtcmalloc_minimal.so.4; do
		LD_PRELOAD=$allocator start_holder cdm-launch
		grep -q "$allocator" "/proc/$holder/maps"
		for round in {1..7}; do tell_holder more more "$round"; done
		# of the blocks of 8 rounds, 8 x 64 of one page are small
		pages=$(pages_on 1 "$holder")
		echo "$allocator: $pages pages on node 1"
		((pages >= 8 * 2304 && pages < 8 * 2304 + 256))
		tell_holder check intact 1
		end_holder
	done
}

@test "sqlite3: the blocks that its library requests are on the device" {
	rules=(--allow 'malloc,min=1K,caller=libsqlite3.so*')
	cat >"$WORK/work.sql" <<'END'
.bail on
PRAGMA cache_size=-65536;
CREATE TABLE t(id INTEGER PRIMARY KEY, k INTEGER, v TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000)
INSERT INTO t SELECT i, (i*7919)%60013, printf('%032d-%08x', i*31, i*2654435761) FROM n;
.shell kill -STOP $PPID
CREATE TABLE u AS SELECT * FROM t;
CREATE INDEX u_k ON u(k);
SELECT count(*), sum(k), min(v), max(v) FROM u;
.shell kill -STOP $PPID
PRAGMA integrity_check;
END
	same_and_placed sqlite3 250 /usr/bin/sqlite3 :memory: ".read $WORK/work.sql"
}

@test "Fortran: the blocks of OpenMP threads and a module's variable are on the device" {
	rules=(--allow malloc,min=1M --allow 'data,object=solver,symbol=__mesh_MOD_grid')
	OMP_NUM_THREADS=4 same_and_placed solver 950 "$PROGS/solver"
}

@test "static programs of glibc, musl and Go are traced and placed, while system memory is nearly full" {
	local program

	for program in holder-static holder-musl; do
		HOLDER=$program start_holder cdm-launch --allow anon,min=1M --allow heap
		fill_system
		tell_holder more more 1
		is_placed "$holder" 1-2 4608
		tell_holder check intact 1
		end_holder
		empty_system
	done
	{ echo "if true;then  echo '"; seq -f 'row %.0f of a long text' 150000; echo "' ;fi"; } >"$WORK/shfmt.input"
	rules=(--allow anon,min=1M)
	before_reading=fill_system placed_while_reading shfmt shfmt
}

# found NAME     prints the policy of the VMA of program places that contains NAME, and its pages on each node
found()
{
	awk -v start="$(awk -v name="$1" '$1 == name { print $2 }' "$WORK/holder.out")" '
		function number(hex,   i, n) {
			for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return n
		}
		number($1) <= number(start) {
			match($0, / [a-z() ]+=static[^ ]*/)
			line = substr($0, RSTART + 1, RLENGTH - 1)
			for (i = 3; i <= NF; i++) if ($i ~ /^N[0-9]+=/) line = line " " $i
		}
		END { print line }' "/proc/$holder/numa_maps"
}

@test "each kind of rule can have its own nodes and policy" {
	host add 2 128 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	mkdir "$WORK/tmpfs"
	mount -t tmpfs tmpfs "$WORK/tmpfs"
	head -c 256K /dev/urandom >"$WORK/file.dat"
	start_program cdm-launch --allow "file,path=$WORK/*.dat,nodes=2" --allow "file,path=/**/tmpfs/*,nodes=2,policy=bind" \
		--allow 'shm,name=/cdm-*,nodes=1' --allow 'shm,name=cdm-places,policy=interleave' \
		--allow 'shm,name=SYSV0000002a,nodes=2' --allow '!shm,name=/dev/zero' --allow shm,min=256K,nodes=1,policy=bind \
		--allow 'anon,name=cache*,nodes=2' --allow data,object=places,symbol=places_table,nodes=2,policy=interleave \
		--allow 'data,object=places,symbol=places_zeroes,policy=interleave' \
		--allow 'malloc,min=256K,caller=places,nodes=2' --allow 'malloc,min=256K,caller=libc.so.*,nodes=1,policy=bind' \
		"$PROGS/places" "$WORK/file.dat" "$WORK/tmpfs/file"
	cat "/proc/$holder/numa_maps"
	# the page cache is placed by the process that reads it, not by the mapping
	says "prefer (many)=static:2 N0=64" found read
	says "prefer (many)=static:2 N2=64" found private
	says "prefer (many)=static:2 N2=64" found tmpfs
	says "prefer (many)=static:1 N1=64" found posix
	says "interleave=static:1-2 N1=32 N2=32" found memfd
	says "prefer (many)=static:2 N2=64" found sysv
	says "prefer (many)=static:1 N1=64" found shared
	says "prefer (many)=static:2 N2=64" found named
	says "interleave=static:2 N2=64" found table
	says "interleave=static:1-2 N1=32 N2=32" found zeroes
	[[ $(found malloc) =~ ^"prefer (many)=static:2 N2="[0-9]+$ ]]
	[[ $(found strdup) =~ ^"prefer (many)=static:1 N1="[0-9]+$ ]]
	[[ $(found plain) =~ ^bind=static.*:0\ N0=64$ ]]
	[[ $(placement "$holder" 1-2) == *" allowed_elsewhere 64 other_there 0" ]]
	end_program
	host del b
}

@test "running programs use a node that arrives, with each policy that the kernel widens" {
	local policies=(interleave weighted bind) pids=() inputs=() i

	for i in 0 1 2; do
		mkdir "$WORK/${policies[i]}"
		WORK=$WORK/${policies[i]} start_holder cdm-launch --policy "${policies[i]}" --allow anon,min=1M --allow malloc,min=1M
		pids+=("$holder") inputs+=("$holder_in")
		is_placed "$holder" 1-2 2304
	done
	# little of node 1 is left, so that strict memory needs another node
	start_program cdm-launch --strict --allow anon,min=1M "$PROGS/filler" $(($(node_used_kb 1 MemFree) / 1024 - 40))
	filler=$holder filler_in=$holder_in
	host add 2 128 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	for i in 0 1 2; do
		holder_in=${inputs[i]}
		WORK=$WORK/${policies[i]} tell_holder more more 1
		WORK=$WORK/${policies[i]} tell_holder more more 2
		echo "${policies[i]}: $(pages_on 1 "${pids[i]}") on node 1, $(pages_on 2 "${pids[i]}") on node 2"
		is_placed "${pids[i]}" 1-2 6912
		# strict memory is there already, and its mappings name the nodes that existed
		[[ ${policies[i]} != bind ]] || continue
		(($(pages_on 2 "${pids[i]}") >= 1024))
		# mappings, and one VMA for malloc's blocks: all their policies name the node that was absent
		run ! grep '=static:1 ' "/proc/${pids[i]}/numa_maps"
		(($(grep -c "^[0-9a-f]* ${policies[i]/%ed/ed interleave}=static:1-2 " "/proc/${pids[i]}/numa_maps") <= 4))
	done
	for i in 0 1 2; do
		holder_in=${inputs[i]}
		WORK=$WORK/${policies[i]} tell_holder check intact 1
		echo quit >&"$holder_in"
		exec {holder_in}>&-
		wait "${pids[i]}"
	done
	exec {filler_in}>&-
	wait "$filler"
	host del b
}

@test "programs are placed under strict overcommit (mode 2), and with little address space" {
	local before

	before=$(</proc/sys/vm/overcommit_memory)
	echo 2 >/proc/sys/vm/overcommit_memory
	start_holder cdm-launch --allow malloc,min=1M --allow anon,min=1M
	is_placed "$holder" 1-2 2304
	tell_holder more more 1
	is_placed "$holder" 1-2 4608
	end_holder
	echo "$before" >/proc/sys/vm/overcommit_memory
	start_holder prlimit --as=$((256 << 20)) cdm-launch --allow malloc,min=1M --allow anon,min=1M
	tell_holder more more 1
	is_placed "$holder" 1-2 4608
	end_holder
}

@test "a library that LD_PRELOAD names already is preloaded after cdm-launch's" {
	[[ $(LD_PRELOAD=libjemalloc.so.2 cdm-launch printenv LD_PRELOAD) == */libcdm-preload.so:libjemalloc.so.2 ]]
	LD_PRELOAD=libjemalloc.so.2 start_holder cdm-launch --allow malloc,min=1M
	grep -q libjemalloc "/proc/$holder/maps"
	# 4M and 1M
	is_placed "$holder" 1-2 1280
	says "" kinds_on_device "$holder" 1-2
	end_holder
}
