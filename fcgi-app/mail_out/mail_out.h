/* mail_out/mail_out.h -- mails that leave with the transaction that wrote them (NO-5).
 *
 * A mail is a row and an event; the relay sends it by SMTP (outside/mail.h), tries again while the server is away, and
 * gives it the same Message-ID each time, so that a repeated one can be recognised.
 *
 * It is kept for three months after that (relay/relay_jobs.c), so that the centre can say what it wrote.
 *
 * Tables: mail (sql/0005)   Listener: "mail.send"   Tests: tests/unit/test_notify_mail.c
 */
#ifndef MAIL_OUT_H
#define MAIL_OUT_H

#include "core/ctx.h"
#include "data/outbox.h"

/* Queues a mail in the running transaction. The name is that of what it tells ("n.17.204"), of which there is one mail and no more:
 * false if it was written already. Empty: it has none. */
bool mail_out(struct ctx *, str name, str to, str subject, str body);

extern const struct listener mail_out_listeners[];

/* Whoever had this address is gone: nothing that was mailed to it is kept, and what still waits is not sent. */
void mail_out_forget(struct ctx *, str to);

#endif
