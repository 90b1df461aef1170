#include "policy/policy.h"

#include "data/db.h"

SQL(select_current, "SELECT MAX(id) AS id FROM refund_policy");

int64_t policy_current(struct ctx *c)
{
	return db_int(c, &select_current, 0);
}
