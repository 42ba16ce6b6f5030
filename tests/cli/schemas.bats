#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The installed schemas accept what the programs accept: tests/unit checks the programs with the same files.

load common

# holds SCHEMA FILE...     all files satisfy the schema; refuses: none does
holds() { validate good "$@"; }
refuses() { validate bad "$@"; }

validate()
{
	python3 - "$@" <<-'EOF'
		import json, sys
		from jsonschema import Draft202012Validator

		wanted, schema, *files = sys.argv[1:]
		validator = Draft202012Validator(json.load(open(schema, encoding="utf-8")))
		validator.check_schema(validator.schema)
		for file in files:
		    try:
		        error = next(validator.iter_errors(json.load(open(file, encoding="utf-8"))), None)
		    except json.JSONDecodeError:
		        continue  # a schema does not apply to text that is not JSON
		    if (error is None) != (wanted == "good"):
		        sys.exit(f"{file}: " + (error.message if error else "satisfies the schema"))
	EOF
}

# The files in beyond-schema satisfy the schema, which cannot express what is wrong with them; the programs refuse them.
both_sides()
{
	local schema=$1 fixtures=$2

	holds "$schema" "$fixtures"/good/*.json
	refuses "$schema" "$fixtures"/bad/*.json
	holds "$schema" "$fixtures"/bad/beyond-schema/*.json
}

@test "the schema of configurations accepts good files and refuses bad ones" {
	both_sides "$top/src/libcdm/config/cdm.schema.json" "$top/tests/fixtures/config"
	for tree in acpi gh200; do
		on "$tree" --json config show >"$BATS_TEST_TMPDIR/$tree.json"
	done
	holds "$top/src/libcdm/config/cdm.schema.json" "$BATS_TEST_TMPDIR"/*.json
}

@test "the schema of profiles accepts good files and refuses bad ones" {
	both_sides "$top/src/libcdm/rules/profile.schema.json" "$top/tests/fixtures/profile"
	holds "$top/src/libcdm/rules/profile.schema.json" "$top"/src/libcdm/rules/profiles/*.json
}
