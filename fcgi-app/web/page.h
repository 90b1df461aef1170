/* web/page.h -- a route's page: its template, bound to the frame, the answer's shape and the form.
 *
 * Names a template may use, innermost first:
 *   the members of the route's out-shape                   {{title}} {{#data}}…{{/data}} {{category.name}}
 *   money, times, days and words are shown for people in the reader's language: {{price}} is 128,000원;
 *   {{price.raw}} and {{starts_at.raw}} are the plain value (datetime attributes, inputs); {{status.word}} is the
 *   ASCII word and {{status}} its name from the catalogues ("word.<Shape>.<member>.<word>", or "word.<called>.<member>.<word>": web/view.h);
 *   {{#status.is_open}}…{{/status.is_open}}. More of these: web/view.h
 *
 *   {{#field.title}} … {{/field.title}}                    a form's field: name, id, label, hint, value, error, wrong, type,
 *                                                          required, optional, min, max, minlength, maxlength, checked,
 *                                                          has_focus, described_by, options[{value,label,selected}], and is_<type>
 *                                                          (is_select, is_textarea, is_checkbox, is_number, is_money, is_word …),
 *                                                          is_input: none of the first three
 *   {{#field.sessions.rows}} … {{/field.sessions.rows}}    a list: number, index, blank, and the fields of the row by name;
 *                                                          three spare rows at the end
 *   {{#fields}}{{>partials/field}}{{/fields}}              all the plain fields of the form, in their order
 *   {{#errors}}{{field}}{{id}}{{label}}{{message}}{{named}}{{/errors}}   the error summary (named: the message names the field); {{#has_errors}}
 *   {{t.some.key}}                                         words from the catalogues; {name} in them is the value of {{name}}
 *   {{page.title}} {{page.lang}} {{page.theme}} {{page.density}} {{page.path}} {{page.csrf}} {{page.request_id}}
 *   {{page.version}} {{page.once}} (a new idempotency key for a form) {{page.now}} (when the page was made, in words)
 *   {{page.filters}}                                       the query without cursor, id and done, each pair followed by an ampersand
 *   {{#page.user}}{{name}}{{email}}{{/page.user}} {{#page.is_staff}} {{#page.is_admin}} {{#page.is_finance}} {{#page.is_operator}}
 *   {{#page.is_instructor}} {{#page.is_creator}} {{#page.is_teacher}} (one of the two)
 *   {{#page.is_dark}} {{#page.is_compact}}                 what the reader prefers
 *   {{#page.may.courses}} {{#page.may_teach.requests}}     there is a page GET /admin/courses (/teach/requests), and the reader may see it;
 *                                                          may.home is /admin/ itself, may_teach.any any page there
 *   {{#page.can.logout}}                                   the same of POST /admin/logout
 *   {{#page.at.courses}} {{#page.at_teach.courses}}        this page stands under /admin/courses (or what has its entry there), under /teach/courses
 *   {{#page.done.saved}}                                   one came back to this page (?done=saved) after a form had done that; no input of the
 *                                                          route need name it
 * An unknown name is an error at start, and so are words that no catalogue has.
 *
 * Labels of fields stand under "label.<Shape>.<member>" or "label.<member>", hints (if any) likewise under "hint."; titles
 * ({{page.title}}) under "title.course.list" for course/list.html. A field is a select if it is a word, or if the
 * out-shape has a list called <field>_options whose items have `value` and `label`. An out-shape's object called `form`
 * holds the values that a form begins with; its shape is then the in-shape of the form's POST.
 *
 * {{<layout}} and {{>partials/field}} name files without their ".html".
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "web/request.h"

/* Reads all templates under the folder, and checks those that routes name against their shapes. The catalogues must be
 * loaded. false: said on stderr. */
bool pages_load(const char *folder);

void page_render(struct request *, const char *template_name, const struct shape *, const void *data, struct buf *out);

/* The title of a template, in the reader's language; empty if it has none of its own. */
str page_title(struct ctx *, const char *template_name);

/* The small page for a problem: title, detail, code, request id. */
void page_problem(struct request *, int status, str code, str title, str detail, struct buf *out);

/* The two halves of it, for tests: reading, and the check of one route. */
bool pages_read(const char *folder);
/* Does this route's page ask only for what there is? Else says on stderr what is unknown. */
bool page_check(const struct route *);

#endif
