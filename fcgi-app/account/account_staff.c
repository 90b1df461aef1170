/* account/account_staff.c -- what the staff do with members. */
#include "account/account.h"
#include "data/db.h"

SQL(insert_at_desk, "INSERT INTO member (name, phone, status, created_at) VALUES (?, ?, 'active', ?)");

int64_t account_at_desk(struct ctx *c, str name, str phone)
{
	return db_insert(c, &insert_at_desk, arg(name), arg(account_digits(c, phone)), arg(c->now));
}
