/* policy/policy_pages.h -- the pages of policy_pages.c, and the input that they share with the JSON routes. */
#ifndef POLICY_PAGES_H
#define POLICY_PAGES_H

#include "policy/policy.h"
#include "web/request.h"

handler policy_page_list, policy_page_new, policy_page_check, policy_page_create;
extern const struct shape policy_page_list_shape, policy_page_form_shape;

#define POLICY_PAGE_ROUTES \
	{ GET, "/admin/refund-policies", ANY_STAFF, policy_page_list, NULL, &policy_page_list_shape, .page = "policy/list.html" }, \
	{ GET, "/admin/refund-policies/new", STAFF, policy_page_new, NULL, &policy_page_form_shape, .page = "policy/new.html" }, \
	{ POST, "/admin/refund-policies/check", STAFF, policy_page_check, &policy_input_shape, &policy_page_form_shape, .page = "policy/new.html", \
	  .again = policy_page_new, .fails = FAILS(&steps_out_of_order) }, \
	{ POST, "/admin/refund-policies", STAFF, policy_page_create, &policy_input_shape, &policy_page_form_shape, .page = "policy/new.html", \
	  .again = policy_page_new, .once = ONCE_TX, .fails = FAILS(&steps_out_of_order) },

#endif
