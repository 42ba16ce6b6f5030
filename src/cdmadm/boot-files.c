/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files that setup writes for the next boot, drop-ins and udev rules, and their removal. */

#include "boot-files.h"

#include "basic/strutil.h"
#include "libcdm/plan/plan-boot.h"
#include "libcdm/setup/udev-rules.h"

#include <errno.h>

/* udev's rules (05-cdm.rules.in) do nothing without this file: installing cdm-tools alone changes nothing. */
#define SETUP_DIR (SYSCONFDIR "/cdm" + 1)
#define SETUP_NAME "set-up"

static int want_mark(struct lasting *l, struct error *err)
{
	return lasting_add(l, SETUP_DIR, SETUP_NAME,
			   "# While this file is there, udev's rules (05-cdm.rules) fence memory that is hot-added, and start cdmd.\n",
			   err);
}

static int note_edited(const struct lasting *l, struct strv *notes, struct error *err)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].found == LASTING_EDITED &&
		    strv_addf(notes, "/%s/%s was edited since setup wrote it: it stays as it is", l->v[i].dir,
			      l->v[i].name) < 0)
			return fail(err, -ENOMEM, "%m");
	return 0;
}

int boot_prepare(const struct root *root, const struct config *config, const struct snapshot *now, struct lasting *l,
		 struct strv *notes, struct error *err)
{
	int r = 0;

	if (now->cgroups->world == WORLD_V2_SYSTEMD)
		r = dropins_want(l, now, config, err);
	if (r >= 0 && root_exists(root, "etc/udev"))
		r = udev_rules_want(l, config->auto_online == AUTO_ONLINE_SETTLE, notes, err);
	if (r >= 0)
		r = want_mark(l, err);
	if (r >= 0)
		r = note_edited(l, notes, err);
	return r < 0 ? r : lasting_stage(l, err);
}

int boot_prepare_removal(struct lasting *l, struct strv *notes, struct error *err)
{
	int r = lasting_add(l, SETUP_DIR, SETUP_NAME, NULL, err);

	if (r >= 0)
		r = dropins_unwant(l, err);
	if (r >= 0)
		r = udev_rules_unwant(l, err);
	return r < 0 ? r : note_edited(l, notes, err);
}

struct committing {
	struct step_log *log;
	struct boot_changes *changes;
};

static void on_file(void *arg, const struct lasting_file *f, int result, const char *message)
{
	struct committing *c = arg;
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "/%s/%s", f->dir, f->name) < 0)
		path = NULL;
	step_log_add(c->log, f->text ? "write" : "remove", path ? path : f->name, result < 0 ? STEP_FAILED : STEP_DONE,
		     message);
	if (result == 0 && streq(f->dir, UDEV_RULES_DIR))
		c->changes->rules = true;
	else if (result == 0 && after_prefix(f->dir, DROPIN_PARENT))
		c->changes->units = true;
}

void boot_commit(struct lasting *l, struct step_log *log, struct boot_changes *changes)
{
	struct committing c = { log, changes };

	lasting_commit(l, on_file, &c);
}
