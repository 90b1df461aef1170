/* member/member_routes.h -- what the JSON routes and the pages of members share. */
#ifndef MEMBER_ROUTES_H
#define MEMBER_ROUTES_H

#include "member/member.h"
#include "web/lists.h"
#include "web/request.h"

struct member_filter_in {
	opt_str q;
	int status, role;
	opt_str cursor;
	int64_t limit;
};
extern const struct shape member_filter_shape;
void member_list_page(struct request *, struct list_out *);

struct member_look_in {
	int64_t id;
	opt_str purpose;
};
extern const struct shape member_page_in_shape;
/* What a look was for, if nobody says: "consultation", in Korean, as the log is read by auditors. */
str member_purpose(opt_str said);

struct member_act_in {
	int64_t id;
	opt_str reason, purpose, roles_reason;
	list roles;                        /* of member_role */
};
/* One of the roles that are given by hand. */
struct member_role {
	int value;                         /* member_given_roles */
};
extern const struct shape member_role_shape;
int64_t member_role_bits(list roles);
extern const struct shape member_act_in_shape, member_list_page_shape, member_show_page_shape;
handler member_page_list, member_page_show, member_page_suspend, member_page_restore, member_page_phone, member_page_roles;

#define MEMBER_PAGE_ROUTES \
	{ GET, "/admin/members", ANY_STAFF, member_page_list, &member_filter_shape, &member_list_page_shape, .page = "member/list.html" }, \
	{ GET, "/admin/members/{id}", ANY_STAFF, member_page_show, &member_page_in_shape, &member_show_page_shape, \
	  .page = "member/show.html", .fails = FAILS(&account_unknown) }, \
	{ POST, "/admin/members/{id}/suspend", STAFF, member_page_suspend, &member_act_in_shape, &member_show_page_shape, .once = ONCE_TX, \
	  .page = "member/show.html", .again = member_page_show, \
	  .fails = FAILS(&account_unknown, &account_state_refused, &account_last_admin) }, \
	{ POST, "/admin/members/{id}/restore", STAFF, member_page_restore, &member_act_in_shape, &member_show_page_shape, .once = ONCE_TX, \
	  .page = "member/show.html", .again = member_page_show, .fails = FAILS(&account_unknown, &account_state_refused) }, \
	{ POST, "/admin/members/{id}/roles", ADMIN, member_page_roles, &member_act_in_shape, &member_show_page_shape, .once = ONCE_TX, \
	  .page = "member/show.html", .again = member_page_show, \
	  .fails = FAILS(&account_unknown, &account_state_refused, &account_last_admin) }, \
	{ POST, "/admin/members/{id}/phone", ANY_STAFF, member_page_phone, &member_act_in_shape, &member_show_page_shape, \
	  .page = "member/show.html", .again = member_page_show, .fails = FAILS(&account_unknown) },

#endif
