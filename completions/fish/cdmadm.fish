# SPDX-License-Identifier: GPL-2.0-or-later

function __cdmadm_verbs
    cdmadm --list-verbs 2>/dev/null
end

function __cdmadm_no_verb
    not __fish_seen_subcommand_from (__cdmadm_verbs)
end

complete -c cdmadm -f
complete -c cdmadm -n __cdmadm_no_verb -a "(__cdmadm_verbs)"
complete -c cdmadm -n "__fish_seen_subcommand_from online offline drain" -a all
complete -c cdmadm -n "__fish_seen_subcommand_from offline drain wait" -s t -l timeout -x -d "Give up after this many seconds"
complete -c cdmadm -n "__fish_seen_subcommand_from online offline drain wait" -a "(string replace -fr '.*/node(\\d+)\$' '\$1' /sys/devices/system/node/node*)"
complete -c cdmadm -s c -l config -r -F -d "Read FILE instead of /etc/cdm/cdm.json"
complete -c cdmadm -l sysroot -x -a "(__fish_complete_directories)" -d "Read a captured tree"
complete -c cdmadm -s V -l version -d "Show the version and exit"
complete -c cdmadm -n __cdmadm_no_verb -l list-verbs -d "Print the names of the verbs"
complete -c cdmadm -s j -l json -d "Print JSON"
complete -c cdmadm -s h -l help -d "Show a summary and exit"
complete -c cdmadm -n "__fish_seen_subcommand_from nodes" -s a -l all -d "Show absent nodes too"
complete -c cdmadm -n "__fish_seen_subcommand_from nodes" -s e -l explain -d "Show why a node has its class"
complete -c cdmadm -n "__fish_seen_subcommand_from apply" -s f -l fence -d "Only set the fences"
complete -c cdmadm -n "__fish_seen_subcommand_from map" -s a -l all -d "Show mappings without pages too"
complete -c cdmadm -n "__fish_seen_subcommand_from map" -a "(__fish_complete_pids)"
complete -c cdmadm -n "__fish_seen_subcommand_from wait" -s g -l group -x -d "Wait for a grant to this group"
complete -c cdmadm -n "__fish_seen_subcommand_from config" -a "check show"
