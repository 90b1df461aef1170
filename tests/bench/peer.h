/* bench/peer.h -- the bare worker that Madang's own is measured against: the least that a C worker of the same make can
 * do for the same answer. It knows no route table, no shapes, no session, no cache, no log. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stddef.h>
#include <stdint.h>

/* An answer that grows as needed and is used again for the next request. */
struct answer {
	char *text;
	size_t n, room;
};
void answer_add(struct answer *, const void *bytes, size_t n);
void answer_text(struct answer *, const char *);
void answer_number(struct answer *, int64_t);
void answer_json(struct answer *, const char *bytes, size_t n);     /* as a JSON string */

/* A thread's connection to the database, with its statements prepared. */
struct rows;
struct rows_settings {
	char socket[256], name[64], user[64], password[128];
};
struct rows *rows_open(const struct rows_settings *);
void rows_close(struct rows *);

/* The bodies of GET courses/{id} and GET courses?limit=N. */
void rows_course(struct rows *, int64_t id, struct answer *);
void rows_list(struct rows *, int64_t limit, struct answer *);

#endif
