# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts the results in a boot's TAP, so that a missing result cannot pass."""

import re
from dataclasses import dataclass, field

PLAN = re.compile(r"1\.\.(\d+)\s*")
RESULT = re.compile(r"(not )?ok (\d+)\b(.*)")
SKIPPED = re.compile(r"#\s*skip", re.IGNORECASE)


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    remarks: list = field(default_factory=list)

    def fail(self, count, remark):
        self.failed += count
        self.remarks.append(remark)


def count(text, status):
    """Counts missing results, skipped tests and an exit status that contradicts the results as failures."""
    tally = Tally()
    plan, seen, skipped = None, 0, 0
    for line in text.splitlines():
        if plan is None and (match := PLAN.fullmatch(line)):
            plan = int(match[1])
        elif match := RESULT.fullmatch(line):
            seen += 1
            if match[1]:
                tally.failed += 1
            elif SKIPPED.search(match[3]):
                skipped += 1
            else:
                tally.passed += 1
    if plan is None:
        tally.fail(1, "there is no TAP plan: bats did not start")
    elif seen < plan:
        tally.fail(plan - seen, f"{seen} results of {plan} planned")
    elif plan == 0:
        tally.fail(1, "the plan has no tests")
    if skipped:
        tally.fail(skipped, f"{skipped} skipped: a test that does not run where it should has failed")
    if status and not tally.failed:
        tally.fail(1, f"bats ended with status {status} though every test passed")
    return tally
