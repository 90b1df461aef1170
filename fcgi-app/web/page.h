/* web/page.h -- a route's page: its template, bound to the frame, the answer's shape and the form.
 *
 * Names a template may use, innermost first:
 *   the members of the route's out-shape                   {{title}} {{#data}}…{{/data}} {{category.name}}
 *   money, times, days and words are shown for people in the reader's language: {{price}} is 128,000원;
 *   {{price.raw}} and {{starts_at.raw}} are the plain value (datetime attributes, inputs); {{status.word}} is the
 *   ASCII word and {{status}} its name from the catalogues ("word.<Shape>.<member>.<word>"); {{#status.is_open}}…{{/status.is_open}}
 *   {{#field.title}} … {{/field.title}}                    a form's field: name, id, label, hint, value, error, type,
 *                                                          required, min, max, options[{value,label,selected}], wrong
 *   {{#errors}}{{field}}{{message}}{{/errors}}             the error summary; {{#has_errors}}
 *   {{t.some.key}}                                         words from the catalogues
 *   {{page.title}} {{page.lang}} {{page.theme}} {{page.density}} {{page.path}} {{page.csrf}} {{page.request_id}} {{page.version}}
 *   {{#page.user}}{{name}}{{email}}{{/page.user}} {{#page.is_staff}} {{#page.is_admin}} {{#page.is_finance}} {{#page.is_instructor}}
 * An unknown name is an error at start.
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "web/request.h"

/* Reads all templates under the folder, and checks those that routes name against their shapes. false: said on stderr. */
bool pages_load(const char *folder);

void page_render(struct request *, const char *template_name, const struct shape *, const void *data, struct buf *out);

/* The small page for a problem: title, detail, code, request id. */
void page_problem(struct request *, int status, str code, str title, str detail, struct buf *out);

#endif
