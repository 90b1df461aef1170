/* user.c -- `madang user`: accounts of the staff from the command line, for an installation that has no administrator yet, or whose only
 * one has lost the password. Whoever may run it may read the database anyway; what it does is on the staff's log as done by the system. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "core/config.h"
#include "core/i18n.h"
#include "data/cache.h"
#include "data/db.h"
#include "member/member.h"
#include "prepare.h"
#include "web/crypto.h"
#include "web/problem.h"

enum { MADE_PASSWORD = 24, REFUSED = 1, USAGE = 2 };

static int usage(void)
{
	fprintf(stderr,
		"usage: madang user add EMAIL --name NAME --role ROLE[,ROLE] [--password-stdin]\n"
		"       madang user role EMAIL +ROLE -ROLE ...\n"
		"       madang user password EMAIL [--password-stdin]\n"
		"\n"
		"ROLE is creator, operator, finance or admin. Without --password-stdin a password is made and printed, once.\n");
	return USAGE;
}

/* As account_routes.c has them for signing up. */
struct user_in {
	str email, name, password;
};
static const struct shape user_in_shape = SHAPE("User", struct user_in,
	F(email, .format = "email", .max = 254), F(name, .min = 1, .max = 60), F(password, .min = 8, .max = 128, .secret = true));

/* ---- what was said ---- */

struct said {
	struct ctx *c;
	int argc;
	char **argv;
};

static bool has(const struct said *s, const char *word)
{
	for (int i = 0; i < s->argc; i++)
		if (strcmp(s->argv[i], word) == 0)
			return true;
	return false;
}

static str option(const struct said *s, const char *word)
{
	for (int i = 0; i + 1 < s->argc; i++)
		if (strcmp(s->argv[i], word) == 0)
			return str_of(s->argv[i + 1]);
	return (str){ NULL, 0 };
}

/* 0: there is no such role to be given. */
static int64_t role_of(str word)
{
	for (int i = 0; role_names[i]; i++)
		if (str_eq(word, str_of(role_names[i])))
			return ACCOUNT_GIVEN_ROLES & ((int64_t)1 << i);
	return 0;
}

static bool take_role(str word, int64_t *roles)
{
	int64_t role = role_of(word);

	if (!role)
		fprintf(stderr, "madang user: there is no role '%.*s' to be given\n", STR(word));
	*roles |= role;
	return role != 0;
}

static bool read_member(const struct said *s, struct user_in *in, const char *member, str text)
{
	return shape_from_text(s->c, shape_field(&user_in_shape, str_of(member)), in, text, str_of(member));
}

/* *made: nobody but us knows it yet. */
static bool read_password(const struct said *s, struct user_in *in, bool *made)
{
	char line[600];

	*made = !has(s, "--password-stdin");
	if (*made) {
		in->password = (str){ crypto_token(s->c).p, MADE_PASSWORD };
		return true;
	}
	if (!fgets(line, sizeof(line), stdin))
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return read_member(s, in, "password", str_dup(s->c->arena, str_of(line)));
}

/* ---- what became of it ---- */

static int tell(struct ctx *c, outcome o)
{
	if (!c->errors)
		fprintf(stderr, "madang user: %.*s\n", STR(i18n_text(c, str_z(c->arena, str_fmt(c->arena, "problem.%s", o->code)), NULL, 0)));
	for (const struct field_error *e = c->errors; e; e = e->next)
		fprintf(stderr, "madang user: %.*s: %s: %.*s\n", STR(e->field), e->code, STR(problem_field_message(c, e)));
	return REFUSED;
}

static int done(int64_t id, const char *what, const struct user_in *in, bool made)
{
	printf("M-%lld %.*s: %s\n", (long long)id, STR(in->email), what);
	if (made)
		printf("password: %.*s\n", STR(in->password));
	return 0;
}

static int nobody(str email)
{
	fprintf(stderr, "madang user: no account has the address %.*s\n", STR(email));
	return REFUSED;
}

/* ---- the three words ---- */

static int add(const struct said *s, str email)
{
	struct user_in in = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	struct signup signup;
	str rest = option(s, "--role"), role;
	int64_t roles = 0, id = 0;
	bool made, good;
	outcome o;

	if (!rest.n) {
		fprintf(stderr, "madang user: --role says what the account is for\n");
		return USAGE;
	}
	while (rest.n) {
		str_split(rest, ',', &role, &rest);
		if (!take_role(role, &roles))
			return USAGE;
	}
	good = read_member(s, &in, "email", email);
	good &= read_member(s, &in, "name", option(s, "--name"));
	if (!read_password(s, &in, &made) || !good)
		return tell(s->c, &invalid);
	signup = (struct signup){ in.email, in.password, in.name, { NULL, 0 }, LOCALE_KO };
	o = member_make(s->c, &signup, roles, S("madang user add"), &id);
	return o == OK ? done(id, "made", &in, made) : tell(s->c, o);
}

static int change_role(const struct said *s, str email)
{
	struct user_in in = { .email = email };
	struct account_person now = { 0 };
	int64_t id, give = 0, take = 0;
	outcome o;

	for (int i = 0; i < s->argc; i++)
		if ((s->argv[i][0] == '+' || s->argv[i][0] == '-') && s->argv[i][1] != '-' &&
		    !take_role(str_of(s->argv[i] + 1), s->argv[i][0] == '+' ? &give : &take))
			return USAGE;
	if (!(give | take) || (give & take))
		return usage();
	if (!(id = account_of_email(s->c, email)))
		return nobody(email);
	o = member_change_roles(s->c, id, give, take, S("madang user role"), &now);
	return o == OK ? done(id, str_z(s->c->arena, now.roles.s), &in, false) : tell(s->c, o);
}

static int change_password(const struct said *s, str email)
{
	struct user_in in = { .email = email };
	int64_t id = account_of_email(s->c, email);
	bool made;
	outcome o;

	if (!id)
		return nobody(email);
	if (!read_password(s, &in, &made))
		return tell(s->c, &invalid);
	o = member_set_password(s->c, id, in.password, S("madang user password"));
	return o == OK ? done(id, "has a new password; all sessions are ended", &in, made) : tell(s->c, o);
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct said s = { c, argc - 3, argv + 3 };
	str word = str_of(argv[1]), email = str_of(argv[2]);
	struct fault_frame f;
	int status;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		fprintf(stderr, "madang user: %s\n", f.what);
		return REFUSED;
	}
	/* The system itself, which may do what an administrator may. */
	c->who = (struct caller){ .roles = ROLE_MEMBER | ROLE_ADMIN };
	c->locale = LOCALE_EN;
	status = str_eq(word, S("add")) ? add(&s, email) : str_eq(word, S("role")) ? change_role(&s, email) : str_eq(word, S("password")) ?
		 change_password(&s, email) : usage();
	fault_leave(c, &f);
	return status;
}

int user_command(int argc, char **argv)
{
	const struct config *config;
	struct ctx *c;
	int status;

	if (argc < 3 || argv[2][0] == '-')
		return usage();
	if (!(config = prepare_config(argc, argv)) || !i18n_load(config->templates_dir))
		return REFUSED;
	c = ctx_new(config);
	c->db = db_open(config);
	c->cache = cache_open(config);
	status = run(c, argc, argv);
	cache_close(c->cache);
	db_close(c->db);
	ctx_free(c);
	return status;
}
