/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Requests about nodes (offline, drain, online): which are refused, and what the state keeps of the others. */

#include "check.h"
#include "libcdm/plan/node-request.h"

#include <errno.h>

static struct node nodes[4];
static struct verdict verdicts[4];
static struct block blocks[2];
static struct topology topology;
static struct classification classes;
static struct class class;
static struct config config;
static struct snapshot now;
static struct state state;
static struct error err;

/*
 * Node 0 is a system node, node 1 a device node with one block online and one offline, node 2 a device node without
 * blocks, node 3 absent.
 */
static void reset(void)
{
	nodes[0] = (struct node){ .id = 0, .state = NODE_ONLINE };
	nodes[1] = (struct node){ .id = 1, .state = NODE_PARTIAL };
	nodes[2] = (struct node){ .id = 2, .state = NODE_ONLINE };
	nodes[3] = (struct node){ .id = 3, .state = NODE_ABSENT };
	verdicts[0] = (struct verdict){ .class = CLASS_SYSTEM, .why = (char *)"has CPUs" };
	verdicts[1] = verdicts[2] = (struct verdict){ .class = 0 };
	verdicts[3] = (struct verdict){ .class = CLASS_SYSTEM };
	blocks[0] = (struct block){ .id = 32, .node = 1, .state = BLOCK_ONLINE };
	blocks[1] = (struct block){ .id = 33, .node = 1, .state = BLOCK_OFFLINE };
	topology = (struct topology){ .nodes = nodes, .n_nodes = 4, .blocks = blocks, .n_blocks = 2 };
	(void)nodeset_parse("0-2", &topology.has_memory);
	classes = (struct classification){ .nodes = verdicts, .n_nodes = 4 };
	class = (struct class){ .name = (char *)"gpu" };
	config = (struct config){ .classes = &class, .n_classes = 1 };
	now = (struct snapshot){ .topology = &topology, .classes = &classes };
	idset_free(&state.was_online);
	state = (struct state){ 0 };
	(void)idset_add(&state.was_online, 32);
	(void)idset_add(&state.was_online, 33);
	error_reset(&err);
}

static int ask(enum request_kind kind, int node)
{
	const struct request q = { kind, node };

	return request_enter(&q, &now, &config, &state, &err);
}

TEST(without_a_request_no_node_is_withdrawn)
{
	reset();
	CHECK_INT(ask(REQUEST_NONE, 0), ==, 0);
	CHECK(nodeset_empty(&state.withdrawn));
}

TEST(drain_withdraws_a_node_and_offline_also_takes_it_offline)
{
	reset();
	CHECK_INT(ask(REQUEST_DRAIN, 1), ==, 0);
	CHECK_STR(NODESET_STR(&state.withdrawn), "1");
	CHECK_STR(NODESET_STR(&state.draining), "1");
	CHECK(nodeset_empty(&state.offlining));
	CHECK_INT(ask(REQUEST_OFFLINE, 1), ==, 0);
	CHECK_STR(NODESET_STR(&state.offlining), "1");
}

TEST(online_undoes_offline_and_onlines_offline_blocks_again)
{
	reset();
	ask(REQUEST_OFFLINE, 1);
	CHECK_INT(ask(REQUEST_ONLINE, 1), ==, 0);
	CHECK(nodeset_empty(&state.withdrawn) && nodeset_empty(&state.draining) && nodeset_empty(&state.offlining));
	CHECK_STR(NODESET_STR(&state.asked), "1");
	CHECK(idset_has(&state.was_online, 32));
	CHECK(!idset_has(&state.was_online, 33));
}

TEST(online_is_refused_for_a_class_that_stays_offline)
{
	reset();
	class.online = ONLINE_NEVER;
	topology.has_memory = nodeset_of(0);
	CHECK_INT(ask(REQUEST_ONLINE, 1), ==, -EPERM);
	CHECK(strstr(error_text(&err), "class gpu"));
	CHECK(idset_has(&state.was_online, 33));
}

TEST(offline_is_refused_for_a_system_node)
{
	reset();
	CHECK_INT(ask(REQUEST_OFFLINE, 0), ==, -EPERM);
	CHECK(strstr(error_text(&err), "node 0 is a system node (has CPUs)"));
	CHECK(nodeset_empty(&state.withdrawn));
}

TEST(requests_for_absent_nodes_are_refused)
{
	reset();
	CHECK_INT(ask(REQUEST_DRAIN, 3), ==, -ENXIO);
	CHECK_INT(ask(REQUEST_ONLINE, 99), ==, -ENXIO);
	CHECK(strstr(error_text(&err), "node 99"));
}

TEST(a_node_without_blocks_can_be_drained_but_not_taken_offline)
{
	reset();
	CHECK_INT(ask(REQUEST_OFFLINE, 2), ==, -EOPNOTSUPP);
	CHECK(nodeset_empty(&state.withdrawn));
	CHECK_INT(ask(REQUEST_DRAIN, 2), ==, 0);
}

CHECK_MAIN()
