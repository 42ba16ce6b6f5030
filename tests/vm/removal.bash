# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # holder is from start_holder
#
# Helpers for removal-plain.bats, removal-v1.bats, returns.bats and soak.bats: they take a node away and bring it back.
# Loaded after cdm.bash.

# goes_and_returns PAUSE NODE MB ID     removes and adds the DIMM; PAUSE in seconds, or unseen: cdmd is stopped meanwhile
goes_and_returns()
{
	[[ $1 != unseen ]] || kill -STOP "$(cdmd_pid)"
	host del "$4"
	[[ $1 == [0u]* ]] || sleep "$1"
	host add "$2" "$3" "$4"
	[[ $1 != unseen ]] || kill -CONT "$(cdmd_pid)"
}

# The others take node 1 away while a launched program has memory on it.

# offline_and_back MEMS     runs cdmadm offline inside the group, whose list then is MEMS. The pages move, intact, and
# cdmd leaves the node offline; when it is online again, the same program uses it.
offline_and_back()
{
	start_holder cdm-launch
	is_placed "$holder" 1 2304
	run -0 in_cgroup cdm.slice/shell cdmadm offline 1
	says offline block_states 1
	says 0 cat /sys/devices/system/node/has_memory
	says 0 pages_on 1 "$holder"
	says "$1" mems cdm.slice
	tell_holder check intact 1
	cdmd_has_looked
	says offline block_states 1
	says "$1" mems cdm.slice
	run -0 cdmadm plan
	run -0 cdmadm offline 1
	run -0 cdmadm online 1
	node_is_movable 1
	says online block_states 1
	retry 30 says 0-1 effective cdm.slice
	retry 30 says 0-1 effective cdm.slice/shell
	tell_holder more more 1
	(($(pages_on 1 "$holder") >= 2000))
	tell_holder check intact 2
	end_holder
}

# drain_and_back MEMS     the same for drain: the program has no page on the node and gets none; the node stays online
drain_and_back()
{
	start_holder cdm-launch
	(($(pages_on 1 "$holder") >= 2000))
	run -0 in_cgroup cdm.slice/shell cdmadm drain 1
	says 0 pages_on 1 "$holder"
	says online block_states 1
	says 0 effective cdm.slice
	tell_holder more more 1
	says 0 pages_on 1 "$holder"
	tell_holder check intact 1
	cdmd_has_looked
	says "$1" mems cdm.slice
	run -0 cdmadm online 1
	retry 30 says 0-1 effective cdm.slice
	end_holder
}
