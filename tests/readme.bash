# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The commands of README, unchanged, for the tests that run them.

# readme_lines FILE     prints the commands of each sh block, without their comments
readme_lines()
{
	sed -n '/^```sh$/,/^```$/{/^```/d; s/ *#.*//; /^$/d; p}' "$1"
}

# readme_json FILE PATTERN     prints the json block that has the pattern
readme_json()
{
	awk -v pattern="$2" '/^```json$/ { block = ""; inside = 1; next }
		/^```$/ && inside { inside = 0; if (block ~ pattern) printf "%s", block }
		inside { block = block $0 "\n" }' "$1"
}

# readme_has FILE LINE     exactly this line is in a sh block: a test that runs it runs what users copy
readme_has()
{
	readme_lines "$1" | grep -qxF -e "$2" || { echo "not in README: $2"; return 1; }
}

# The test that runs each line, or why none does; tests/cli/readme.bats compares the list with README.
# shellcheck disable=SC2034
declare -gA README_RUN=(
	['make deps && make && sudo make install']='no: installs packages on this machine; .ci/run and make distcheck do it'
	['make demo']='no: it boots machines, and is a test itself'
	['make check']='no: it runs this test'
	['make configure && ./configure --prefix=/usr && make && sudo make install']=cli
	['sudo systemctl daemon-reload && sudo udevadm control --reload']=tests/vm/readme.bats
	['cdmadm nodes --explain']=tests/vm/readme.bats
	['cdmadm plan']=tests/vm/readme.bats
	['sudo cdmadm setup']=tests/vm/readme.bats
	['cdmadm status']=tests/vm/readme.bats
	['cdmadm config check']=tests/vm/readme.bats
	['sudo systemctl reload cdmd']=tests/vm/readme.bats
	['cdm-launch --dry-run ./solver model.bin']=tests/vm/readme.bats
	['cdm-launch ./solver model.bin &']=tests/vm/readme.bats
	['cdmadm map $(pidof solver)']=tests/vm/readme.bats
	['cdm-launch --report ./solver model.bin']='no: tests/vm/report.bats runs it with programs whose pages it knows'
	['sudo systemctl edit solver.service']='no: opens an editor'
	['sudo systemd-run --slice=cdm.slice ./solver model.bin']='no: tests/vm/boot-systemd.bats runs services in the slice'
	['sudo cdm-launch --dry-run --attach $(pidof solver)']='no: tests/vm/attach.bats'
	['sudo cdm-launch --attach $(pidof solver) --move']='no: tests/vm/attach.bats'
	['cdm-launch --nodes device --strict --allow malloc,min=64M ./solver model.bin']='no: tests of strictness fill a device'
	['sudo cdmadm audit']=tests/vm/readme.bats
	["sudo cdmadm --json audit | jq -r '.leaks[] | \"\\(.pid) \\(.comm) \\(.what) \\(.pages)\"'"]='no: tests/vm/report.bats reads the same document'
)
