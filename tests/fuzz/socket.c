/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whatever a client sends to the daemon's socket, each answer is a line of JSON, and a process enters a group only with
 * the nonce that the daemon sent. Lines are sent one by one; '@' in them stands for that nonce.
 */

#include "cdmd/socket/client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

static struct config *config;
static struct root root = { .fd = -1 };
static bool knows_nonce;
static bool *entered_wrongly; /* shared with the child process that enters */

static json_t *status(void *arg)
{
	(void)arg;
	return json_pack("{s:b}", "ok", 1);
}

static const struct config *get_config(void *arg)
{
	(void)arg;
	return config;
}

static int enter(void *arg, const struct entry *entry, char **ret_path, struct error *err)
{
	(void)arg;
	if (!knows_nonce || entry->pid != getppid() || !pidfd_is_alive(entry->pidfd) ||
	    !config_is_group(config, entry->group))
		*entered_wrongly = true;
	if (entry->nodes)
		return fail(err, -EINVAL, "not these nodes");
	*ret_path = strdup(entry->group);
	return 0;
}

static json_t *leaving(void *arg _unused_, int node)
{
	return node == 1 ? json_pack("{s:s, s:i}", "event", "leaving", "node", node) : NULL;
}

static void set_up(void)
{
	static const char text[] =
		"{\"version\":1,\"groups\":{\"cdm.slice\":{\"classes\":[\"device\"],\"enter\":{\"users\":"
		"[\"%u\"]}},\"lab/**\":{\"classes\":[\"device\"],\"enter\":{\"groups\":[\"%u\"]}}}}";
	_cleanup_free_ char *mine = NULL;

	if (config)
		return;
	entered_wrongly = mmap(NULL, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (entered_wrongly == MAP_FAILED)
		abort();
	if (root_open(NULL, &root, NULL) < 0 || asprintf(&mine, text, (unsigned)getuid(), (unsigned)getgid()) < 0 ||
	    config_parse("fuzz", mine, strlen(mine), &config, NULL) < 0)
		abort();
}

/* Reads the answers, and stores a nonce if there is one. */
static void take_answers(int fd, char *nonce, size_t size)
{
	char text[65536];
	ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);

	for (char *line = text, *end; n > 0 && (end = memchr(line, '\n', (size_t)(text + n - line))); line = end + 1) {
		_cleanup_json_ json_t *doc = json_loadb(line, (size_t)(end - line), 0, NULL);
		const char *told = json_string_value(json_object_get(doc, "nonce"));

		if (!json_is_boolean(json_object_get(doc, "ok")))
			abort();
		if (told)
			snprintf(nonce, size, "%s", told);
	}
}

static void send_piece(int fd, const uint8_t *data, size_t size, const char *nonce)
{
	char text[16384];
	size_t len = 0;

	for (size_t i = 0; i < size && len + 32 < sizeof(text); i++) {
		if (data[i] != '@')
			text[len++] = (char)data[i];
		for (const char *p = nonce; data[i] == '@' && *p; p++)
			text[len++] = *p;
		knows_nonce |= data[i] == '@' && *nonce;
	}
	(void)!send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct server_ops ops = { status, get_config, leaving, enter };
	struct server server = { .ops = &ops, .root = &root, .epoll = loop_open(NULL) };
	struct peer peer;
	struct client *c = NULL;
	char nonce[32] = "";
	const int on = 1;
	int fds[2];

	set_up();
	knows_nonce = false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
	if (setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    peer_of(&root, fds[0], &peer, NULL) < 0 || client_new(&server, fds[0], &peer, &c, NULL) < 0)
		abort();
	while (size && c->state != CLIENT_CLOSED) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) + 1 : size;

		send_piece(fds[1], data, len, nonce);
		for (int i = 0; i < 8 && c->state != CLIENT_CLOSED; i++)
			c->source.ready(&c->source, EPOLLIN, NULL);
		while (tasks_running() > 0)
			if (loop_wait(server.epoll, NULL) < 0)
				abort();
		if (*entered_wrongly)
			abort();
		take_answers(fds[1], nonce, sizeof(nonce));
		data += len;
		size -= len;
	}
	close(fds[1]);
	if (c->state != CLIENT_CLOSED)
		c->source.ready(&c->source, EPOLLIN | EPOLLHUP, NULL);
	if (c->state != CLIENT_CLOSED)
		abort();
	client_free(c);
	while (tasks_running() > 0)
		if (loop_wait(server.epoll, NULL) < 0)
			abort();
	close(server.epoll);
	return 0;
}
