/* account/account_pages.h -- logging in to the console, and the page behind the mailed link. */
#ifndef ACCOUNT_PAGES_H
#define ACCOUNT_PAGES_H

#include "web/request.h"

handler account_page_login, account_page_log_in, account_page_log_out, account_page_verify, account_page_do_verify;
extern const struct shape account_login_in_shape, account_login_form_shape, account_login_page_shape, account_verify_in_shape,
	account_verify_page_shape;

#define ACCOUNT_PAGE_ROUTES \
	{ GET, "/admin/login", ANYONE, account_page_login, &account_login_in_shape, &account_login_page_shape, .page = "account/login.html" }, \
	{ POST, "/admin/login", ANYONE, account_page_log_in, &account_login_form_shape, &account_login_page_shape, \
	  .page = "account/login.html", .again = account_page_login, .no_csrf = true, .rate = RATE_LOGIN }, \
	{ POST, "/admin/logout", MEMBER, account_page_log_out, NULL, NULL, .status = 303 }, \
	{ GET, "/verify", ANYONE, account_page_verify, &account_verify_in_shape, &account_verify_page_shape, .page = "account/verify.html" }, \
	{ POST, "/verify", ANYONE, account_page_do_verify, &account_verify_in_shape, &account_verify_page_shape, \
	  .page = "account/verify.html", .again = account_page_verify, .no_csrf = true },

#endif
