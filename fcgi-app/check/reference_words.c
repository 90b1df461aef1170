/* check/reference_words.c -- what the declarations say in English, in the reader's language. templates/words/ko/reference.json has each
 * of these sentences under the sentence itself. */
#include <string.h>

#include "check/check.h"
#include "check/reference_private.h"

enum { TEXTS_MAX = 2048, DEEPEST = 8 };

struct texts {
	const char *all[TEXTS_MAX];
	size_t n;
};

void reference_put_about(struct book *k, const char *english)
{
	if (english)
		reference_put(k, i18n_raw(k->c->locale, str_of(english)));
}

/* ---- which there are ---- */

static bool is_among(const struct texts *t, str text)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(str_of(t->all[i]), text))
			return true;
	return false;
}

static void take(struct texts *t, const char *text)
{
	if (text && t->n < TEXTS_MAX && !is_among(t, str_of(text)))
		t->all[t->n++] = text;
}

static void take_members(struct texts *t, const struct shape *s, bool in, uint64_t in_path, int depth)
{
	for (size_t i = 0; s && i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if (!(in_path >> i & 1) && (in ? f->read_only : f->write_only))
			continue;
		take(t, f->about);
		if (f->of && depth < DEEPEST)
			take_members(t, f->of, in, 0, depth + 1);
	}
}

static struct texts *find_texts(struct ctx *c)
{
	struct texts *t = arena_new_of(c->arena, struct texts);

	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);

		if (!openapi_has(r))
			continue;
		take(t, r->about);
		take_members(t, r->in, true, openapi_path_members(r), 0);
		take_members(t, r->out, false, 0, 0);
	}
	for (const struct openapi_header *h = openapi_headers; h->id; h++)
		take(t, h->about);
	return t;
}

/* ---- for the page that reads the document ---- */

bool reference_write_words(struct book *k)
{
	const struct texts *t = find_texts(k->c);
	struct buf b = buf_in(k->c->arena);

	buf_char(&b, '{');
	for (size_t i = 0; i < t->n; i++) {
		buf_str(&b, i ? S(",\n") : S("\n"));
		buf_json(&b, str_of(t->all[i]));
		buf_char(&b, ':');
		buf_json(&b, i18n_raw(k->c->locale, str_of(t->all[i])));
	}
	buf_lit(&b, "\n}\n");
	return reference_keep(k, "words.json", buf_text(&b));
}

/* ---- madang check ---- */

struct look {
	struct check *k;
	const struct texts *said;
};

static void look_at(void *with, str key)
{
	struct look *l = with;

	if (i18n_is_english(key) && !is_among(l->said, key))
		check_failed(l->k, "templates/words/ko/reference.json: no declaration says \"%.*s\" (any more)", STR(key));
}

/* Names made of what is declared: tags, formats. */
static void check_name(struct check *k, const char *group, const char *name)
{
	str key = str_fmt(k->c->arena, "reference.%s.%s", group, name);

	if (!i18n_has(LOCALE_KO, key))
		check_failed(k, "%.*s: no words for it", STR(key));
}

static void check_formats(struct check *k, const struct shape *s, int depth)
{
	for (size_t i = 0; s && i < s->n; i++) {
		if (s->fields[i].format)
			check_name(k, "kind", s->fields[i].format);
		if (s->fields[i].of && depth < DEEPEST)
			check_formats(k, s->fields[i].of, depth + 1);
	}
}

void check_reference(struct check *k)
{
	const struct texts *t = find_texts(k->c);
	size_t before = k->failed;

	for (size_t i = 0; i < t->n; i++)
		if (!i18n_has(LOCALE_KO, str_of(t->all[i])))
			check_failed(k, "templates/words/ko/reference.json lacks the Korean of \"%s\"", t->all[i]);
	i18n_each(LOCALE_KO, look_at, &(struct look){ k, t });
	for (size_t i = 0; i < route_count(); i++) {
		if (!openapi_has(route_at(i)))
			continue;
		check_name(k, "tag", reference_tag(i));
		check_formats(k, route_at(i)->in, 0);
		check_formats(k, route_at(i)->out, 0);
	}
	if (k->failed == before)
		check_passed(k);
}
