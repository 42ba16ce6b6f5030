#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1152 timeout=500
# vm-again: init=systemd,v1 kernels=6.1 nodes=2 ram=1152 cpus=2 timeout=900
# libcdm.so, used by a program that decides itself where its memory goes, is compared with what the kernel reports. Two
# device nodes of two classes, "near" (node 1) and "far" (node 2).

bats_require_minimum_version 1.5.0
load guest
load cdm
load api

setup_file()
{
	untraced
	mkdir -p "$WORK" /etc/cdm
	cat >/etc/cdm/cdm.json <<-'EOF'
		{ "version": 1,
		  "classes": { "near": { "match": { "nodes": "1" }, "online": "movable" },
		               "far": { "match": { "nodes": "2" }, "online": "movable" } },
		  "groups": { "cdm.slice": { "classes": ["near", "far"] } } }
	EOF
	start_cdmd
	host add 1 256 a
	host add 2 128 b
	retry 60 node_is_movable 1
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	make_cgroup cdm.slice/api
}

teardown_file()
{
	end_api || :
	clean_up a b
	rm -f /etc/cdm/cdm.json
}

teardown()
{
	end_api
}

# free_pages NODE
free_pages()
{
	echo $(($(node_used_kb "$1" MemFree) / 4))
}

@test "the library lists the nodes, their classes, and whether this process may use them" {
	start_api
	answers '0:system:system:granted:online 1:near:device:granted:online 2:far:device:granted:online ' nodes
	end_api
	make_cgroup outside
	retry 30 says 0 effective outside
	in_group=outside start_api
	answers '0:system:system:granted:online 1:near:device:online 2:far:device:online ' nodes
}

@test "memory of a class is zeroed, aligned and on the class's node only; it is freed by address and size" {
	start_api
	ask alloc a 512 near -
	near=$answer
	answers clean zero a
	ask touch a
	shows "$near" 'prefer (many)=static:1' N1=512
	answers 'where absent=0 other=0 N1=512' where a
	ask alloc b 3 far - 0x400000
	far=$answer
	((0x$far % 0x400000 == 0))
	ask touch b
	shows "$far" 'prefer (many)=static:2' N2=3
	answers 3 count b far
	answers 0 count b near
	answers 0 free b
	run -1 line_of "$far"
}

@test "strict memory has all its pages when the call returns" {
	start_api
	ask alloc a 300 near s
	shows "$answer" 'prefer (many)=static:1' N1=300
	answers clean zero a
	ask alloc b 300 - s
	shows "$answer" 'prefer (many)=static:1-2' N1=300 || shows "$answer" 'prefer (many)=static:1-2' N2=300
}

@test "strict memory that does not fit is refused, and none of its pages stays" {
	local reserve=1000 lost=2000

	# Pages that the kernel reserves, and freed pages that are not free again yet.
	[[ $VM_KERNEL == 6.12 ]] || reserve=3000 lost=5000
	start_api
	before=$(free_pages 1)
	answers '-ENOMEM: node 1 has * free, less than *: *without CDM_STRICT*' alloc a 100000 near s
	# The library refuses at once what is more than the free memory; the requests that follow are tried.
	ask alloc a "$((before - reserve))" near s
	shows "$answer" 'prefer (many)=static:1' "N1=$((before - reserve))"
	for ((i = 0; i < 60; i++)); do
		ask alloc b 64 near s
		[[ $answer != -ENOMEM* ]] || break
	done
	[[ $answer == -ENOMEM* ]]
	run -1 grep -E 'static.* N0=' "/proc/$api/numa_maps"
	answers 0 free a
	ask alloc b 64 near s
	shows "$answer" 'prefer (many)=static:1' N1=64
	(($(free_pages 1) > before - lost)) || { echo "$before pages were free, now $(free_pages 1)"; false; }
}

@test "memory that is not strict spills to system memory if it does not fit" {
	start_api
	ask alloc a 80000 near -
	address=$answer
	ask touch a
	ask where a
	read -r _ _ _ n0 n1 <<<"$answer"
	((${n0#N0=} + ${n1#N1=} == 80000 && ${n1#N1=} > 50000))
	shows "$address" 'prefer (many)=static:1' "$n0" "$n1"
}

@test "a range can be bound and unbound: its pages move, its neighbours' pages stay" {
	start_api
	ask map m 64
	answers touched touch m
	ask part p m 16 32
	part=$answer
	answers 0 bind p near m
	shows "$part" 'prefer (many)=static:1' N1=32
	answers 'where absent=0 other=0 N0=32 N1=32' where m
	answers 0 bind p far sm
	shows "$part" 'prefer (many)=static:2' N2=32
	answers 0 unbind p m
	answers 'where absent=0 other=0 N0=64' where m
	run -1 grep -E 'static:' "/proc/$api/numa_maps"
	answers 0 free m
	answers '-EFAULT: mbind of *: part of it is not mapped' bind m near -
}

@test "pages migrate to another class and back; each page's status says where it is, or why it did not move" {
	start_api
	ask map m 40000
	ask part h m 0 36000
	ask touch h
	free=$(free_pages 2)
	ask migrate m far
	[[ $answer =~ ^([0-9]+)" status absent="([0-9]+)" other="([0-9]+)" ENOMEM="([0-9]+)" N2="([0-9]+)$ ]]
	moved=${BASH_REMATCH[1]} absent=${BASH_REMATCH[2]} stayed=${BASH_REMATCH[3]}
	# The node was filled as far as the kernel allows; 4000 were never touched. On 6.1 some of these are there, as
	# part of a huge page.
	((absent == 4000)) || [[ $VM_KERNEL == 6.1 && $absent -lt 4000 && $absent -gt $((4000 - 512)) ]]
	((moved + absent + stayed == 40000))
	((moved > free * 3 / 4 && moved == BASH_REMATCH[5] && stayed > 0 && stayed == BASH_REMATCH[4]))
	answers "where absent=$absent other=0 N0=$stayed N2=$moved" where m
	there=$((40000 - absent))
	answers "$there status absent=$absent other=0 N0=$there" migrate m system
	answers "$there status absent=$absent other=0 N1=$there" migrate m near
}

@test "pinned pages and pages shared with another process do not migrate, and their status says so" {
	start_api
	ask map m 48
	ask touch m
	ask part p m 16 16
	answers 0 pin p
	answers '32 status absent=0 other=16 EBUSY=16 N1=32' migrate m near
	answers 'where absent=0 other=0 N0=16 N1=32' where m
	answers 0 unpin
	answers '48 status absent=0 other=0 N1=48' migrate m near
	answers 0 fork
	answers '0 status absent=0 other=48 EACCES=48' migrate m far
	answers 'where absent=0 other=0 N1=48' where m
	answers 0 reap
	answers '48 status absent=0 other=0 N2=48' migrate m far
}

@test "outside the groups memory is on system nodes; a strict request fails with the remedy" {
	in_group=outside start_api
	ask alloc a 4 - -
	ask touch a
	answers 'where absent=0 other=0 N0=4' where a
	answers "-EACCES: this process's cpuset allows nodes 0, not node 1-2 (any class): run it under cdm-launch, or in a unit with Slice=cdm.slice" alloc b 4 - s
	answers '-EACCES: *node 2 (far)*' bind a far -
	answers '-EACCES: *' migrate a near
}

@test "under cdm-launch the program's own requests hold, within the nodes of the launch" {
	in_group=outside start_api cdm-launch --nodes far --strict
	ask alloc a 1024 far -
	ask touch a
	answers 'where absent=0 other=0 N2=1024' where a
	answers 0 free a
	ask alloc b 1024 near -
	ask touch b
	# On v1 the program runs in the group itself, which has both.
	if [[ $VM_INIT == v1 ]]; then
		answers 'where absent=0 other=0 N1=1024' where b
	else
		answers 'where absent=0 other=0 N0=1024' where b
		answers '-EACCES: *' alloc c 4 near s
	fi
}

@test "16 threads can use the library at the same time" {
	start_api
	patience=300 answers well threads 16 24
	run -1 grep -E 'static:' "/proc/$api/numa_maps"
}

# sockets N     the program has N sockets: one for the kernel's events, one for cdmd if it runs
sockets()
{
	says "$1" bash -c "ls -l /proc/$api/fd | grep -c socket:"
}

# The nodes that the program may use, as the kernel reports.
allowed()
{
	awk '$1 == "Mems_allowed_list:" { print $2 }' "/proc/$api/status"
}

descriptors()
{
	find "/proc/$api/fd" -type l | wc -l
}

@test "a watch reports nodes that come, that are about to leave, and that are gone" {
	start_api
	before=$(descriptors)
	answers 0 watch
	answers 'came 1' event 5
	answers 'came 2' event 5
	answers nothing event 1
	retry 30 sockets 2
	send event 60
	cdmadm offline 2
	receive
	[ "$answer" = 'leaving 2' ]
	answers 'gone 2' event 60
	cdmadm online 2
	answers 'came 2' event 60
	host del b
	answers 'gone 2' event 60
	host add 2 128 b
	answers 'came 2' event 60
	answers nothing event 1
	answers unwatched unwatch
	says "$before" descriptors
}

@test "a watch works without cdmd, and connects again when cdmd is back" {
	start_api
	answers 0 watch
	answers 'came 1' event 5
	answers 'came 2' event 5
	stop_cdmd
	answers nothing event 2
	sockets 1
	host del b
	answers 'gone 2' event 60
	host add 2 128 b
	retry 30 test -e /sys/devices/system/node/node2
	answers nothing event 1
	for block in /sys/devices/system/node/node2/memory*/state; do
		echo online_movable >"$block"
	done
	# The kernel has removed the node from v1 cpusets, and only cdmd writes it again.
	[[ $VM_INIT == v1 ]] || answers 'came 2' event 60
	start_cdmd
	[[ $VM_INIT != v1 ]] || answers 'came 2' event 90
	# The library looks for cdmd when an event comes.
	host del b
	answers 'gone 2' event 60
	host add 2 128 b
	answers 'came 2' event 60
	sockets 2
	send event 60
	cdmadm drain 2
	receive
	[ "$answer" = 'leaving 2' ]
	answers 'gone 2' event 60
	cdmadm online 2
	answers 'came 2' event 60
}

@test "only root can announce that a node leaves" {
	load socket
	run -0 setpriv --reuid=2002 --regid=2002 --clear-groups "$BASH" -c ". '$BATS_TEST_DIRNAME/socket.bash'; say '{\"do\":\"leaving\",\"nodes\":\"1\"}'"
	[ "$output" = '{"ok":false,"error":"only root takes nodes away"}' ]
}

@test "interleaved ranges widen when a node arrives; preferring and strict ranges do not" {
	host del b
	retry 30 says 0-1 effective cdm.slice
	start_api
	answers '-ENODEV: *is online*' alloc f 4 far s
	ask alloc i 64 - i
	interleaved=$answer
	ask part h i 0 32
	ask touch h
	shows "$interleaved" interleave=static:1 N1=32
	ask alloc s 16 - s
	strict=$answer
	# Neighbours with the same policy would be one mapping.
	ask alloc g 16 - i
	ask alloc p 16 - -
	prefers=$answer
	host add 2 128 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 allowed
	shows "$interleaved" interleave=static:1-2 N1=32
	ask part h i 32 32
	ask touch h
	shows "$interleaved" interleave=static:1-2 N1=48 N2=16
	shows "$strict" 'prefer (many)=static:1' N1=16
	ask touch p
	shows "$prefers" 'prefer (many)=static:1' N1=16
	answers 0 bind p - -
	shows "$prefers" 'prefer (many)=static:1-2' N1=16
	# A new request uses it.
	ask alloc f 4 far s
	shows "$answer" 'prefer (many)=static:2' N2=4
}
