/* check/reference_private.h -- what the parts of the API reference share: pages (reference.c), routes on them (reference_route.c),
 * and the sentences of the declarations in the reader's language (reference_words.c). */
#ifndef CHECK_REFERENCE_PRIVATE_H
#define CHECK_REFERENCE_PRIVATE_H

#include "core/buf.h"
#include "core/i18n.h"
#include "web/openapi.h"

enum { REFERENCE_TAGS = 64 };

/* The reference in one language, c->locale, and the page of it that is being written. */
struct book {
	struct ctx *c;
	struct buf b;
	const char *folder;            /* holds a folder for each language */
	const char *tags[REFERENCE_TAGS];
	size_t n_tags;
};

/* Text, escaped; what stands between `two marks` is code. */
void reference_put(struct book *, str text);
/* The words of reference.<name>. */
void reference_say(struct book *, const char *name);
/* A sentence of a declaration. NULL: nothing. */
void reference_put_about(struct book *, const char *english);

const char *reference_tag(size_t route);
/* Where a page is, in a language: /docs/ko/course.html. */
str reference_address(struct ctx *, enum locale, const char *file);
bool reference_keep(struct book *, const char *name, str content);

/* The name of a route's place on the page of its tag. */
str reference_place(struct ctx *, const struct route *);
void reference_put_route(struct book *, const struct route *);

/* words.json: the OpenAPI document's sentences, for the page that reads that document. English needs none. */
bool reference_write_words(struct book *);

#endif
