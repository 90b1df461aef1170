/* relay/nchan.h -- publishes to nchan's nginx over its unix socket: many messages in one write, their answers read behind
 * (HTTP/1.1 pipelining, RFC 9112 section 9.3.2).
 *
 * This is our own code and not curl because of what it saves: with a request at a time, two processes wake each other for
 * every message, and on two cores that costs more than everything else in a publication (docs/measurements.md).
 */
#ifndef RELAY_NCHAN_H
#define RELAY_NCHAN_H

#include "core/ctx.h"

struct nchan_message {
	str channel;           /* letters, digits, . _ - */
	str event;             /* EventSource's event name */
	str text;              /* its data */
	bool end;              /* instead: the channel, and the connection of whoever listens */
};

/* A connection of one thread; made when it is needed, and again after it broke. */
struct nchan {
	int fd;
};

static inline struct nchan nchan_new(void)
{
	return (struct nchan){ -1 };
}

/* How many of the messages, from the first on, nchan took, in this order. One that is too large for ever counts as taken
 * (it is logged, and its reader gets it by replay). Never a fault. */
size_t nchan_publish(struct ctx *, struct nchan *, const struct nchan_message *, size_t n);
void nchan_close(struct nchan *);

#endif
