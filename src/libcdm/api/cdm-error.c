/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cdm_error(): why the last call of this thread failed. */

#include "cdm-internal.h"
#include "cdm.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Each thread's last failure, freed when the thread ends. */
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void forget(void *p)
{
	error_reset(p);
	free(p);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, forget) == 0;
}

static struct error *mine(void)
{
	pthread_once(&once, make_key);
	return has_key ? pthread_getspecific(key) : NULL;
}

static struct error *mine_made(void)
{
	struct error *e = mine();

	if (e || !has_key)
		return e;
	e = calloc(1, sizeof(*e));
	if (e && pthread_setspecific(key, e) != 0) {
		free(e);
		e = NULL;
	}
	return e;
}

ssize_t cdm_told(ssize_t r, struct error *err)
{
	struct error *last = r < 0 ? mine_made() : NULL;

	if (last) {
		error_reset(last);
		*last = TAKE(*err, ERROR_NONE);
		last->code = (int)r;
	}
	return r;
}

_public_ const char *cdm_error(void)
{
	const struct error *last = mine();

	return last && last->code ? error_text(last) : "";
}
