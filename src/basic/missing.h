/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Definitions of the kernel's interface that several files need and that the headers of older distributions lack. */

#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef SYS_set_mempolicy_home_node /* Linux 5.17; the number is the same on every architecture */
#define SYS_set_mempolicy_home_node 450
#endif

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
