/* outside/mail.h -- one mail, by SMTP, to config.smtp_url (NO-5).
 *
 * The caller gives the Message-ID, and gives the same one whenever it sends the same mail again: after an answer that was
 * lost in the middle nobody can know whether the mail went out, and readers show two of the same Message-ID once.
 * All text is UTF-8. No value can add a header or a recipient: addresses with anything in them that is not plain are
 * refused, other texts are encoded.
 */
#ifndef OUTSIDE_MAIL_H
#define OUTSIDE_MAIL_H

#include "core/ctx.h"

struct mail {
	str to;                    /* one bare address */
	str to_name;               /* may be empty */
	str subject;
	str text;
	str html;                  /* the same as a page; may be empty */
	str message_id;            /* without < >: "n.17.204@madang.example"; letters, digits and .-_+=@ */
	when at;                   /* the Date header: when it was written, not when it is sent */
};

enum mail_outcome {
	MAIL_TRY_AGAIN = 0,        /* the server is away, says 4xx, or its answer was lost */
	MAIL_SENT,
	MAIL_REFUSED,              /* for ever: a bad address, or the server says 5xx */
};

/* Sends it; *why is the reason if it was not sent (may be NULL). Calling it inside a transaction is a bug (fault). */
enum mail_outcome mail_send(struct ctx *, const struct mail *, str *why);

/* The whole message with CR LF, as it is sent. false: an address or the Message-ID is not acceptable. */
bool mail_format(struct ctx *, const struct mail *, str *message);

/* An address that may stand in a header and in an SMTP command. */
bool mail_address_ok(str);

#endif
