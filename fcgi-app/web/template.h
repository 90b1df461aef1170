/* web/template.h -- Mustache templates (specification v1.4: interpolation, sections, inverted, partials, comments,
 * delimiters, inheritance, dynamic names), read and checked at start, escaped by default.
 *
 * The engine asks for names through struct view, so that shapes, the page's frame, forms, and (in the test of the
 * official specification) json-c values are all the same to it.
 *
 * A set of templates is filled at start by one thread; from then on nobody changes it, and all threads render from it.
 * Beyond the specification: the body of a {{$block}} that replaces another sees the blocks of the template in which it
 * is written, never those of the parent that it is put into, so a page may use two parents with blocks of the same name.
 */
#ifndef WEB_TEMPLATE_H
#define WEB_TEMPLATE_H

#include "core/buf.h"
#include "core/ctx.h"

struct template;
struct template_set;
struct scope;                      /* the names that can be seen at one place of a template */

enum view_kind { VIEW_NONE, VIEW_TEXT, VIEW_TRUE, VIEW_FALSE, VIEW_OBJECT, VIEW_LIST };

/* One value as the engine sees it. */
struct view {
	const struct view_class *class;
	const void *p;                 /* whatever the class needs */
	const void *more;
	const void *of;
};

/* What a class cannot do is NULL. The kind decides what a section does with it: VIEW_NONE, VIEW_FALSE, an empty text
 * and an empty list are false. What is shown is text() (or said()), whatever the kind. */
struct view_class {
	enum view_kind (*kind)(struct ctx *, struct view);
	bool (*get)(struct ctx *, struct view, str name, struct view *out);      /* a member */
	bool (*rest)(struct ctx *, struct view, str names, struct view *out);    /* the same, but all that is left of a dotted name */
	size_t (*length)(struct view);                                           /* of a list */
	struct view (*item)(struct ctx *, struct view, size_t i);
	str (*text)(struct ctx *, struct view);                                  /* as it is shown, not escaped */
	str (*said)(struct ctx *, struct view, const struct scope *);            /* text that takes other names in */
};

/* A set of templates by name. The loader gives a name's text, or false. */
struct template_set *template_set_new(bool (*load)(void *, str name, struct arena *, str *text), void *);
void template_set_free(struct template_set *);
/* Reads it, and all that it includes. NULL: there is none, or a syntax error; *why says where. */
const struct template *template_get(struct template_set *, str name, str *why);

/* One that was read before, or NULL. */
const struct template *template_known(const struct template_set *, str name);

void template_render(struct ctx *, const struct template *, struct view root, struct buf *out);

/* The value of a dotted name as seen from there. false: it is unknown. */
bool template_value(struct ctx *, const struct scope *, str name, struct view *out);
/* The text of a value; empty for objects and lists. */
str template_text(struct ctx *, struct view, const struct scope *);

/* Walks through everything that a template could ever show, taking each section once with the first item of a list, and
 * calls unknown() for names that nobody knows and for partials that are missing. The classes are only asked for members
 * and items (never for kinds, lengths, texts; said() is called), so a view may stand for a type without any value.
 * Gives how many there were. */
struct template_fault { str template; int line; str name; };
size_t template_check(struct ctx *, const struct template *, struct view root,
		      void (*unknown)(void *, const struct template_fault *), void *);

#endif
