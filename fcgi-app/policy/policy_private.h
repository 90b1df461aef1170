/* policy/policy_private.h -- between the files of this module. */
#ifndef POLICY_PRIVATE_H
#define POLICY_PRIVATE_H

#include "policy/policy.h"

/* The calculation itself, with the centre's steps at hand. */
void policy_quote_steps(struct ctx *, const list *steps, money price, money left, const struct policy_session *, size_t n,
			bool centre_fault, when at, struct quote *);

#endif
