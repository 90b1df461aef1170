/* web/page_form.h -- a form's fields as views: what page.c and its templates know as {{#field.title}}…{{/field.title}}.
 *
 * A field's name is looked for in up to three shapes: that of the page's member `form`, the route's input, and the input
 * of the POST that shows the same page when it is refused. Its value is what was typed if this form was refused, else
 * what the struct holds.
 */
#ifndef WEB_PAGE_FORM_H
#define WEB_PAGE_FORM_H

#include "web/request.h"
#include "web/template.h"

enum { PAGE_FORMS = 3, SPARE_ROWS = 3 };

struct page_form {
	const struct shape *shape;
	const void *base;              /* NULL: nothing known */
	bool typed;                    /* rq->form is of this shape */
	str typed_text;
};

struct page_forms {
	struct page_form form[PAGE_FORMS];
	size_t n;
	const struct shape *shape;     /* the page's own: its lists called <field>_options are choices */
	const void *data;
	list errors;                   /* of struct page_error */
	bool checking;                 /* at start: there are no values; words that are missing are noted by fail_field() */
	str focus;                     /* the name of the field that gets the focus */
	const char *path;              /* the route's, whose {names} are no fields of the form */
};

struct page_error {
	str field;                     /* "sessions[0].room"; empty: the form as a whole */
	str id;                        /* of the input: "f-sessions-0-room" */
	str label;
	str message;
	bool named;                    /* the message names the field itself */
};
extern const struct shape page_error_shape;

struct view page_field_root(const struct page_forms *);      /* {{field.…}} */
struct view page_fields(const struct page_forms *);          /* {{#fields}}: all that are plain values, in their order */

/* Turns ctx.errors into words, in the order of the form. */
void page_errors(struct ctx *, struct page_forms *);

/* One chooses it from a list. */
bool page_field_is_choice(const struct page_forms *, const struct field *);

/* What the input of that name is called, in words: "수업 일정 1번째 장소" for "sessions[0].room"; empty if it has no label. *last: the innermost
 * member that the name leads to, or NULL. */
str page_label(struct ctx *, const struct page_forms *, str path, const struct field **last);
/* The id of the input of that name. */
str page_field_id(struct ctx *, str path);
/* What the catalogues have under <kind>.<Shape>.<member>, or <kind>.<member>; empty if neither. kind: label, hint. */
str page_field_words(struct ctx *, const char *kind, const struct shape *, const struct field *);

#endif
