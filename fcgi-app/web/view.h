/* web/view.h -- shapes as the template engine sees them, in the reader's language.
 *
 *	{{price}} 128,000원           {{price.raw}} 128000         {{queue_length.grouped}} 1,234
 *	{{starts_at}} 2026-11-20 (금) 14:05   {{starts_at.raw}} 2026-11-20T05:05:00Z
 *	{{starts_at.local}} 2026-11-20T14:05  {{starts_at.day}} 2026-11-20 (금)   {{starts_at.time}} 14:05   {{#starts_at.is_future}}…
 *	{{status}} 접수 중   {{status.word}} open   {{#status.is_open}}…{{/status.is_open}}
 *	{{sessions.count}} 3 (of a list)   {{#note.is_set}}…{{/note.is_set}} (also true for zero and for an empty text)
 *
 * In sections, zero, an empty text, an empty list and what is not set are false. A word is shown as the catalogue says
 * under word.<Shape>.<member>.<word>, or else word.<called>.<member>.<word> (struct field), or else word.<member>.<word>; "any", which filters
 * begin with, has one name everywhere, word.any.
 *
 * Where the struct is NULL a view stands for the type: it knows its members and has no value (template_check). Words
 * that the catalogues lack are then noted by fail_field(), with the key as the field.
 */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include "core/shape.h"
#include "web/template.h"

struct view view_of(const struct shape *, const void *base);
struct view view_member(const struct shape *, const void *base, const struct field *);
struct view view_list(const struct shape *of, const list *);      /* the list must outlive the view */
struct view view_text(str);
struct view view_number(int64_t);
struct view view_bool(bool);
struct view view_none(void);

/* {{t.some.key}}: words of the catalogues; {name} in them is the value of that name where the words stand. */
struct view view_words(void);

/* The name of a word in the reader's language, and the catalogue's key for it (empty: there is none). */
str view_word(struct ctx *, const struct shape *, const struct field *, str word);
str view_word_key(struct ctx *, const struct shape *, const struct field *, str word);

/* 2026-11-20T14:05, in Seoul: what an <input type="datetime-local"> holds. */
str view_local(struct arena *, when);

#endif
