/* core/arena.h -- memory that lives as long as one request (or one job).
 *
 * Everything that a request allocates comes from its arena and is given back at once by arena_reset(). Nothing is
 * freed by hand. What is not memory (a result set, a json-c tree, a file) is tied to the arena by arena_defer().
 * An arena belongs to one thread. Running out of memory ends the process: a supervisor starts a fresh one.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena;

/* A place in an arena to go back to, so that a retried transaction leaves nothing behind. */
struct arena_mark {
	void *block;
	size_t used;
	void *defers;
};

struct arena *arena_new(void);
void arena_free(struct arena *);

/* n zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *, size_t n);

/* n bytes that are not zeroed and not aligned: for text. */
char *arena_text(struct arena *, size_t n);

/* Grows the newest allocation of arena_text in place if it can, else copies. */
char *arena_grow(struct arena *, char *p, size_t was, size_t wanted);

#define arena_new_of(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))

/* Calls fn(p) when the arena is reset or rewound past this point, the newest first. */
void arena_defer(struct arena *, void (*fn)(void *), void *p);

struct arena_mark arena_mark(struct arena *);
void arena_rewind(struct arena *, struct arena_mark);

/* Runs the deferred calls and forgets all allocations; keeps a little memory for the next request. */
void arena_reset(struct arena *);

#endif
