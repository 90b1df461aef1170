/* The unit tests are linked with --wrap=gateway_find, so that the rules find this gateway too, and nothing of it is in the program. */
#include "fake_gateway.h"

#include <stdio.h>
#include <string.h>

#include "data/db.h"
#include "unit.h"

const struct gateway *__real_gateway_find(str name);
const struct gateway *__wrap_gateway_find(str name);

struct fake_gateway fake;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

struct gateway_result fake_says(enum gateway_outcome o, int64_t amount)
{
	struct gateway_result r = { .outcome = o, .approved = { amount } };

	r.state = o == GATEWAY_APPROVED ? GATEWAY_PAID : o == GATEWAY_REFUSED ? GATEWAY_DEAD : GATEWAY_STATE_NONE;
	r.code = o == GATEWAY_REFUSED ? S("REJECT_CARD_COMPANY") : (str){ NULL, 0 };
	return r;
}

static struct gateway_result confirm(struct ctx *c, const struct gateway_confirm *ask)
{
	assert_false(db_in_tx(c));            /* no lock is held while the gateway is asked */
	fake.confirms++;
	if (fake.shared_confirms)
		__atomic_fetch_add(fake.shared_confirms, 1, __ATOMIC_SEQ_CST);
	snprintf(fake.key, sizeof(fake.key), "%.*s", STR(ask->key));
	if (fake.dies)
		fault(c, "the worker dies");
	return fake.confirm;
}

static struct gateway_result query(struct ctx *c, str payment_key)
{
	(void)payment_key;
	assert_false(db_in_tx(c));
	fake.queries++;
	return fake.query;
}

static struct gateway_result cancel(struct ctx *c, const struct gateway_cancel *ask)
{
	assert_false(db_in_tx(c));
	fake.asked = *ask;
	snprintf(fake.cancel_key, sizeof(fake.cancel_key), "%.*s", STR(ask->key));
	fake.cancels++;
	return fake.cancel;
}

static const struct gateway gateway_fake = { .name = "fake", .confirm = confirm, .query = query, .cancel = cancel };

const struct gateway *__wrap_gateway_find(str name)
{
	return str_eq(name, S("fake")) ? &gateway_fake : __real_gateway_find(name);
}
