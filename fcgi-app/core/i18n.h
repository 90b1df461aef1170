/* core/i18n.h -- words in the two languages: flat objects of key and text, in the files of
 * templates/words/ko/ and templates/words/en/: one file per module, sorted by key, one key per line.
 *
 * A text may hold {0}, {1} … (the arguments by their place) and {name}. Korean particles are chosen by the final
 * consonant of what stands before them: {0|이/가} is the argument with its particle, {|이/가} only a particle for what was
 * written last. The first of the two follows a consonant: 이/가, 을/를, 은/는, 과/와, 으로/로, 이라/라. What names no
 * argument stays as it is. Loaded once at start, then read-only.
 *
 * A key that is a sentence (it has a space, or ends in a full stop) is the English text itself, as it stands in a
 * declaration: only the other languages have it, and in English it is its own text.
 */
#ifndef CORE_I18N_H
#define CORE_I18N_H

#include "core/ctx.h"

struct i18n_arg {
	const char *name;             /* NULL: positional */
	str value;
};

bool i18n_load(const char *templates_dir);            /* before there are threads; false: said on stderr */
bool i18n_has(enum locale, str key);
str i18n_raw(enum locale, str key);                   /* the key itself if it is missing */
str i18n_text(struct ctx *, const char *key, const struct i18n_arg *, size_t n);     /* in c->locale, filled in */
str i18n_in(struct ctx *, enum locale, str key, const struct i18n_arg *, size_t n);

#define words(c, key, ...) i18n_text((c), (key), (const struct i18n_arg[]){ { NULL, { NULL, 0 } }, __VA_ARGS__ } + 1, \
	sizeof((const struct i18n_arg[]){ { NULL, { NULL, 0 } }, __VA_ARGS__ }) / sizeof(struct i18n_arg) - 1)

enum locale i18n_locale(str accept_language);         /* RFC 9110 section 12.5.4; ko unless en is preferred */
const char *i18n_name(enum locale);                   /* "ko", "en" */

/* 1,234,567 */
str i18n_number(struct arena *, int64_t);
/* 128,000원 / ₩128,000 */
str i18n_money(struct arena *, enum locale, money);
/* 2026-11-20 (금) 14:05, in Seoul */
str i18n_when(struct arena *, enum locale, when);
str i18n_day(struct arena *, enum locale, day);

bool i18n_is_english(str key);                        /* a sentence, not a name */
void i18n_each(enum locale, void (*fn)(void *with, str key), void *with);

/* For the check that both catalogues have the same keys: calls fn for each key that one of them lacks, and returns how
 * many there are. */
size_t i18n_differences(void (*fn)(const char *key, enum locale lacks));

#endif
