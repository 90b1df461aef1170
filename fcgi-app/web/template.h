/* web/template.h -- Mustache templates (specification v1.4: interpolation, sections, inverted, partials, comments,
 * delimiters, inheritance), read and checked at start, escaped by default.
 *
 * The engine asks for names through struct view, so that shapes, the page's frame, forms, and (in the test of the
 * official specification) json-c values are all the same to it.
 */
#ifndef WEB_TEMPLATE_H
#define WEB_TEMPLATE_H

#include "core/buf.h"
#include "core/ctx.h"

struct template;
struct template_set;

enum view_kind { VIEW_NONE, VIEW_TEXT, VIEW_TRUE, VIEW_FALSE, VIEW_OBJECT, VIEW_LIST };

/* One value as the engine sees it. */
struct view {
	const struct view_class *class;
	const void *p;                 /* whatever the class needs */
	const void *more;
};

struct view_class {
	enum view_kind (*kind)(struct view);
	bool (*get)(struct ctx *, struct view, str name, struct view *out);      /* member of an object */
	size_t (*length)(struct view);                                           /* of a list */
	struct view (*item)(struct ctx *, struct view, size_t i);
	str (*text)(struct ctx *, struct view);                                  /* as it is shown, not escaped */
};

/* A set of templates by name. The loader gives a name's text, or false. */
struct template_set *template_set_new(bool (*load)(void *, str name, struct arena *, str *text), void *);
void template_set_free(struct template_set *);
/* NULL: a syntax error; *why says where. */
const struct template *template_get(struct template_set *, str name, str *why);

void template_render(struct ctx *, const struct template *, struct view root, struct buf *out);

/* Calls fn for every name that the template (with its partials) asks for, as a dotted path with its section nesting. */
void template_names(const struct template *, void (*fn)(void *, str name, bool section), void *);

#endif
