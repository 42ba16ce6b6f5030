#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The installed schemas say what the programs take: tests/unit holds the programs to the same files.

load common

# holds SCHEMA GOOD...     a file that does not satisfy it is named; so is a file that does, under "refuses"
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
		        continue  # text that is no JSON is beyond any schema, and no editor takes it for good
		    if (error is None) != (wanted == "good"):
		        sys.exit(f"{file}: " + (error.message if error else "satisfies the schema"))
	EOF
}

# What stands in beyond-schema is refused by the programs alone: it could not be said in the schema, or it would stand
# one directory further up.
both_sides()
{
	local schema=$1 fixtures=$2

	holds "$schema" "$fixtures"/good/*.json
	refuses "$schema" "$fixtures"/bad/*.json
	holds "$schema" "$fixtures"/bad/beyond-schema/*.json
}

@test "schema: configurations" {
	both_sides "$top/src/libcdm/config/cdm.schema.json" "$top/tests/fixtures/config"
	for tree in acpi gh200; do
		on "$tree" --json config show >"$BATS_TEST_TMPDIR/$tree.json"
	done
	holds "$top/src/libcdm/config/cdm.schema.json" "$BATS_TEST_TMPDIR"/*.json
}

@test "schema: profiles" {
	both_sides "$top/src/libcdm/rules/profile.schema.json" "$top/tests/fixtures/profile"
	holds "$top/src/libcdm/rules/profile.schema.json" "$top"/src/libcdm/rules/profiles/*.json
}
