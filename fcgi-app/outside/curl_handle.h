/* outside/curl_handle.h -- this thread's warm curl handle; for the files of this folder only. */
#ifndef OUTSIDE_CURL_HANDLE_H
#define OUTSIDE_CURL_HANDLE_H

#include <curl/curl.h>

#include "core/ctx.h"

/* The handle with all options as new, but its connections kept; no signals, no proxy, no redirects. It is freed when
 * the thread ends. Faults if a transaction is open: nobody may hold locks while the outside thinks. */
CURL *curl_handle(struct ctx *);

#endif
