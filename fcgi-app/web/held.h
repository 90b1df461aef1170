/* web/held.h -- a form that comes when its session is over: what was typed is kept in the page that asks to sign in, and sent after a look at it.
 *
 * Nothing is kept on the server: the fields travel in hidden inputs of the sign-in form (HELD_PREFIX before each name), as often as it is refused,
 * and from there into a form of the same path that carries the new session's CSRF token. Nobody but who presses its button sends it, and then it
 * is a form like any other: the path's own rights, checks and idempotency key decide.
 *
 * Only what a page of ours sends is kept, and only if the browser says so: a foreign page must not plant a form that somebody sends after the
 * login. CSRF tokens, secrets, and all that is called a password are left out.
 *
 * Tests: tests/http/held.py, tests/browser/test_held.js   Page: templates/account/login.html   Sent by: account/account_pages.c
 */
#ifndef WEB_HELD_H
#define WEB_HELD_H

#include "web/request.h"

#define HELD_PREFIX "_held."
#define HELD_TO "_held_to"

/* What fits into the sign-in form, whose own fields need room too. A form beyond it is not kept, and the page says so. */
enum { HELD_BYTES = 240 * 1024, HELD_FIELDS = 480 };

/* As it is sent, and as people read it. */
struct held_field {
	str name, value;
};

struct held {
	bool kept, lost;         /* lost: it was too large */
	str to;                  /* the path that it is for, with its query */
	str title;               /* of that path's page; empty if it has none */
	list fields, typed;      /* of struct held_field; typed: what has a label */
};
extern const struct shape held_shape;

/* The form that this request sends, if it is one to be kept; else NULL. */
const struct held *held_posted(struct request *);
/* The one that the sign-in form which this request sends carries along; NULL: none. */
const struct held *held_carried(struct request *);

#endif
