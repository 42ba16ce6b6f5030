/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Attributes of the compiler, by names that read as the rest does. */

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _nonnull_(...) __attribute__((nonnull(__VA_ARGS__)))
#define _unused_ __attribute__((unused))
#define _public_ __attribute__((visibility("default")))

/*
 * Stands in front of the declaration of a function that returns a negative errno: a caller who does not look at it
 * must write (void). GCC accepts that with nodiscard only, and clang with the older attribute.
 */
#if defined(__clang__)
#define _must_use_ __attribute__((warn_unused_result))
#elif __GNUC__ >= 10
#define _must_use_ [[nodiscard]]
#else
#define _must_use_
#endif
