/* core/str.h -- text with its length, passed by value.
 *
 * A str is UTF-8, is never written to, and need not end in a NUL. {NULL, 0} is the empty text.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

typedef struct str {
	const char *p;
	size_t n;
} str;

#define S(literal) ((str){ "" literal, sizeof(literal) - 1 })

/* For printf: printf("%.*s", STR(s)) */
#define STR(s) (int)(s).n, (s).p

str str_of(const char *z);                       /* borrows z; NULL gives the empty text */
bool str_eq(str a, str b);
bool str_eq_nocase(str a, str b);                /* ASCII letters only */
int str_cmp(str a, str b);                       /* bytes, like memcmp */
bool str_starts(str s, str head);
bool str_ends(str s, str tail);
str str_trim(str s);                             /* without ASCII white space at both ends */
str str_after(str s, size_t n);                  /* s without its first n bytes (all, if it is shorter) */
bool str_find(str s, str what, size_t *at);
bool str_split(str s, char by, str *head, str *rest);   /* false if there is no `by`: then *head = s, *rest is empty */

str str_dup(struct arena *, str);
char *str_z(struct arena *, str);                /* a copy that ends in NUL */
str str_fmt(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
str str_vfmt(struct arena *, const char *fmt, va_list);
str str_join(struct arena *, str a, str b);
str str_lower(struct arena *, str);              /* ASCII letters only */
str str_one_line(struct arena *, str);           /* control characters, line ends among them, as spaces */

/* A whole number in decimal, with an optional minus; nothing else may stand there. false: not one, or out of range. */
bool str_int(str s, int64_t *n);

/* Characters (code points), or -1 if s is not valid UTF-8 (overlong forms and surrogates are not valid). */
int64_t str_chars(str s);

/* Nothing in valid UTF-8 that can be seen: white space, joiners, marks of direction, fillers of Hangul. True for the empty text. */
bool str_is_blank(str s);

/* Hangul in one spelling: single jamo, as a Mac sends them, become syllables (the part of Unicode's NFC that is about Hangul). */
str str_composed(struct arena *, str);

/* A line as it is kept: white space is one space between words, and none is at the ends. Breaks of lines and tabs are left where they are. */
str str_single_spaced(struct arena *, str);
/* Without the white space that a text of many lines ends in: its breaks too. */
str str_without_tail(str s);

uint32_t str_hash(str s);

str str_hex(struct arena *, const void *bytes, size_t n);
bool str_unhex(str s, void *bytes, size_t n);    /* exactly 2n digits */
str str_base64(struct arena *, const void *bytes, size_t n);
str str_base64url(struct arena *, const void *bytes, size_t n);
bool str_unbase64(struct arena *, str s, str *out);     /* either alphabet, padding optional */
str str_url_decode(struct arena *, str s, bool plus);   /* %XX, and + as a space if asked for; a broken %: left as it is */
str str_url_encode(struct arena *, str s);

#endif
