/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds the program on PATH as execvp(3) does, and examines it for what placement needs. */

#include "program.h"

#include "basic/strutil.h"
#include "basic/strv.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define INTERPRETERS_MAX 4 /* BINPRM_MAX_RECURSION, fs/exec.c */

static int try_path(const char *path, int *ret_status)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			*ret_status = EXIT_CANNOT_EXECUTE;
		return -errno;
	}
	if (S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		return 0;
	*ret_status = EXIT_CANNOT_EXECUTE;
	return S_ISDIR(st.st_mode) ? -EISDIR : -EACCES;
}

int program_find(const char *command, char **ret, int *ret_status, struct error *err)
{
	_cleanup_free_ char *found = NULL;
	const char *path = getenv("PATH");
	int status = EXIT_NOT_FOUND, r;

	if (!*command || strchr(command, '/')) {
		r = *command ? try_path(command, &status) : -ENOENT;
		if (r < 0) {
			*ret_status = status;
			return fail(err, r, "%s: %m", *command ? command : "\"\"");
		}
		*ret = strdup(command);
		return *ret ? 0 : fail(err, -ENOMEM, "%m");
	}
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (const char *p = path;; p += strcspn(p, ":") + 1) {
		size_t len = strcspn(p, ":");

		free(TAKE_PTR(found));
		if (asprintf(&found, "%.*s%s%s", (int)len, p, len ? "/" : "./", command) < 0) {
			found = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		if (try_path(found, &status) == 0) {
			*ret = TAKE_PTR(found);
			return 0;
		}
		if (!p[len])
			break;
	}
	*ret_status = status;
	return status == EXIT_NOT_FOUND ? fail(err, -ENOENT, "%s: not found in PATH", command) :
					  fail(err, -EACCES, "%s: found in PATH, but not executable", command);
}

static int check_privileges(int fd, const char *path, struct error *err)
{
	struct stat st;
	const char *what = NULL;

	if (fstat(fd, &st) < 0)
		return fail(err, -errno, "%s: %m", path);
	if (st.st_mode & S_ISUID)
		what = "set-user-ID";
	else if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		what = "set-group-ID";
	else if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
		what = "given file capabilities";
	if (!what)
		return 0;
	return fail(err, -EPERM,
		    "%s: is %s, and the dynamic linker ignores LD_PRELOAD for such programs, nor may they be traced; not "
		    "started, since no rule would hold: run it as the user it changes to, from a copy without the bit",
		    path, what);
}

/* The interpreter of "#!INTERPRETER [ARGUMENT]", parsed like in fs/binfmt_script.c; NULL: none. Owned. */
static char *script_interpreter(const char *text, size_t len)
{
	size_t start = 2, end;

	while (start < len && (text[start] == ' ' || text[start] == '\t'))
		start++;
	for (end = start; end < len && !strchr(" \t\n", text[end]); end++)
		;
	return end > start ? strndup(text + start, end - start) : NULL;
}

int program_check(const char *path, enum program_kind *ret, struct error *err)
{
	_cleanup_free_ char *current = strdup(path);

	for (int depth = 0; current && depth <= INTERPRETERS_MAX; depth++) {
		_cleanup_close_ int fd = open(current, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		char head[256];
		ssize_t n;
		int r;

		/*
		 * A program that can be executed but not read: its kind is unknown, and so is whether a rule would
		 * hold.
		 */
		if (fd < 0)
			return fail(err, -errno, "%s: cannot be read to see what kind of program it is: %m", current);
		n = read(fd, head, sizeof(head));
		if (n < 0)
			return fail(err, -errno, "%s: %m", current);
		if (n >= 2 && head[0] == '#' && head[1] == '!') {
			/* The kernel ignores the set-user-ID bit of a script, and honours its interpreter's. */
			free(current);
			current = script_interpreter(head, (size_t)n);
			continue;
		}
		r = check_privileges(fd, current, err);
		if (r < 0)
			return r;
		if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
			return program_check_elf(fd, current, ret, err);
		/* execvp(3) gives any other file to the shell. */
		free(current);
		current = strdup("/bin/sh");
	}
	return current ? fail(err, -ELOOP, "%s: too many interpreters, one after the other", path) :
			 fail(err, -ENOEXEC, "%s: names no interpreter after \"#!\"", path);
}
