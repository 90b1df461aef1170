#include "outside/curl_handle.h"

#include <pthread.h>
#include <stdlib.h>

#include "data/db.h"
#include "outside/http.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void close_handle(void *handle)
{
	curl_easy_cleanup(handle);
}

static void prepare(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || pthread_key_create(&key, close_handle) != 0)
		abort();
}

CURL *curl_handle(struct ctx *c)
{
	CURL *h;

	if (c->db && db_in_tx(c))
		fault(c, "the outside is asked inside a transaction");
	pthread_once(&once, prepare);
	h = pthread_getspecific(key);
	if (!h) {
		h = curl_easy_init();
		if (!h || pthread_setspecific(key, h) != 0)
			abort();
	}
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	return h;
}
