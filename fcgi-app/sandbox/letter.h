/* sandbox/letter.h -- a mail as it lies in the mailbox, taken apart: enough of RFC 5322, 2045 and 2047 for what is sent. */
#ifndef SANDBOX_LETTER_H
#define SANDBOX_LETTER_H

#include "core/ctx.h"

struct letter {
	str subject;               /* decoded */
	str text;                  /* the plain text, decoded, with LF at line ends; of several parts the first plain one */
	str message_id;            /* as it stands, with < >; empty if there is none */
};

void letter_read(struct ctx *, str raw, struct letter *);

/* Is there a header Delivered-To with this address (letters' case does not matter)? */
bool letter_was_delivered_to(str raw, str address);

#endif
