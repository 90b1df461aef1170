/* web/openapi_private.h -- what the two halves of the API document share: routes (openapi.c) and shapes (openapi_shape.c). */
#ifndef WEB_OPENAPI_PRIVATE_H
#define WEB_OPENAPI_PRIVATE_H

#include "core/buf.h"
#include "web/openapi.h"

enum way {
	WAY_OUT,             /* all members are there */
	WAY_IN,              /* optional ones may be left out; no others are accepted */
	WAY_PATCH,           /* a merge patch: all may be left out */
};

/* A component: a shape on its way out or in, without the members that stand in the path. */
struct part {
	const struct shape *shape;
	enum way way;
	uint64_t in_path;
	str name;
};

enum { PARTS_MAX = 512 };

struct api {
	struct ctx *c;
	struct buf b;
	struct part parts[PARTS_MAX];
	size_t n;
};

/* JSON, one piece after the other: the comma is set by what stands before. key NULL: an item of an array. */
void put_open(struct api *, const char *key, char bracket);
void put_close(struct api *, char bracket);
void put_text(struct api *, const char *key, const char *text);
void put_str(struct api *, const char *key, str text);
void put_int(struct api *, const char *key, int64_t);
void put_true(struct api *, const char *key);
void put_raw(struct api *, const char *key, const char *json);

/* The component's name; it is written with the others by put_parts(). */
str part_of(struct api *, const struct shape *, enum way, uint64_t in_path);
void put_ref(struct api *, const char *key, const struct shape *, enum way, uint64_t in_path);
void put_field(struct api *, const char *key, const struct field *, enum way);
void put_parts(struct api *);

#endif
