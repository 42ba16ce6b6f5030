/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Requests and answers of the daemon's socket. */

#include "check.h"
#include "libcdm/socket/protocol.h"

#include <errno.h>

static struct query query;
static struct error error;

static int parse(const char *line)
{
	query_free(&query);
	error_reset(&error);
	return query_parse(line, strlen(line), &query, &error);
}

TEST(valid_requests_are_parsed)
{
	CHECK_INT(parse("{\"do\":\"status\"}"), ==, 0);
	CHECK_INT(query.kind, ==, QUERY_STATUS);
	CHECK_INT(parse(" { \"do\" : \"events\" } \r"), ==, 0);
	CHECK_INT(query.kind, ==, QUERY_EVENTS);
	CHECK_INT(parse("{\"group\":\"/cdm.slice\",\"do\":\"enter\",\"nodes\":\"1-2\"}"), ==, 0);
	CHECK_INT(query.kind, ==, QUERY_ENTER);
	CHECK_STR(query.group, "cdm.slice");
	CHECK(query.has_nodes);
	CHECK_STR(NODESET_STR(&query.nodes), "1-2");
	CHECK_INT(parse("{\"do\":\"enter\",\"group\":\"lab/a\"}"), ==, 0);
	CHECK(!query.has_nodes);
	CHECK_INT(parse("{\"do\":\"confirm\",\"nonce\":\"00ff\"}"), ==, 0);
	CHECK_INT(query.kind, ==, QUERY_CONFIRM);
	CHECK_STR(query.nonce, "00ff");
	CHECK_INT(parse("{\"do\":\"leaving\",\"nodes\":\"2\"}"), ==, 0);
	CHECK_INT(query.kind, ==, QUERY_LEAVING);
	CHECK_STR(NODESET_STR(&query.nodes), "2");
	query_free(&query);
}

TEST(invalid_requests_are_refused_with_the_reason)
{
	static const struct {
		const char *line, *error;
	} table[] = {
		{ "", "request:1:1: unexpected token near end of file" },
		{ "[]", "request:1:1: the document must be an object: { ... }" },
		{ "{}", "request:1:1: no key \"do\": it says what is asked for" },
		{ "{\"do\":1}", "request:1:7: \"do\" must be a string, not a whole number" },
		{ "{\"do\":\"statis\"}", "request:1:7: unknown do \"statis\", did you mean \"status\"?" },
		{ "{\"do\":\"status\",\"pid\":1}", "request:1:16: unknown key \"pid\"; known: do, group, nodes, nonce" },
		{ "{\"do\":\"status\",\"do\":\"events\"}", NULL },
		{ "{\"do\":\"status\"} x", NULL },
		{ "{\"do\":\"status\",\"group\":\"a\"}", "request: key \"group\" does not go with \"do\": \"status\"" },
		{ "{\"do\":\"events\",\"nodes\":\"1\"}", "request: key \"nodes\" does not go with \"do\": \"events\"" },
		{ "{\"do\":\"enter\",\"group\":\"a\",\"nonce\":\"1\"}",
		  "request: key \"nonce\" does not go with \"do\": \"enter\"" },
		{ "{\"do\":\"confirm\",\"nonce\":\"1\",\"group\":\"a\"}",
		  "request: key \"group\" does not go with \"do\": \"confirm\"" },
		{ "{\"do\":\"enter\"}", "request: \"enter\" wants a key \"group\"" },
		{ "{\"do\":\"confirm\"}", "request: \"confirm\" wants a key \"nonce\"" },
		{ "{\"do\":\"leaving\"}", "request: \"leaving\" wants a key \"nodes\"" },
		{ "{\"do\":\"leaving\",\"nodes\":\"1\",\"group\":\"a\"}",
		  "request: key \"group\" does not go with \"do\": \"leaving\"" },
		{ "{\"do\":\"enter\",\"group\":\"\"}", "request:1:23: \"group\" is an empty string" },
		{ "{\"do\":\"enter\",\"group\":\"/\"}", "request:1:23: \"/\" is not a path of a cgroup" },
		{ "{\"do\":\"enter\",\"group\":\"//a\"}", "request:1:23: \"//a\" is not a path of a cgroup" },
		{ "{\"do\":\"enter\",\"group\":\"a/../b\"}", "request:1:23: \"a/../b\" is not a path of a cgroup" },
		{ "{\"do\":\"enter\",\"group\":\"a\\u0001\"}", NULL },
		{ "{\"do\":\"enter\",\"group\":\"a\\u0000\"}", NULL },
		{ "{\"do\":\"enter\",\"group\":\"a\",\"nodes\":\"\"}", NULL },
		{ "{\"do\":\"enter\",\"group\":\"a\",\"nodes\":\" \"}",
		  "request:1:35: \" \" is not a list of nodes such as \"1-2\"" },
		{ "{\"do\":\"enter\",\"group\":\"a\",\"nodes\":\"5000\"}", NULL },
		{ "{\"do\":\"enter\",\"group\":\"a\",\"nodes\":1}", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		if (parse(table[i].line) >= 0)
			CHECK_FAIL("accepted: %s", table[i].line);
		if (table[i].error && strcmp(error_text(&error), table[i].error) != 0)
			CHECK_FAIL("%s: \"%s\", not \"%s\"", table[i].line, error_text(&error), table[i].error);
	}
	error_reset(&error);
}

TEST(deeply_nested_requests_are_refused)
{
	char deep[QUERY_MAX];

	memset(deep, '[', sizeof(deep));
	CHECK_INT(query_parse(deep, sizeof(deep), &query, &error), ==, -EINVAL);
	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = "{\"a\":"[i % 5];
	CHECK_INT(query_parse(deep, sizeof(deep), &query, &error), ==, -EINVAL);
	error_reset(&error);
}

TEST(requests_written_by_the_client_are_parsed)
{
	struct nodeset nodes = nodeset_of(3);
	char *lines[] = { query_status(),     query_events(),        query_enter("a \"b\"", &nodes),
			  query_confirm("7"), query_leaving(&nodes), query_reload() };
	enum query_kind kinds[] = { QUERY_STATUS, QUERY_EVENTS, QUERY_ENTER, QUERY_CONFIRM, QUERY_LEAVING, QUERY_RELOAD };

	for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
		CHECK(lines[i] && strchr(lines[i], '\n') == lines[i] + strlen(lines[i]) - 1);
		CHECK_INT(parse(lines[i]), ==, 0);
		CHECK_INT(query.kind, ==, kinds[i]);
		free(lines[i]);
		if (kinds[i] == QUERY_ENTER)
			CHECK_STR(query.group, "a \"b\"");
	}
	query_free(&query);
}

TEST(an_error_reply_is_one_line_of_ascii)
{
	_cleanup_free_ char *plain = reply_error("no\nway \xff", false), *busy = reply_error("later", true);

	CHECK_STR(plain, "{\"ok\":false,\"error\":\"no\\\\x0away \\\\xff\"}\n");
	CHECK_STR(busy, "{\"ok\":false,\"error\":\"later\",\"busy\":true}\n");
}

CHECK_MAIN()
