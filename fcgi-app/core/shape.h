/* core/shape.h -- one shape per struct: name, place, kind and limits of each member.
 *
 * The row reader (data/db), the JSON reader and writer (core/json), the form reader (web/form), the template binder
 * (web/template), the OpenAPI document (web/openapi), the contract tests and shape_dump() are loops over it.
 * A member has one name everywhere: struct member = column = JSON key = template variable = OpenAPI property.
 *
 *	struct coupon { int64_t id; str code; int64_t percent; };
 *	const struct shape coupon_shape = SHAPE("Coupon", struct coupon,
 *		F(id,      .read_only = true),
 *		F(code,    .pattern = "^[A-Z0-9-]{4,32}$"),
 *		F(percent, .min = 1, .max = 100));
 *
 * The kind is read from the member's C type. A nested struct needs .of = &its_shape, a `list` too. An int (or a C
 * enum) is a word: .words names its values, and JSON, forms and columns show the word, not the number.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include <stddef.h>

#include "core/buf.h"
#include "core/value.h"

struct ctx;

enum kind {
	K_INT, K_BOOL, K_STR, K_MONEY, K_WHEN, K_DAY, K_JSON, K_WORD,
	K_OPT_INT, K_OPT_BOOL, K_OPT_STR, K_OPT_MONEY, K_OPT_WHEN, K_OPT_DAY,
	K_OBJ, K_LIST,
};

struct shape;

struct field {
	const char *name;
	uint16_t name_len;
	uint16_t offset;
	uint8_t kind;

	/* Which way it goes; neither: both. A member that a client may not send is never read, and 422 if it is sent. */
	bool read_only;                /* only comes out */
	bool write_only;               /* only goes in: passwords, filters, paging */
	bool optional;                 /* going in, it may be left out although its kind cannot say so (zero then) */
	bool secret;                   /* never logged, never put back into a form */
	bool multiline;                /* text may hold line breaks and tabs; a textarea in forms */
	bool or_null;                  /* an .of object that goes out as null while its first member is 0 */

	int64_t min, max;              /* numbers: value; texts: characters; lists: length. max 0: the kind's own limit. A text with a min
	                                * holds something that can be seen, unless it is secret */
	int64_t dflt;                  /* for numbers left out; with .optional */
	const char *pattern;           /* POSIX extended regular expression that a text must match */
	const char *format;            /* OpenAPI's format: "email", "password"; checked for email */
	const char *const *words;      /* ends in NULL */
	const char *called;            /* the catalogues name these words for all shapes: "ticket" for word.ticket.state.waiting (web/view.h) */
	const struct shape *of;
	const char *letters;           /* of a number that people know as C-17: in plain text it may be written so, with one of these letters */
	const char *about;             /* one sentence for the API reference */
};

struct shape {
	const char *name;              /* component name in the OpenAPI document */
	size_t size;
	const struct field *fields;
	size_t n;
};

enum { INT_MAX_JSON_BITS = 53, TEXT_MAX = 1000 };
#define INT_MAX_JSON ((INT64_C(1) << INT_MAX_JSON_BITS) - 1)

#define SHAPE_KIND(T, m) _Generic(((T *)0)->m, \
	int64_t: K_INT, bool: K_BOOL, str: K_STR, money: K_MONEY, when: K_WHEN, day: K_DAY, json_text: K_JSON, \
	int: K_WORD, unsigned: K_WORD, \
	opt_int: K_OPT_INT, opt_bool: K_OPT_BOOL, opt_str: K_OPT_STR, opt_money: K_OPT_MONEY, opt_when: K_OPT_WHEN, \
	opt_day: K_OPT_DAY, list: K_LIST, default: K_OBJ)

/* F(member, .limits…) is a tuple that SHAPE() unfolds with the struct's type. */
#define F(...) (__VA_ARGS__)
#define SHAPE_F_(T, m, ...) { .name = #m, .name_len = sizeof(#m) - 1, .offset = (uint16_t)offsetof(T, m), .kind = SHAPE_KIND(T, m), __VA_ARGS__ },
#define SHAPE_G_(T, ...) SHAPE_F_(T, __VA_ARGS__)
#define SHAPE_STRIP_(...) __VA_ARGS__
#define SHAPE_F(T, tuple) SHAPE_G_(T, SHAPE_STRIP_ tuple)

#define SHAPE(title, T, ...) { \
	.name = title, .size = sizeof(T), \
	.fields = (const struct field[]){ SHAPE_EACH(T, __VA_ARGS__) }, \
	.n = sizeof((const struct field[]){ SHAPE_EACH(T, __VA_ARGS__) }) / sizeof(struct field) }

#define SHAPE_EACH(T, ...) SHAPE_PICK_(__VA_ARGS__, \
	SHAPE_40, SHAPE_39, SHAPE_38, SHAPE_37, SHAPE_36, SHAPE_35, SHAPE_34, SHAPE_33, SHAPE_32, SHAPE_31, \
	SHAPE_30, SHAPE_29, SHAPE_28, SHAPE_27, SHAPE_26, SHAPE_25, SHAPE_24, SHAPE_23, SHAPE_22, SHAPE_21, \
	SHAPE_20, SHAPE_19, SHAPE_18, SHAPE_17, SHAPE_16, SHAPE_15, SHAPE_14, SHAPE_13, SHAPE_12, SHAPE_11, \
	SHAPE_10, SHAPE_9, SHAPE_8, SHAPE_7, SHAPE_6, SHAPE_5, SHAPE_4, SHAPE_3, SHAPE_2, SHAPE_1, 0)(T, __VA_ARGS__)
#define SHAPE_PICK_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, \
	a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, which, ...) which
#define SHAPE_1(T, f) SHAPE_F(T, f)
#define SHAPE_2(T, f, ...) SHAPE_F(T, f) SHAPE_1(T, __VA_ARGS__)
#define SHAPE_3(T, f, ...) SHAPE_F(T, f) SHAPE_2(T, __VA_ARGS__)
#define SHAPE_4(T, f, ...) SHAPE_F(T, f) SHAPE_3(T, __VA_ARGS__)
#define SHAPE_5(T, f, ...) SHAPE_F(T, f) SHAPE_4(T, __VA_ARGS__)
#define SHAPE_6(T, f, ...) SHAPE_F(T, f) SHAPE_5(T, __VA_ARGS__)
#define SHAPE_7(T, f, ...) SHAPE_F(T, f) SHAPE_6(T, __VA_ARGS__)
#define SHAPE_8(T, f, ...) SHAPE_F(T, f) SHAPE_7(T, __VA_ARGS__)
#define SHAPE_9(T, f, ...) SHAPE_F(T, f) SHAPE_8(T, __VA_ARGS__)
#define SHAPE_10(T, f, ...) SHAPE_F(T, f) SHAPE_9(T, __VA_ARGS__)
#define SHAPE_11(T, f, ...) SHAPE_F(T, f) SHAPE_10(T, __VA_ARGS__)
#define SHAPE_12(T, f, ...) SHAPE_F(T, f) SHAPE_11(T, __VA_ARGS__)
#define SHAPE_13(T, f, ...) SHAPE_F(T, f) SHAPE_12(T, __VA_ARGS__)
#define SHAPE_14(T, f, ...) SHAPE_F(T, f) SHAPE_13(T, __VA_ARGS__)
#define SHAPE_15(T, f, ...) SHAPE_F(T, f) SHAPE_14(T, __VA_ARGS__)
#define SHAPE_16(T, f, ...) SHAPE_F(T, f) SHAPE_15(T, __VA_ARGS__)
#define SHAPE_17(T, f, ...) SHAPE_F(T, f) SHAPE_16(T, __VA_ARGS__)
#define SHAPE_18(T, f, ...) SHAPE_F(T, f) SHAPE_17(T, __VA_ARGS__)
#define SHAPE_19(T, f, ...) SHAPE_F(T, f) SHAPE_18(T, __VA_ARGS__)
#define SHAPE_20(T, f, ...) SHAPE_F(T, f) SHAPE_19(T, __VA_ARGS__)
#define SHAPE_21(T, f, ...) SHAPE_F(T, f) SHAPE_20(T, __VA_ARGS__)
#define SHAPE_22(T, f, ...) SHAPE_F(T, f) SHAPE_21(T, __VA_ARGS__)
#define SHAPE_23(T, f, ...) SHAPE_F(T, f) SHAPE_22(T, __VA_ARGS__)
#define SHAPE_24(T, f, ...) SHAPE_F(T, f) SHAPE_23(T, __VA_ARGS__)
#define SHAPE_25(T, f, ...) SHAPE_F(T, f) SHAPE_24(T, __VA_ARGS__)
#define SHAPE_26(T, f, ...) SHAPE_F(T, f) SHAPE_25(T, __VA_ARGS__)
#define SHAPE_27(T, f, ...) SHAPE_F(T, f) SHAPE_26(T, __VA_ARGS__)
#define SHAPE_28(T, f, ...) SHAPE_F(T, f) SHAPE_27(T, __VA_ARGS__)
#define SHAPE_29(T, f, ...) SHAPE_F(T, f) SHAPE_28(T, __VA_ARGS__)
#define SHAPE_30(T, f, ...) SHAPE_F(T, f) SHAPE_29(T, __VA_ARGS__)
#define SHAPE_31(T, f, ...) SHAPE_F(T, f) SHAPE_30(T, __VA_ARGS__)
#define SHAPE_32(T, f, ...) SHAPE_F(T, f) SHAPE_31(T, __VA_ARGS__)
#define SHAPE_33(T, f, ...) SHAPE_F(T, f) SHAPE_32(T, __VA_ARGS__)
#define SHAPE_34(T, f, ...) SHAPE_F(T, f) SHAPE_33(T, __VA_ARGS__)
#define SHAPE_35(T, f, ...) SHAPE_F(T, f) SHAPE_34(T, __VA_ARGS__)
#define SHAPE_36(T, f, ...) SHAPE_F(T, f) SHAPE_35(T, __VA_ARGS__)
#define SHAPE_37(T, f, ...) SHAPE_F(T, f) SHAPE_36(T, __VA_ARGS__)
#define SHAPE_38(T, f, ...) SHAPE_F(T, f) SHAPE_37(T, __VA_ARGS__)
#define SHAPE_39(T, f, ...) SHAPE_F(T, f) SHAPE_38(T, __VA_ARGS__)
#define SHAPE_40(T, f, ...) SHAPE_F(T, f) SHAPE_39(T, __VA_ARGS__)

/* The place of a member in a struct of that shape. */
static inline void *shape_at(const void *base, const struct field *f)
{
	return (char *)(uintptr_t)base + f->offset;
}

const struct field *shape_field(const struct shape *, str name);     /* NULL: it has none of that name */

/* Index in .words, or -1. */
int shape_word(const struct field *, str word);

/* The word of that index; empty if there is none. */
str shape_word_text(const struct field *, int word);

bool shape_optional_kind(enum kind);

/* A text that may be empty: null in a merge patch clears it. */
bool shape_clears(const struct field *);

/* Is the value there? Always true for kinds that are not optional. */
bool shape_is_set(const struct field *, const void *base);

/* The kind without its "optional", and where the value itself stands. */
enum kind shape_plain_kind(enum kind);
const void *shape_value(const struct field *, const void *base);

/* The limits that count in the end, the kind's own where the field names none: of a number, a text's characters or a
 * list's length. For the check, and for the API reference. */
void shape_range(const struct field *, int64_t *min, int64_t *max);

/* Lists of plain numbers: .of = &int_item_shape. A shape whose only member is called "value" is written and read as
 * that member alone: [1, 2, 3]. */
struct int_item { int64_t value; };
extern const struct shape int_item_shape;
bool shape_is_scalar(const struct shape *);

/* What another thing is shown by. The macros are for where the API has a name of its own for it. */
struct id_name { int64_t id; str name; };
struct id_title { int64_t id; str title; };
extern const struct shape id_name_shape, id_title_shape;
#define ID_NAME_SHAPE(as) SHAPE(as, struct id_name, F(id), F(name))
#define ID_TITLE_SHAPE(as) SHAPE(as, struct id_title, F(id), F(title))

/* Notes a wrong member like fail_field(), but only the first reason per member, and no more than 50 of them. */
void shape_wrong(struct ctx *, str path, const char *code, str value);

/* Checks one value that stands in the struct against the limits of its field, and calls fail_field() under `path`.
 * Kinds are checked by the readers; this is for lengths, ranges, patterns, and is shared by JSON, forms and queries. */
void shape_check(struct ctx *, const struct field *, const void *base, str path);

/* A text or JSON as it is taken, from whatever it was read, so that what is kept and what is looked for are the same: Hangul in one spelling
 * (str_composed); of a text of one line white space as str_single_spaced leaves it, a text of many lines without what is blank at its end. Limits are
 * held against what is left. A pattern sees the white space that was sent, and JSON keeps what is in its texts: they are somebody else's fields.
 * Secrets are left as they were typed: of a password only the hash is kept, and it has to be found good for the same bytes. */
str shape_spelling(struct ctx *, const struct field *, str text);

/* Reads one value from plain text (a query parameter, a form's field, a part of the path) and checks it. false:
 * fail_field() was called. Empty text is "not set" for what is optional. A moment may be written as a form does,
 * 2026-11-20T14:05, and is taken as Seoul's time then; line breaks of forms become \n. */
bool shape_from_text(struct ctx *, const struct field *, void *base, str text, str path);

/* The value as plain text, as shape_from_text would read it; empty when not set. */
str shape_to_text(struct arena *, const struct field *, const void *base);

/* The whole thing as indented text, secrets hidden: for tests and the debugger. */
str shape_dump(struct arena *, const struct shape *, const void *base);

#endif
