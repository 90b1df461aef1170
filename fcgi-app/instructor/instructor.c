#include "instructor/instructor.h"

#include "account/account.h"
#include "data/db.h"
#include "data/outbox.h"
#include "staff_log/staff_log.h"
#include "web/lists.h"
#include "web/route.h"

const struct failure instructor_unknown_ref = { 422, "instructor_unknown" };
const struct failure instructor_unknown = { 404, "instructor_unknown" };
const struct failure instructor_exists_already = { 409, "instructor_exists_already" };
const struct failure instructor_teaches = { 409, "instructor_teaches" };
const struct failure instructor_no_member = { 422, "instructor_no_member" };

const struct shape instructor_shape = SHAPE("Instructor", struct instructor,
	F(id), F(member_id), F(name), F(bio, .multiline = true), F(active), F(version));

enum { TAUGHT_SHOWN = 5 };

#define INSTRUCTOR_COLUMNS "i.id, i.member_id, i.name, i.bio, i.active, i.version"

SQL(select_active, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE i.id > ? AND i.active ORDER BY i.id LIMIT ?");
SQL(select_exists, "SELECT COUNT(*) FROM instructor WHERE id = ? AND active");
SQL(select_one, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE i.id = ?");
SQL(select_locked, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE i.id = ? FOR UPDATE");
SQL(lock_of_member, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE i.member_id = ? FOR UPDATE");
SQL(select_of_member, "SELECT id FROM instructor WHERE member_id = ? AND active");
SQL(lock_active, "SELECT active FROM instructor WHERE id = ? FOR UPDATE");
SQL(select_person, "SELECT id, name FROM member_contact WHERE id = ? AND status = 'active'");
SQL(insert_instructor, "INSERT INTO instructor (member_id, name, bio, created_at) VALUES (?, ?, ?, ?)");
SQL(update_instructor, "UPDATE instructor SET name = ?, bio = ?, active = ?, version = version + 1 WHERE id = ?");
SQL(retire, "UPDATE instructor SET bio = '', active = FALSE, version = version + 1 WHERE id = ?");
SQL(select_taught,
	"SELECT id, title FROM course_brief WHERE instructor_id = ? AND status IN ('draft', 'open', 'closed') ORDER BY id LIMIT 6");

list instructor_active(struct ctx *c, int64_t after_id, int64_t limit)
{
	return db_all(c, &select_active, &instructor_shape, arg(after_id), arg(limit));
}

list instructor_options(struct ctx *c, int64_t chosen)
{
	list all = instructor_active(c, 0, 500);
	const struct instructor *k = all.p;
	struct id_option *o = arena_array(c->arena, struct id_option, all.n + 2);
	struct instructor gone = { 0 };
	bool found = chosen == 0;

	for (size_t i = 0; i < all.n; i++) {
		o[i] = (struct id_option){ k[i].id, k[i].name };
		found |= k[i].id == chosen;
	}
	if (!found && instructor_find(c, chosen, &gone))         /* teaches no longer, but this is theirs */
		o[all.n++] = (struct id_option){ gone.id, gone.name };
	return (list){ o, all.n };
}

bool instructor_exists(struct ctx *c, int64_t id)
{
	return db_int(c, &select_exists, 0, arg(id)) > 0;
}

int64_t instructor_of_member(struct ctx *c, int64_t member_id)
{
	return db_int(c, &select_of_member, 0, arg(member_id));
}

bool instructor_lock(struct ctx *c, int64_t id)
{
	return db_int(c, &lock_active, 0, arg(id)) != 0;
}

bool instructor_find(struct ctx *c, int64_t id, struct instructor *k)
{
	return db_one(c, &select_one, &instructor_shape, k, arg(id));
}

static const struct sort_key by_id[] = { { "i.id", .descending = false } };

static void filter(struct ctx *c, struct query *q, const struct instructor_filter *f)
{
	query_add(q, f->which == INSTRUCTOR_ALL ? "TRUE" : f->which == INSTRUCTOR_ACTIVE ? "i.active" : "NOT i.active");
	if (f->q.set && str_trim(f->q.v).n)
		query_add(q, " AND i.name LIKE ? ESCAPE '!'", arg(db_beginning(c, str_trim(f->q.v))));
	query_keyset(q, &f->from, by_id, 1, f->limit);
}

list instructor_list(struct ctx *c, const struct instructor_filter *f)
{
	struct query q = query_from(c, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE ");

	filter(c, &q, f);
	return query_all(c, &q, &instructor_shape);
}

list instructor_rows(struct ctx *c, const struct instructor_filter *f)
{
	struct query q = query_from(c, "SELECT i.id, i.member_id, i.name, i.active, (SELECT COUNT(*) FROM course_brief k "
		"WHERE k.instructor_id = i.id AND k.status IN ('draft', 'open', 'closed')) AS courses, (SELECT COUNT(*) FROM change_brief r "
		"WHERE r.instructor_id = i.id AND r.state = 'submitted') AS requests FROM instructor i WHERE ");

	filter(c, &q, f);
	return query_all(c, &q, &instructor_row_shape);
}

struct making {
	const struct instructor_making *in;
	struct instructor *made;
};

static outcome make(struct ctx *c, void *p)
{
	const struct making *v = p;
	const struct instructor_making *in = v->in;
	struct id_name member = { 0 };
	int64_t id;
	outcome o;

	if (!db_one(c, &select_person, &id_name_shape, &member, arg(in->member_id)))
		return fail(c, &instructor_no_member, "member_id", "instructor_no_member", (str){ NULL, 0 });
	id = db_insert(c, &insert_instructor, arg(in->member_id), arg(in->name.set && in->name.v.n ? in->name.v : member.name),
		       arg(in->bio.set ? in->bio.v : S("")), arg(c->now));
	if (!id)
		return fail(c, &instructor_exists_already, "member_id", "instructor_exists_already", (str){ NULL, 0 });
	if ((o = account_set_role(c, in->member_id, ROLE_INSTRUCTOR, true)) != OK)
		return o;
	if (!instructor_find(c, id, v->made))
		fault(c, "the instructor who was made is not there");
	staff_log_add(c, "instructor.create", "instructor", id, &instructor_shape, NULL, v->made, (str){ NULL, 0 });
	return OK;
}

outcome instructor_make(struct ctx *c, const struct instructor_making *in, struct instructor *made)
{
	struct making v = { in, made };

	return db_tx(c, make, &v);
}

/* "C-7 가야금 산조 입문, C-12 …": the first few of what keeps somebody teaching. */
static str taught_by(struct ctx *c, int64_t id)
{
	list l = db_all(c, &select_taught, &id_title_shape, arg(id));
	const struct id_title *k = l.p;
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < l.n && i < TAUGHT_SHOWN; i++)
		buf_fmt(&b, "%sC-%lld %.*s", i ? ", " : "", (long long)k[i].id, STR(k[i].title));
	if (l.n > TAUGHT_SHOWN)
		buf_lit(&b, " …");
	return buf_text(&b);
}

static outcome set_active(struct ctx *c, struct instructor *k, bool active)
{
	str taught;

	if (k->active == active)
		return OK;
	if (!active && (taught = taught_by(c, k->id)).n)
		return fail(c, &instructor_teaches, "active", "teaches", taught);
	k->active = active;
	return account_set_role(c, k->member_id, ROLE_INSTRUCTOR, active);
}

struct editing {
	const struct instructor_patch *patch;
	struct instructor *now;
};

static outcome edit(struct ctx *c, void *p)
{
	const struct editing *v = p;
	const struct instructor_patch *to = v->patch;
	struct instructor before = { 0 }, k;
	outcome o;

	if (!db_one(c, &select_locked, &instructor_shape, &before, arg(to->id)))
		return &instructor_unknown;
	if (to->version.set && to->version.v != before.version)
		return &version_stale;
	k = before;
	if (to->name.set)
		k.name = to->name.v;
	if (to->bio.set)
		k.bio = to->bio.v;
	if (to->active.set && (o = set_active(c, &k, to->active.v)) != OK)
		return o;
	if (str_eq(k.name, before.name) && str_eq(k.bio, before.bio) && k.active == before.active) {
		*v->now = before;
		return OK;
	}
	db_run(c, &update_instructor, arg(k.name), arg(k.bio), arg(k.active), arg(k.id));
	instructor_find(c, k.id, v->now);
	if (!str_eq(before.name, k.name))      /* courses are found by it */
		outbox_add(c, LANE_WORK, str_fmt(c->arena, "i.%lld", (long long)k.id), S("instructor.changed"),
			   str_fmt(c->arena, "{\"instructor_id\":%lld}", (long long)k.id));
	staff_log_add(c, "instructor.edit", "instructor", k.id, &instructor_shape, &before, v->now, (str){ NULL, 0 });
	return OK;
}

outcome instructor_edit(struct ctx *c, const struct instructor_patch *patch, struct instructor *now)
{
	struct editing v = { patch, now };

	return db_tx(c, edit, &v);
}

outcome instructor_withdraw(struct ctx *c, int64_t member_id)
{
	struct instructor k = { 0 };
	str taught;

	if (!db_one(c, &lock_of_member, &instructor_shape, &k, arg(member_id)))
		return OK;
	if (k.active && (taught = taught_by(c, k.id)).n)
		return fail(c, &instructor_teaches, "", "teaches", taught);
	db_run(c, &retire, arg(k.id));
	return OK;
}
