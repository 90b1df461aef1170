#include "web/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const method_names[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

/* A segment of a path: the routes that end here by method, and what may follow. Built once, then read-only. */
struct node {
	str word;
	bool any;                          /* a {name}: any one segment that is not empty */
	struct node *child;
	struct node *next;
	const struct route *routes[METHODS];
};

static struct node *root;

/* Literal words stand before the {name}, so that /courses/new is found before /courses/{id}. */
static struct node *node_under(struct node *parent, str word, bool any)
{
	struct node **at = &parent->child, *n;

	for (; *at; at = &(*at)->next) {
		if ((*at)->any == any && (any || str_eq((*at)->word, word)))
			return *at;
		if ((*at)->any)
			break;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		abort();
	n->word = word;
	n->any = any;
	n->next = *at;
	*at = n;
	return n;
}

static bool is_name(str segment)
{
	return segment.n > 2 && segment.p[0] == '{';
}

static bool complain(const struct route *r, const char *what)
{
	fprintf(stderr, "route %s %s: %s\n", method_names[r->method], r->path, what);
	return false;
}

static bool route_is_sane(const struct route *r)
{
	str rest = str_of(r->path), segment;
	bool good = true;

	while (str_split(rest, '/', &segment, &rest) || segment.n) {
		if (is_name(segment) && (!r->in || !shape_field(r->in, (str){ segment.p + 1, segment.n - 2 })))
			good = complain(r, "a {name} that its in-shape does not have");
		if (!rest.p)
			break;
	}
	if (!r->handle)
		good = complain(r, "no handler");
	if (r->once && r->method == GET)
		good = complain(r, "a GET changes nothing");
	if (r->cached && (r->access != ANYONE || r->method != GET))
		good = complain(r, "only what anybody may read is cached");
	return good;
}

static bool route_add(const struct route *r)
{
	struct node *n = root;
	str rest = str_after(str_of(r->path), 1), segment;

	for (;;) {
		bool more = str_split(rest, '/', &segment, &rest);

		n = node_under(n, segment, is_name(segment));
		if (!more)
			break;
	}
	if (n->routes[r->method])
		return complain(r, "stands there twice");
	n->routes[r->method] = r;
	return true;
}

bool routes_prepare(void)
{
	bool good = true;

	if (root)
		return true;
	root = calloc(1, sizeof(*root));
	if (!root)
		abort();
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);

		good = route_is_sane(r) && route_add(r) && good;
	}
	return good;
}

static const struct node *walk(const struct node *n, str rest, str values[4], size_t *count)
{
	str segment, tail;
	bool more = str_split(rest, '/', &segment, &tail);

	for (const struct node *k = n->child; k; k = k->next) {
		const struct node *found;
		size_t was = *count;

		if (k->any ? (segment.n == 0 || *count == 4) : !str_eq(k->word, segment))
			continue;
		if (k->any)
			values[(*count)++] = segment;
		if (!more) {
			for (int m = 0; m < METHODS; m++)
				if (k->routes[m])
					return k;
		} else if ((found = walk(k, tail, values, count))) {
			return found;
		}
		*count = was;
	}
	return NULL;
}

static void name_parts(const struct route *r, const str values[4], struct path_part parts[4], size_t *n)
{
	str rest = str_after(str_of(r->path), 1), segment;
	bool more;

	*n = 0;
	do {
		more = str_split(rest, '/', &segment, &rest);
		if (is_name(segment)) {
			parts[*n].name = (str){ segment.p + 1, segment.n - 2 };
			parts[*n].value = values[*n];
			++*n;
		}
	} while (more);
}

const struct route *route_find(enum method method, str path, struct path_part parts[4], size_t *n, int *status, unsigned *allow)
{
	str values[4];
	size_t count = 0;
	const struct node *at;

	*n = 0;
	*allow = 0;
	*status = 404;
	if (!path.n || path.p[0] != '/')
		return NULL;
	at = walk(root, str_after(path, 1), values, &count);
	if (!at)
		return NULL;
	if (method == METHODS || !at->routes[method]) {
		*status = 405;
		for (int m = 0; m < METHODS; m++)
			if (at->routes[m])
				*allow |= 1u << m;
		return NULL;
	}
	name_parts(at->routes[method], values, parts, n);
	*status = 200;
	return at->routes[method];
}

bool route_method(str word, enum method *method)
{
	for (int m = 0; m < METHODS; m++)
		if (str_eq(word, str_of(method_names[m]))) {
			*method = (enum method)m;
			return true;
		}
	if (str_eq(word, S("HEAD"))) {
		*method = GET;
		return true;
	}
	return false;
}

bool route_has_version(const struct route *r)
{
	const struct field *f = r->out && !r->page ? shape_field(r->out, S("version")) : NULL;

	return f && f->kind == K_INT && !f->write_only;
}

bool route_may_match(const struct route *r)
{
	bool edits = r->method == PATCH || r->method == PUT;

	return !r->if_match && (r->may_match || (edits && route_has_version(r)));
}
