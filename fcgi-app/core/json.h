/* core/json.h -- JSON in (strict, by json-c) and out (straight from the shape). The only file with json-c is json.c,
 * but for the tests of the templates. RFC 8259. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/outcome.h"
#include "core/shape.h"

extern const struct failure json_broken;              /* 400: not JSON, broken UTF-8, NUL */
extern const struct failure json_too_deep;            /* 400 */
extern const struct failure json_duplicate_key;       /* 400 */
extern const struct failure json_not_an_object;       /* 400 */

/* Reads an object into *out (zeroed first by the caller). Members that were present are noted in *given (bit =
 * index in the shape). Wrong members are noted by fail_field(), all of them, and the result is `invalid`.
 * partial: a merge patch (RFC 7396): nothing is required; null clears what may be cleared. An object or a list inside
 * is replaced as a whole, so it has to be complete. What was left out and is .optional gets its .dflt, not if partial.
 * Texts point into the parsed tree, which lives as long as the arena. */
outcome json_read(struct ctx *, const struct shape *, void *out, uint64_t *given, str text, bool partial);

/* Appends the object. write_only members stay out. */
void json_write(struct buf *, const struct shape *, const void *base);
void json_write_list(struct buf *, const struct shape *, const void *items, size_t n);

/* Small look-ups in JSON that others made (gateway answers, event data). Missing or of another kind: empty / dflt. */
struct json;
struct json *json_parse(struct ctx *, str text);      /* NULL: broken; lives as long as the arena */
struct json *json_get(const struct json *, const char *key);
struct json *json_at(const struct json *, size_t i);
size_t json_length(const struct json *);
/* An object's members, in their order. */
void json_each(const struct json *, void (*fn)(void *, str key, const struct json *value), void *with);
bool json_text_value(const struct json *, str *text);     /* false: it is no text */
str json_str(const struct json *, const char *key);
int64_t json_int(const struct json *, const char *key, int64_t dflt);
bool json_bool(const struct json *, const char *key);
str json_compact(struct ctx *, const struct json *);

#endif
