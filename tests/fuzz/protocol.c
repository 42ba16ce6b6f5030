/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes requests to cdmd: an accepted query, written again, is accepted and asks for the same. */

#include "libcdm/cgroup/cgroup.h"
#include "libcdm/socket/protocol.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct query *q)
{
	switch (q->kind) {
	case QUERY_STATUS:
		return query_status();
	case QUERY_EVENTS:
		return query_events();
	case QUERY_ENTER:
		return query_enter(q->group, &q->nodes);
	case QUERY_CONFIRM:
		return query_confirm(q->nonce);
	case QUERY_LEAVING:
		return query_leaving(&q->nodes);
	case QUERY_RELOAD:
		return query_reload();
	}
	abort();
}

static bool same(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_query_ struct query q = QUERY_NONE, back = QUERY_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *line = NULL;

	if (query_parse((const char *)data, size, &q, &err) < 0) {
		if (q.group || q.nonce || !err.msg)
			abort();
		return 0;
	}
	if (q.kind == QUERY_ENTER && (!cgroup_path_is_safe(q.group) || (q.has_nodes && nodeset_empty(&q.nodes))))
		abort();
	if (q.kind == QUERY_ENTER && !q.has_nodes)
		return 0; /* our own clients always name nodes */
	line = written(&q);
	if (!line || query_parse(line, strlen(line) - 1, &back, &err) < 0) {
		fprintf(stderr, "%s%s\n", line ? line : "", error_text(&err));
		abort();
	}
	if (q.kind != back.kind || q.has_nodes != back.has_nodes || !nodeset_equal(&q.nodes, &back.nodes) ||
	    !same(q.group, back.group) || !same(q.nonce, back.nonce))
		abort();
	return 0;
}
