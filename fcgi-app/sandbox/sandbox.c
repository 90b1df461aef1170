#include "sandbox/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "outside/http.h"
#include "sandbox/letter.h"
#include "sandbox/mailbox.h"
#include "web/request.h"

/* ---- shapes ---- */

struct checkout {
	str order_id;
	money amount;
	int fault;
	str payment_key;
};

static const char *const faults[] = { "none", "late", "lost", "twice", "refuse", "error", "wrong_amount", "webhook_first",
	NULL };

static const struct shape checkout_shape = SHAPE("SandboxCheckout", struct checkout,
	F(order_id, .write_only = true, .pattern = "^[A-Za-z0-9_=-]{6,64}$"),
	F(amount, .write_only = true, .min = 1, .max = 10000000000),
	F(fault, .write_only = true, .optional = true, .words = faults,
		.about = "How the simulator treats this payment's confirm."));

static const struct shape paid_window_shape = SHAPE("SandboxPaymentKey", struct checkout,
	F(payment_key, .read_only = true));

struct mails {
	str to;
	list data;
};

const struct shape sandbox_mail_shape = SHAPE("SandboxMail", struct sandbox_mail, F(to), F(subject), F(text), F(at));

static const struct shape mails_shape = SHAPE("SandboxMails", struct mails,
	F(to, .write_only = true, .min = 3, .max = 320),
	F(data, .of = &sandbox_mail_shape, .read_only = true));

/* ---- mails ---- */

enum { MAILS_MAX = 1000, MAIL_BYTES_MAX = 11 << 20 };

struct names {
	char (*name)[64];
	size_t n, room;
};

static void free_names(void *p)
{
	struct names *all = p;

	free(all->name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All names of mails in the folder, sorted; names sort by time. */
static struct names *list_folder(struct ctx *c, const char *folder)
{
	struct names *all = arena_new_of(c->arena, struct names);
	DIR *d = opendir(folder);
	struct dirent *e;

	arena_defer(c->arena, free_names, all);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' || !str_ends(str_of(e->d_name), S(".eml")) ||
		    strlen(e->d_name) >= sizeof(all->name[0]))
			continue;
		if (all->n == all->room) {
			all->room = all->room ? all->room * 2 : 64;
			all->name = realloc(all->name, all->room * sizeof(all->name[0]));
			if (!all->name)
				abort();
		}
		strcpy(all->name[all->n++], e->d_name);
	}
	if (d)
		closedir(d);
	if (all->n > 1)
		qsort(all->name, all->n, sizeof(all->name[0]), by_name);
	return all;
}

static str read_file(struct ctx *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	str s = { NULL, 0 };
	struct stat st;
	char *p;

	if (fd < 0)
		return s;
	if (fstat(fd, &st) == 0 && st.st_size <= MAIL_BYTES_MAX) {
		p = arena_text(c->arena, (size_t)st.st_size + 1);
		for (ssize_t n = 1; n > 0 && s.n < (size_t)st.st_size; s.n += n > 0 ? (size_t)n : 0)
			n = read(fd, p + s.n, (size_t)st.st_size - s.n);
		s.p = p;
	}
	close(fd);
	return s;
}

static bool seen_before(const str *ids, size_t n, str id)
{
	for (size_t i = 0; id.n && i < n; i++)
		if (str_eq(ids[i], id))
			return true;
	return false;
}

list sandbox_mails(struct ctx *c, str to)
{
	char folder[MAIL_FOLDER_NAME];
	struct sandbox_mail *mails;
	struct names *all;
	size_t first, n = 0;
	str dir, *ids;

	mail_folder(to.p, to.n, folder);
	dir = str_fmt(c->arena, "%s/%s%c", c->config->mail_dir, folder, 0);
	all = list_folder(c, dir.p);
	first = all->n > MAILS_MAX ? all->n - MAILS_MAX : 0;
	mails = arena_array(c->arena, struct sandbox_mail, all->n - first);
	ids = arena_array(c->arena, str, all->n - first);
	for (size_t i = first; i < all->n; i++) {
		str raw = read_file(c, str_fmt(c->arena, "%s/%s%c", dir.p, all->name[i], 0).p);
		struct letter l;

		if (!letter_was_delivered_to(raw, to))
			continue;
		letter_read(c, raw, &l);
		if (seen_before(ids, n, l.message_id))
			continue;
		ids[n] = l.message_id;
		mails[n++] = (struct sandbox_mail){ to, l.subject, l.text, { strtoll(all->name[i], NULL, 10) } };
	}
	return (list){ mails, n };
}

/* ---- handlers ---- */

static outcome list_mails(struct request *rq)
{
	struct mails *m = rq->in;

	if (!rq->ctx->config->sandbox)
		return &not_found;
	m->data = sandbox_mails(rq->ctx, m->to);
	return reply(rq, m);
}

static struct http_answer ask_window(struct ctx *c, const struct checkout *in)
{
	str secret = str_fmt(c->arena, "%s:", c->config->gateway_secret);
	struct http_pair headers[] = {
		{ "Authorization", str_join(c->arena, S("Basic "), str_base64(c->arena, secret.p, secret.n)) },
		{ "Content-Type", S("application/json") },
		{ NULL, S("") },
	};
	struct http_call call = {
		.method = "POST",
		.url = str_fmt(c->arena, "%s/window/checkout", c->config->gateway_url),
		.headers = headers,
		.body = str_fmt(c->arena, "{\"order_id\":\"%.*s\",\"amount\":%lld,\"fault\":\"%s\"}", STR(in->order_id),
			(long long)in->amount.won, in->fault ? faults[in->fault] : ""),
	};

	return http_send(c, &call);
}

static outcome checkout(struct request *rq)
{
	struct checkout *in = rq->in;
	struct http_answer a;
	const struct json *b;

	if (!rq->ctx->config->sandbox)
		return &not_found;
	a = ask_window(rq->ctx, in);
	b = a.status == 201 ? json_parse(rq->ctx, a.body) : NULL;
	if (!b) {
		log_line(rq->ctx, LOG_ERROR, "the gateway's window does not open",
			"error", a.error ? str_of(a.error) : a.body);
		return &unavailable;
	}
	in->payment_key = json_str(b, "payment_key");
	return reply(rq, in);
}

const struct route sandbox_routes[] = {
	{ POST, "/sandbox/pg/checkout", ANYONE, checkout, &checkout_shape, &paid_window_shape, .status = 201,
		.pool = POOL_EDGE, .no_csrf = true, .about = "What the payment window would have handed to the client." },
	{ GET, "/sandbox/mail", ANYONE, list_mails, &mails_shape, &mails_shape,
		.about = "The mails that were sent to an address, the oldest first." },
	{ 0 },
};
