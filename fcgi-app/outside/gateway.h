/* outside/gateway.h -- payment gateways, all behind one table (PA-1).
 *
 * What a payment needs to know about a call is one of four outcomes, and the default is the third:
 *
 *	APPROVED   the gateway says that it did it. The result says what it did: compare the amount with what was asked.
 *	REFUSED    the gateway says, by a code from the adapter's list, that it did not and will not.
 *	UNKNOWN    anything else: no answer, a strange answer, a 500, a code that nobody has listed. Read back until known.
 *	NOT_SENT   the request surely never left, so nothing happened. May be repeated at once, with the same key.
 *
 * Adapters classify by the code in the body, never by the HTTP status alone. They don't touch the database, hold
 * nothing, and may be called by any number of threads; calling one inside a transaction is a bug (fault). Calls that
 * move money carry an idempotency key: the same attempt always has the same key, so that repeating it does nothing
 * twice.
 *
 * A new gateway is one file: fill a struct gateway, add it to the list in gateway.c.
 * Files: gateway.c, gateway_toss.c   Tests: tests/unit/test_gateway.c
 */
#ifndef OUTSIDE_GATEWAY_H
#define OUTSIDE_GATEWAY_H

#include "core/ctx.h"

enum gateway_outcome { GATEWAY_UNKNOWN = 0, GATEWAY_APPROVED, GATEWAY_REFUSED, GATEWAY_NOT_SENT };

/* What the gateway says that a payment is, whatever was asked. */
enum gateway_state {
	GATEWAY_STATE_NONE = 0,    /* the answer held no payment */
	GATEWAY_OPEN,              /* not charged yet: a confirm may still come, or be under way */
	GATEWAY_PAID,              /* charged; nothing, or a part, has gone back */
	GATEWAY_RETURNED,          /* charged, and all of it has gone back */
	GATEWAY_DEAD,              /* never charged, and never will be: aborted, expired, unknown to the gateway */
};

/* One movement back to the payer. */
struct gateway_return {
	str key;                   /* the gateway's key of this movement */
	money amount;
	str reason;                /* as it was given with the cancel call */
	when at;
};

struct gateway_result {
	enum gateway_outcome outcome;
	enum gateway_state state;
	str order_id;
	str payment_key;
	money approved;            /* charged in all, before anything went back */
	money returned;            /* gone back in all so far */
	str method;                /* in the gateway's words: "카드", "간편결제" */
	str secret;                /* what webhooks about this payment carry; empty if the gateway has none */
	when approved_at;          /* 0: never */
	list returns;              /* struct gateway_return, the oldest first */
	str code, message;         /* of an error: the gateway's code and words; else empty, or why it is unknown */
	bool alarm;                /* our side is wrong (keys, format): repeating won't help until a person looks */
	bool busy;                 /* the same key is being worked on, or too many calls: repeat later with the same key */
	int http_status;           /* for logs only */
	int64_t us;                /* how long the call took */
};

struct gateway_confirm {
	str key;                   /* idempotency key of the attempt */
	str order_id, payment_key;
	money amount;
};

struct gateway_cancel {
	str key;                   /* idempotency key of this refund */
	str payment_key;
	str reason;                /* 1 to 200 characters. Put your own refund number in it: it comes back in `returns` */
	money amount;
	opt_money returnable;      /* if set: only if exactly this much is left before it, else REFUSED */
};

/* One line of the gateway's books, for the daily match (PA-9). */
struct gateway_entry {
	str key;                   /* unique per line */
	str payment_key, order_id, method;
	money amount;              /* negative: went back */
	when at;
};

/* What a webhook is about. It proves nothing: read the payment back (PA-2). */
struct gateway_hint {
	str event;                 /* "PAYMENT_STATUS_CHANGED" */
	str order_id, payment_key; /* one of them may be empty */
	str secret;                /* compare with the payment's, if the gateway has one */
};

struct gateway {
	const char *name;          /* "toss": in paths and in columns */

	/* Charges. APPROVED: order_id and payment_key are those that were asked for; approved may differ from the amount
	 * asked, and then the caller gives it back. */
	struct gateway_result (*confirm)(struct ctx *, const struct gateway_confirm *);

	/* Reads a payment back. The outcome answers "was it charged?": APPROVED if state is PAID or RETURNED, REFUSED if
	 * DEAD, UNKNOWN if OPEN (confirm again with the same key, or ask again until the gateway closes it) or not answered.
	 * By order: of several payments the one that was charged. An order that the gateway doesn't know is DEAD: ask
	 * so only when no confirm can be on its way any more. */
	struct gateway_result (*query)(struct ctx *, str payment_key);
	struct gateway_result (*query_by_order)(struct ctx *, str order_id);

	/* Gives back a part or all. APPROVED: `returned` is the new sum, the newest of `returns` is this one. After
	 * REFUSED and UNKNOWN read back before anything is decided: it can be our own earlier call that was done. */
	struct gateway_result (*cancel)(struct ctx *, const struct gateway_cancel *);

	/* The gateway's lines from `from` up to, not with, `to`; the next page begins after the line `after` (empty:
	 * the first page). false: could not be read. Fewer than `limit`: that was the last page. */
	bool (*entries)(struct ctx *, when from, when to, str after, int64_t limit, list *lines);

	/* Takes a webhook's body apart. false: not one, answer 400. Unknown types give true and an empty hint. */
	bool (*read_webhook)(struct ctx *, str body, struct gateway_hint *);
};

const struct gateway *gateway_find(str name);         /* NULL: there is none of that name */
extern const struct gateway *const gateway_default;   /* what new payments use */

extern const struct gateway gateway_toss;

#endif
