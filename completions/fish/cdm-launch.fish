# SPDX-License-Identifier: GPL-2.0-or-later

function __cdm_launch_profiles
    for file in {/etc,/usr/local/share,/usr/share}/cdm/profiles.d/*.json
        basename $file .json
    end
end

complete -c cdm-launch -x -a "(__fish_complete_subcommand -- -g --group -n --nodes -a --allow -p --profile -P --policy -m --mode --attach --fork --config)"
complete -c cdm-launch -s g -l group -x -a cdm.slice -d "The group to enter"
complete -c cdm-launch -s n -l nodes -x -d "Device nodes to use, or a class"
complete -c cdm-launch -s a -l allow -x -a "{,!}{malloc,anon,file,shm,data,heap}," -d "Memory that may use device nodes"
complete -c cdm-launch -s p -l profile -r -a "(__cdm_launch_profiles)" -d "Profile with rules and defaults"
complete -c cdm-launch -s P -l policy -x -a "prefer bind interleave weighted" -d "Memory policy of the allowed ranges"
complete -c cdm-launch -l strict -d "The same as --policy bind"
complete -c cdm-launch -s m -l mode -x -a "auto preload trace" -d "How the rules are applied to the program"
complete -c cdm-launch -s w -l wait -d "Wait until a device node is granted"
complete -c cdm-launch -l attach -x -a "(__fish_complete_pids)" -d "Place a running process"
complete -c cdm-launch -l move -d "Also move its existing pages"
complete -c cdm-launch -l fork -x -a "keep dontfork" -d "Whether forked children have the device memory"
complete -c cdm-launch -l no-inherit -d "Programs that it executes have no rules"
complete -c cdm-launch -s r -l report -d "Report at the end where the memory is"
complete -c cdm-launch -l explain -d "Also report which rule decided on each mapping"
complete -c cdm-launch -l dry-run -d "Print the launch plan and stop"
complete -c cdm-launch -l json -d "The plan or the report as JSON"
complete -c cdm-launch -l config -r -F -d "Read FILE instead of /etc/cdm/cdm.json"
complete -c cdm-launch -s h -l help -d "Show a summary and exit"
complete -c cdm-launch -s V -l version -d "Show the version and exit"
