/* fake_gateway.h -- a gateway that answers what the test says, for orders whose gateway is called "fake". */
#ifndef UNIT_FAKE_GATEWAY_H
#define UNIT_FAKE_GATEWAY_H

#include "outside/gateway.h"

struct fake_gateway {
	struct gateway_result confirm, query, cancel;      /* what it answers */
	int confirms, queries, cancels;                    /* how often it was asked */
	struct gateway_cancel asked;                       /* the last cancel */
	char cancel_key[100];
	char key[100];                                     /* idempotency key of the last confirm */
	bool dies;                                         /* the worker that asks dies before it hears the answer */
	int *shared_confirms;                              /* counts also in forked processes, if it is set */
};
extern struct fake_gateway fake;

/* Makes it forget; it approves nothing from then on. */
void fake_reset(void);
struct gateway_result fake_says(enum gateway_outcome, int64_t won);

#endif
