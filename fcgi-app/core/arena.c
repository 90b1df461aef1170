#include "core/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { FIRST_BLOCK = 32 * 1024 };

struct block {
	struct block *below;
	size_t size;
	size_t used;
	alignas(max_align_t) char data[];
};

struct defer {
	struct defer *below;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct block *top;
	struct defer *defers;
};

static struct block *block_new(struct block *below, size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b) {
		fputs("out of memory\n", stderr);
		abort();
	}
	b->below = below;
	b->size = size;
	b->used = 0;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

static void block_drop(struct block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
	free(b);
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->top = block_new(NULL, FIRST_BLOCK);
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	block_drop(a->top);
	free(a);
}

static char *take(struct arena *a, size_t n)
{
	struct block *b = a->top;
	char *p;

	if (n > b->size - b->used) {
		size_t size = b->size * 2;

		if (size > 1024 * 1024)
			size = 1024 * 1024;
		b = a->top = block_new(b, n > size ? n : size);
	}
	p = b->data + b->used;
	b->used += n;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t align = alignof(max_align_t);
	size_t pad = (align - a->top->used % align) % align;
	char *p;

	if (pad + n <= a->top->size - a->top->used)
		a->top->used += pad;
	p = take(a, (n + align - 1) / align * align);
	return memset(p, 0, n);
}

char *arena_text(struct arena *a, size_t n)
{
	return take(a, n ? n : 1);
}

char *arena_grow(struct arena *a, char *p, size_t was, size_t wanted)
{
	struct block *b = a->top;
	char *q;

	if (p && p + was == b->data + b->used && wanted - was <= b->size - b->used) {
		b->used += wanted - was;
		ASAN_UNPOISON_MEMORY_REGION(p, wanted);
		return p;
	}
	q = take(a, wanted);
	if (p && was)
		memcpy(q, p, was);
	return q;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct defer *d = arena_alloc(a, sizeof(*d));

	d->below = a->defers;
	d->fn = fn;
	d->p = p;
	a->defers = d;
}

struct arena_mark arena_mark(struct arena *a)
{
	return (struct arena_mark){ a->top, a->top->used, a->defers };
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
	while (a->defers != m.defers) {
		struct defer *d = a->defers;

		a->defers = d->below;
		d->fn(d->p);
	}
	while (a->top != m.block) {
		struct block *b = a->top;

		a->top = b->below;
		block_drop(b);
	}
	a->top->used = m.used;
	ASAN_POISON_MEMORY_REGION(a->top->data + m.used, a->top->size - m.used);
}

void arena_reset(struct arena *a)
{
	struct block *first = a->top;

	while (first->below)
		first = first->below;
	arena_rewind(a, (struct arena_mark){ first, 0, NULL });
}
