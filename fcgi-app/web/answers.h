/* web/answers.h -- anonymous catalogue answers, kept per thread while GEN_CATALOGUE stays the same (D11).
 *
 * The generation is a word in shared memory that every commit bumps which changes a course or its seats, so on this machine an answer
 * is never stale; other machines hear of it within half a second, and no answer is kept longer than a second. */
#ifndef WEB_ANSWERS_H
#define WEB_ANSWERS_H

#include "web/request.h"

struct answers;

struct answers *answers_new(void);
void answers_free(struct answers *);
bool answers_find(struct answers *, struct request *, str uri);
void answers_keep(struct answers *, struct request *, str uri, uint64_t generation);

#endif
