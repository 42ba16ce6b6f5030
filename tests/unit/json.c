/* SPDX-License-Identifier: GPL-2.0-or-later */

/* JSON documents: the line and column of each value, and messages about wrong ones. */

#include "libcdm/json/json.h"
#include "check.h"

#include <errno.h>
#include <sys/stat.h>

static const char text[] =
	"{\n"
	"  \"a\": 1, \"b\" : {\"c\":[ true, {\"d\" : \"}]\\\"\"}, 3 ],\n"
	"\t\"\\u0065\\n\":null},\n"
	"  \"ü\": \"ü\", \"last\": [[],{}, -1.5e3 ] }\n";

TEST(errors_name_line_and_column_of_the_value)
{
	static const struct {
		const char *place, *where;
	} cases[] = {
		{ "", "1:1" },
		{ "a", "2:8" },
		{ "a\x1e", "2:3" },
		{ "b\x1f"
		  "c",
		  "2:22" },
		{ "b\x1f"
		  "c\x1e",
		  "2:18" },
		{ "b\x1f"
		  "c\x1f[0]",
		  "2:24" },
		{ "b\x1f"
		  "c\x1f[1]\x1f"
		  "d",
		  "2:37" },
		{ "b\x1f"
		  "c\x1f[2]",
		  "2:46" },
		{ "b\x1f"
		  "e\n",
		  "3:13" }, /* written "\u0065\n" */
		{ "b\x1f"
		  "e\n\x1e",
		  "3:2" },
		{ "last", "4:21" }, /* columns count characters */
		{ "last\x1f[1]", "4:25" },
		{ "last\x1f[2]", "4:29" },
		{ "b\x1f"
		  "nowhere",
		  "2:17" }, /* the nearest parent */
		{ "b\x1f"
		  "nowhere\x1e",
		  "2:17" },
		{ "b\x1f"
		  "c\x1f[3]",
		  "2:22" },
		{ "b\x1f"
		  "c\x1f"
		  "d",
		  "2:22" },
		{ "a\x1f"
		  "x",
		  "2:8" },
		{ "x\x1f"
		  "a",
		  "1:1" },
	};
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;

	CHECK_INT(json_doc_parse("f", text, strlen(text), &doc, NULL), ==, 0);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *want = NULL;

		CHECK_INT(json_fail_at(&doc, cases[i].place, &err, -EINVAL, "why %d", 7), ==, -EINVAL);
		CHECK(asprintf(&want, "f:%s: why 7", cases[i].where) > 0);
		CHECK_STR(error_text(&err), want);
	}
}

TEST(error_messages_escape_control_characters)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	CHECK_INT(json_doc_parse("f", "{}", 2, &doc, NULL), ==, 0);
	json_fail_at(&doc, "", &err, -EINVAL, "a\x1b[2J\nb");
	CHECK_STR(error_text(&err), "f:1:1: a\\x1b[2J\\x0ab");
}

TEST(text_that_is_no_json_object_is_refused)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
	} cases[] = {
		{ "{\"a\":1}\n\0", 9, "f:2:1: a NUL character: this is no text" },
		{ "{\"a\":1,\"a\":2}", 13, "f:1:10: duplicate object key near '\"a\"'" },
		{ "{} {}", 5, "f:1:4: end of file expected near '{'" },
		{ "[]", 2, "f:1:1: the document must be an object: { ... }" },
		{ " 42", 3, "f:1:2: the document must be an object: { ... }" },
		{ "{\n\"a\": x}", 9, "f:2:6: invalid token near 'x'" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;

		CHECK_INT(json_doc_parse("f", cases[i].text, cases[i].len, &doc, &err), ==, -EINVAL);
		CHECK_STR(error_text(&err), cases[i].message);
		CHECK(!doc.root && !doc.text && !doc.name);
	}
}

TEST(only_regular_files_up_to_the_size_limit_are_loaded)
{
	char dir[] = "/tmp/cdm-json-XXXXXX", file[64], fifo[64];
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	FILE *f;

	CHECK(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	CHECK_INT(mkfifo(fifo, 0600), ==, 0);
	CHECK_INT(json_doc_load(AT_FDCWD, file, "name", JSON_DOC_MAX, &doc, &err), ==, -ENOENT);
	CHECK_STR(error_text(&err), "name: No such file or directory");
	CHECK_INT(json_doc_load(AT_FDCWD, dir, "name", JSON_DOC_MAX, &doc, &err), ==, -EISDIR);
	CHECK_STR(error_text(&err), "name: not a regular file");
	CHECK_INT(json_doc_load(AT_FDCWD, fifo, "name", JSON_DOC_MAX, &doc, &err), ==,
		  -EINVAL); /* the open does not wait for a writer */
	CHECK_STR(error_text(&err), "name: not a regular file");

	f = fopen(file, "we");
	CHECK(f && fprintf(f, "{%*s}", (int)JSON_DOC_MAX - 2, "") == (int)JSON_DOC_MAX && fflush(f) == 0);
	CHECK_INT(json_doc_load(AT_FDCWD, file, "name", JSON_DOC_MAX, &doc, &err), ==, 0);
	CHECK(fputc('\n', f) == '\n' && fclose(f) == 0);
	json_doc_free(&doc);
	CHECK_INT(json_doc_load(AT_FDCWD, file, "name", JSON_DOC_MAX, &doc, &err), ==, -EFBIG);
	CHECK_STR(error_text(&err), "name: larger than 1M, the limit for such a document");
	CHECK(unlink(file) == 0 && unlink(fifo) == 0 && rmdir(dir) == 0);
}

TEST(control_characters_in_strings_are_written_escaped)
{
	struct nodeset nodes = nodeset_of(3);
	_cleanup_json_ json_t *doc = json_pack("{s:o, s:s}", "nodes", json_nodes(&nodes), "name", "\xc2\x9b");
	_cleanup_free_ char *out = json_text(doc);

	CHECK_STR(out, "{\n  \"nodes\": \"3\",\n  \"name\": \"\\u009B\"\n}\n");
}

CHECK_MAIN()
