/* queue/queue_watch.h -- operators watch a course open (QU-6): a snapshot, and a stream that says that it changed.
 *
 * The stream carries states, not increments: each `queue.state` holds the numbers as they are, so a lost one does no
 * harm. Whoever connects is sent one at once.
 */
#ifndef QUEUE_WATCH_H
#define QUEUE_WATCH_H

#include "core/shape.h"
#include "web/route.h"

extern const struct shape queue_snapshot_shape, queue_openings_shape, queue_wall_shape;

outcome queue_watch_snapshot(struct request *);
outcome queue_watch_events(struct request *);
/* What is open, and what opens within a day: as a list, and as the wall, where most happens first. */
outcome queue_watch_openings(struct request *);
outcome queue_watch_wall(struct request *);

/* The numbers as one JSON object, for the relay; empty if there is no such course. */
str queue_watch_state(struct ctx *, int64_t course_id);

#endif
