/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm events: prints the events that cdmd sends to its subscribers. */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/socket/cdmd-client.h"

#include <errno.h>

static void print_value(const json_t *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		fputs(i ? "," : "", stdout);
		print_value(item);
	}
	if (json_is_array(value))
		return;
	if (json_is_integer(value)) {
		printf("%lld", (long long)json_integer_value(value));
		return;
	}
	if (json_is_boolean(value)) {
		fputs(json_is_true(value) ? "yes" : "no", stdout);
		return;
	}
	print_foreign(stdout, json_is_string(value) ? json_string_value(value) : "?");
}

static void print_event(json_t *event)
{
	const char *key;
	json_t *value;

	print_value(json_object_get(event, "event"));
	json_object_foreach(event, key, value) {
		if (streq(key, "event"))
			continue;
		printf(" %s=", key);
		print_value(value);
	}
	putchar('\n');
}

static int print_line(const json_t *event, struct error *err)
{
	_cleanup_free_ char *line = json_line(event);

	if (!line)
		return fail(err, -ENOMEM, "%m");
	fputs(line, stdout);
	return 0;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_json_doc_ struct json_doc status = JSON_DOC_NONE;
	int r = cdmd_subscribe(&ctx->root, &c, &status, err);

	while (r >= 0) {
		_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;

		r = cdmd_read(&c, -1, &doc, err);
		if (r < 0)
			break;
		if (ctx->json)
			r = print_line(doc.root, err);
		else
			print_event(doc.root);
		if (r >= 0)
			r = output_flush(err);
		if (output_has_no_reader())
			break;
	}
	return r;
}

const struct verb verb_events = {
	.name = "events",
	.args = "",
	.help = "print what cdmd does and sees, as it happens",
	.run = run,
};
