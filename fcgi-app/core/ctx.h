/* core/ctx.h -- all that a rule may touch.
 *
 * There are no mutable globals: what a request or a job works with hangs on its ctx, so threads never meet.
 * A thread keeps one ctx for ever (its connections stay warm); ctx_begin() makes it fresh for the next piece of work.
 */
#ifndef CORE_CTX_H
#define CORE_CTX_H

#include "core/arena.h"
#include "core/fault.h"
#include "core/outcome.h"
#include "core/value.h"

enum role {
	ROLE_MEMBER = 1,           /* somebody who is logged in */
	ROLE_INSTRUCTOR = 2,
	ROLE_CREATOR = 4,
	ROLE_OPERATOR = 8,
	ROLE_FINANCE = 16,
	ROLE_ADMIN = 32,
};
/* The role of bit i, as JSON and the pages' words call it; NULL at the end. */
extern const char *const role_names[];

enum locale { LOCALE_KO, LOCALE_EN, LOCALES };

struct caller {
	int64_t id;                /* member.id; 0: nobody is logged in */
	int64_t session_id;
	unsigned roles;            /* of enum role */
	bool by_cookie;            /* the console's cookie, so that unsafe methods need a CSRF token */
	str name;
	str email;
	str csrf;                  /* the token that this session's forms carry */
};

struct trace {                     /* W3C Trace Context */
	char trace_id[33];
	char span_id[17];
};

struct db;
struct cache;
struct config;

/* What a thread keeps from one piece of work to the next: plain memory, a slot for each who needs one. */
enum kept { KEPT_DOORS, KEPT_RELAYS, KEPT_SLOTS };

struct ctx {
	struct arena *arena;
	struct db *db;                      /* this thread's connection (data/db.h) */
	struct cache *cache;                /* this thread's memcached (data/cache.h) */
	const struct config *config;
	struct caller who;
	when now;                           /* read once, so tests choose the time */
	enum locale locale;
	str request_id;
	str ip;
	struct trace trace;
	struct field_error *errors;         /* the newest first */
	const char *fail_detail;            /* key of a longer explanation in the catalogues, or NULL */
	struct fault_frame *frame;
	void *kept[KEPT_SLOTS];             /* ctx_keep */
	uint64_t next_id;                   /* of requests that nginx gave no id */
};

struct ctx *ctx_new(const struct config *);     /* db and cache connect lazily (db_open, cache_open by the caller) */
void ctx_free(struct ctx *);

/* The thread's memory of that slot: n bytes, zeroed when it is first asked for, freed with the ctx. */
void *ctx_keep(struct ctx *, enum kept, size_t n);

/* Forgets the last piece of work: arena, caller, errors; reads the clock; locale ko; a new request id. */
void ctx_begin(struct ctx *);

#endif
