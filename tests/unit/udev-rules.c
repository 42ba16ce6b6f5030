/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Copies of the distribution's udev rules that leave memory blocks to cdmd. */

#include "check.h"

#include "basic/strutil.h"
#include "libcdm/setup/udev-rules.h"

/* Rules like those of distributions, written anew; NULL: there is nothing to guard. */
static const struct {
	const char *text, *guarded;
} cases[] = {
	/* One line with everything, as on SUSE and Ubuntu. */
	{ "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}==\"offline\", ATTR{state}=\"online\"\n",
	  UDEV_GUARD "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}==\"offline\", ATTR{state}=\"online\"\n" },
	{ "SUBSYSTEM==\"memory\", ATTR{state} = \"online_movable\"",
	  UDEV_GUARD "SUBSYSTEM==\"memory\", ATTR{state} = \"online_movable\"" },
	{ "# memory\nA==\"b\"\n\n  SUBSYSTEM==\"memory\", RUN+=\"/bin/sh -c 'echo online > /sys$devpath/state'\"\n",
	  "# memory\nA==\"b\"\n\n" UDEV_GUARD
	  "  SUBSYSTEM==\"memory\", RUN+=\"/bin/sh -c 'echo online > /sys$devpath/state'\"\n" },
	/* SUBSYSTEM is matched lines before, and the value is in a variable, as on RHEL. */
	{ "SUBSYSTEM!=\"memory\", GOTO=\"end\"\nCONST{virt}==\"none\", ENV{.state}=\"online_movable\"\n"
	  "ATTR{state}==\"offline\", ATTR{state}=\"$env{.state}\"\nLABEL=\"end\"\n",
	  "SUBSYSTEM!=\"memory\", GOTO=\"end\"\nCONST{virt}==\"none\", ENV{.state}=\"online_movable\"\n" UDEV_GUARD
	  "ATTR{state}==\"offline\", ATTR{state}=\"$env{.state}\"\nLABEL=\"end\"\n" },
	/* One rule on several lines. */
	{ "SUBSYSTEM==\"memory\", \\\n  ATTR{state}==\"offline\", \\\n  ATTR{state}=\"online\"\nA==\"b\"\n", UDEV_GUARD
	  "SUBSYSTEM==\"memory\", \\\n  ATTR{state}==\"offline\", \\\n  ATTR{state}=\"online\"\nA==\"b\"\n" },
	/* Of two rules, only the second is not guarded yet. */
	{ UDEV_GUARD "ATTR{state}=\"online\"\nSUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n",
	  UDEV_GUARD "ATTR{state}=\"online\"\n" UDEV_GUARD "SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n" },
	/* Rules that only compare, that are not about memory, or that online nothing. */
	{ "SUBSYSTEM==\"memory\", ATTR{state}==\"online\", ENV{X}=\"online\"\n", NULL },
	{ "SUBSYSTEM==\"memory\", ATTR{state}!=\"online\", GOTO=\"x\"\n", NULL },
	{ "SUBSYSTEM==\"cpu\", ACTION==\"add\", ATTR{online}==\"0\", ATTR{online}=\"1\" # memory\n", NULL },
	{ "SUBSYSTEM==\"memory\", ATTR{state}=\"offline\"\n", NULL },
	{ "# SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n", NULL },
	{ "# memory, \\\n", NULL },
	{ "SUBSYSTEM==\"memory\", ACTION==\"online\", RUN+=\"/bin/systemctl restart kdump\"\n", NULL },
	/* Rules that udev cannot parse either. */
	{ "memory ATTR{state=\"online\n", NULL },
	{ "memory ATTR{state}=\"online\\", NULL },
	{ "memory\\", NULL },
	{ "", NULL },
};

TEST(only_rules_that_online_memory_get_a_guard)
{
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *guarded = NULL, *twice = NULL;

		if (cases[i].guarded) {
			CHECK_INT(udev_rules_guard(cases[i].text, &guarded), ==, 1);
			CHECK_STR(guarded, cases[i].guarded);
			CHECK_INT(udev_rules_guard(guarded, &twice), ==, 0);
		} else if (udev_rules_guard(cases[i].text, &guarded) != 0) {
			CHECK_STR(guarded, cases[i].text);
		}
	}
}

CHECK_MAIN()
