#include "account/account_pages.h"

#include "account/account.h"
#include "web/form.h"
#include "web/held.h"
#include "web/read.h"

struct login_query {
	opt_str next;
};
const struct shape account_login_in_shape = SHAPE("LoginQuery", struct login_query, F(next, .max = 500));

struct login_form {
	str email, password, next;
};
const struct shape account_login_form_shape = SHAPE("LoginForm", struct login_form,
	F(email, .min = 1, .max = 254), F(password, .min = 1, .max = 128, .secret = true, .format = "password"),
	F(next, .optional = true, .max = 500));

struct login_page {
	str next;
	bool sends;              /* there is a session, and a form that waits for a button */
	struct held held;
};
const struct shape account_login_page_shape = SHAPE("LoginPage", struct login_page, F(next), F(sends), F(held, .of = &held_shape));

/* The front door knows who goes where, so that an instructor who came by the console's address is not shown out. */
static str safe_next(str next)
{
	return is_own_path(next) && !str_eq(next, S("/admin/")) ? next : S("/");
}

outcome account_page_login(struct request *rq)
{
	struct login_page p = { .next = S("/") };
	const struct held *held = rq->held || rq->method == GET ? rq->held : held_carried(rq);
	str next;

	if (rq->held)
		p.next = safe_next(rq->held->to);
	else if (rq->method == GET && ((struct login_query *)rq->in)->next.set)
		p.next = safe_next(((struct login_query *)rq->in)->next.v);
	else if (rq->method == POST && form_value(rq->ctx, rq->body, S("next"), &next))
		p.next = safe_next(next);
	if (held)
		p.held = *held;
	p.sends = p.held.kept && rq->ctx->who.id && !rq->ctx->errors;
	return reply(rq, &p);
}

/* A form that came without a session is shown to who logged in, and waits for their button: they may be somebody else. */
static outcome go_on(struct request *rq, str access_token, str next)
{
	const struct held *held = held_carried(rq);
	outcome o = session_enter(rq, access_token);

	if (o != OK)
		return o;
	return held && held->kept ? account_page_login(rq) : reply_see_other(rq, safe_next(next));
}

outcome account_page_log_in(struct request *rq)
{
	struct login_form *in = rq->in;
	struct session_tokens t;
	outcome o;

	o = account_log_in(rq->ctx, in->email, in->password, S("console"), request_header(rq, "HTTP_USER_AGENT"), &t);
	if (o == &login_wrong)
		limit_failed(rq);
	return o == OK ? go_on(rq, t.access_token, in->next) : o;
}

outcome account_page_log_out(struct request *rq)
{
	session_end(rq->ctx, rq->ctx->who.session_id);
	reply_header(rq, S("Clear-Site-Data"), S("\"cache\""));        /* pages that were kept for the way back */
	session_clear_cookie(rq);
	return reply_see_other(rq, S("/admin/login"));
}

struct verify_in {
	str token;
};
const struct shape account_verify_in_shape = SHAPE("VerifyQuery", struct verify_in, F(token, .min = 1, .max = 200));

struct verify_page {
	str token;
	bool done;
};
const struct shape account_verify_page_shape = SHAPE("VerifyPage", struct verify_page, F(token), F(done));

/* Opening the link changes nothing, because mail scanners open links; the button does. */
outcome account_page_verify(struct request *rq)
{
	struct verify_page p = { ((struct verify_in *)rq->in)->token, false };

	return reply(rq, &p);
}

outcome account_page_do_verify(struct request *rq)
{
	struct verify_page p = { ((struct verify_in *)rq->in)->token, true };
	int64_t id;
	outcome o = account_verify(rq->ctx, p.token, &id);

	return o == OK ? reply(rq, &p) : o;
}
