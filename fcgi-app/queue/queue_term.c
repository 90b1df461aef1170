/* queue/queue_term.c -- how many courses of a term one member may have or wait for. */
#include "data/cache.h"
#include "data/db.h"
#include "queue/queue_private.h"

struct limit {
	opt_int term_id;
	int64_t per_member_limit;
};
static const struct shape limit_shape = SHAPE("TermLimit", struct limit, F(term_id), F(per_member_limit));

SQL(select_limit, "SELECT term_id, per_member_limit FROM course_seat WHERE course_id = ?");
SQL(lock_member, "INSERT INTO term_member (term_id, member_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE member_id = VALUES(member_id)");
SQL(count_living,
	"SELECT COUNT(*) FROM ticket t JOIN course_seat s ON s.course_id = t.course_id WHERE t.member_id = ? AND t.live = 1 AND s.term_id = ?");
SQL(set_limit, "UPDATE course_seat SET per_member_limit = ? WHERE term_id = ?");

outcome queue_term_room(struct ctx *c, int64_t course_id, int64_t member_id, int64_t leaves_course)
{
	struct limit l = { 0 }, left = { 0 };
	int64_t has;

	if (!db_one(c, &select_limit, &limit_shape, &l, arg(course_id)) || l.per_member_limit == 0 || !l.term_id.set)
		return OK;
	db_run(c, &lock_member, arg(l.term_id), arg(member_id));
	has = db_int(c, &count_living, 0, arg(member_id), arg(l.term_id));
	if (leaves_course && db_one(c, &select_limit, &limit_shape, &left, arg(leaves_course)) && left.term_id.set && left.term_id.v == l.term_id.v)
		has--;
	return has < l.per_member_limit ? OK : &term_limit_reached;
}

static void catalogue_changed(struct ctx *c, void *p)
{
	(void)p;
	generation_bump(c, GEN_CATALOGUE);
}

void queue_term_set(struct ctx *c, int64_t term_id, int64_t per_member_limit)
{
	db_run(c, &set_limit, arg(per_member_limit), arg(term_id));
	tx_after_commit(c, catalogue_changed, NULL, 0);
}
