/* sandbox/sandbox.h -- doors that only demo and tests have: the payment window and the mailbox.
 *
 * Always true: with profile = production every one of them answers 404, as if it didn't exist.
 *
 * Routes: end of sandbox.c   Files: sandbox.c, letter.c (reading mails), mailbox.c (the mail server)
 * Tests: tests/unit/test_mail.c
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "core/ctx.h"
#include "core/shape.h"
#include "web/route.h"

struct sandbox_mail {
	str to, subject, text;
	when at;                   /* when it arrived */
};

extern const struct shape sandbox_mail_shape;

/* The mails that came for this address, the oldest first, those of the same Message-ID once. At most the last 1,000. */
list sandbox_mails(struct ctx *, str to);

extern const struct route sandbox_routes[];

#endif
