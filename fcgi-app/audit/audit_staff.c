/* audit/audit_staff.c -- the staff's log and its chain. */
#include "audit/audit.h"
#include "staff_log/staff_log.h"

/* Sealing looks each second; a minute is for a relay that is started again. */
SQL_SCAN(staff_log_sealed,
	"SELECT CONCAT('line ', l.id, ' (', l.action, ') of ', l.at, ' has no seal') AS what "
	"FROM staff_log l "
	"LEFT JOIN staff_log_seal s ON s.log_id = l.id "
	"WHERE s.n IS NULL AND l.at < @audit_now - INTERVAL 60 SECOND LIMIT 200");

static list staff_log_chain(struct ctx *c)
{
	struct audit_row *row = arena_new_of(c->arena, struct audit_row);
	struct staff_log_head head;
	int64_t broken = staff_log_verify(c, &head);

	if (!broken)
		return (list){ NULL, 0 };
	row->what = str_fmt(c->arena, "seal %lld does not hold: its line, or a seal before it, was changed or taken out; good up to %lld, head %.*s",
			    (long long)broken, (long long)head.n, STR(head.hash));
	return (list){ row, 1 };
}

const struct invariant audit_staff[] = {
	MUST_CALL(staff_log_chain, "no line of the staff's log was changed or taken out since it was sealed"),
	MUST(staff_log_sealed, "a line of the staff's log is sealed within a minute"),
	{ 0 }
};
