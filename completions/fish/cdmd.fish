# SPDX-License-Identifier: GPL-2.0-or-later

complete -c cdmd -f
complete -c cdmd -s c -l config -r -F -d "Read FILE instead of /etc/cdm/cdm.json"
complete -c cdmd -s h -l help -d "Show a summary and exit"
complete -c cdmd -s V -l version -d "Show the version and exit"
