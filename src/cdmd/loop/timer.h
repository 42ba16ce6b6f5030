/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* timerfd(2) in milliseconds of CLOCK_MONOTONIC. */

#include "basic/clock.h"
#include "basic/error.h"

#include <stdint.h>

/* Returns the descriptor of a disarmed timer. */
_must_use_ int timer_open(struct error *err);

/*
 * at: when it expires, 0 disarms it; interval: its period from then on, 0: it expires once. Returns a negative errno.
 */
int timer_arm(int fd, uint64_t at, uint64_t interval);

void timer_drain(int fd);
