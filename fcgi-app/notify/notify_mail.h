/* notify/notify_mail.h -- which notices go by mail too, and their mails (NO-5).
 *
 *	notify_many: the rows, and "notify.mail" that names those that are due      (the transaction of what happened)
 *	notify.mail: the mails, in each member's language, to mail_out              (the listener's transaction, in the relay)
 *
 * Whoever is not active, or has no address, gets none: an address is proved before its member is active. What becomes of a notice's mail stands in
 * its row (notification.mail), and a mail is named after its notice, so that there is never a second one.
 *
 * Words: mail.notice.*   Tests: tests/unit/test_notify_mail.c
 */
#ifndef NOTIFY_MAIL_H
#define NOTIFY_MAIL_H

#include "core/ctx.h"
#include "data/outbox.h"

struct notice_key {
	int64_t member_id, seq;
};

/* Is this important enough? */
bool notify_is_mailed(str type);

/* Writes the events by which the mails of these notices are written later. Call within the transaction that writes their rows. */
void notify_mail_later(struct ctx *, const struct notice_key *, size_t n);

extern const struct listener notify_listeners[];

#endif
