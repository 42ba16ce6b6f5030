# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# README's commands, as they stand there: for the tests that run them.

# readme_lines FILE     of each sh block the commands, without their comments
readme_lines()
{
	sed -n '/^```sh$/,/^```$/{/^```/d; s/ *#.*//; /^$/d; p}' "$1"
}

# readme_has FILE LINE     the very line stands in a block; so a test that runs it runs what people copy
readme_has()
{
	readme_lines "$1" | grep -qxF -e "$2" || { echo "not in README: $2"; return 1; }
}

# Where each line is run: by tests/cli/readme.bats, or why not.
# shellcheck disable=SC2034
declare -gA README_RUN=(
	['make deps && make && sudo make install']='no: installs packages on this machine; .ci/run and make distcheck do it'
	['make demo']='no: it is a test of its own, which boots machines'
	['make check']='no: this is part of it'
	['make configure && ./configure --prefix=/usr && make && sudo make install']=cli
	['sudo systemctl daemon-reload && sudo udevadm control --reload']='no: wants a guest with systemd, which this has not got yet'
	['cdmadm nodes --explain']='no: wants a guest with systemd, which this has not got yet'
	['cdmadm plan']='no: wants a guest with systemd, which this has not got yet'
	['sudo cdmadm setup']='no: wants a guest with systemd, which this has not got yet'
	['cdmadm status']='no: wants a guest with systemd, which this has not got yet'
	['cdmadm config check']='no: wants a guest with systemd, which this has not got yet'
	['sudo systemctl reload cdmd']='no: wants a guest with systemd, which this has not got yet'
	['cdm-launch --dry-run ./solver model.bin']='no: wants a guest with systemd, which this has not got yet'
	['cdm-launch ./solver model.bin &']='no: wants a guest with systemd, which this has not got yet'
	['cdmadm map $(pidof solver)']='no: wants a guest with systemd, which this has not got yet'
	['cdm-launch --report ./solver model.bin']='no: tests/vm/report.bats runs it with programs whose pages it knows'
	['sudo systemctl edit solver.service']='no: opens an editor'
	['sudo systemd-run --slice=cdm.slice ./solver model.bin']='no: tests/vm/boot-systemd.bats runs services in the slice'
	['sudo cdm-launch --dry-run --attach $(pidof solver)']='no: tests/vm/attach.bats'
	['sudo cdm-launch --attach $(pidof solver) --move']='no: tests/vm/attach.bats'
	['cdm-launch --nodes device --strict --allow malloc,min=64M ./solver model.bin']='no: tests of strictness fill a device'
	['sudo cdmadm audit']='no: wants a guest with systemd, which this has not got yet'
	["sudo cdmadm --json audit | jq -r '.leaks[] | \"\\(.pid) \\(.comm) \\(.what) \\(.pages)\"'"]='no: tests/vm/report.bats reads the same document'
)
