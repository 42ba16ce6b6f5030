/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The variables of the program and its libraries: rules of kind data. */

#include "handover.h"

/* Binds what of the objects loaded now a rule allows, and moves what is there already. */
void data_bind(const struct handover *h);
