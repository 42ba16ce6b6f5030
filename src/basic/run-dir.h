/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The directory for everything that does not outlive the boot, below the root (root.h). */

#define STATE_DIR "run/cdm"
#define CDMD_SOCKET STATE_DIR "/cdmd.sock"
