/* notify/notify_stream.h -- the event stream that loses nothing (NO-2, NO-3; docs/architecture.md, D8).
 *
 * A connection is answered in one of three ways. Without a Last-Event-ID: `sync` with the head as id, and the end: the browser
 * comes back with that id. Behind: the rows that it missed, each with its number as id, and the end. Level: the
 * request is handed to nchan, whose short buffer covers the moment in between (so the wire may repeat; clients drop
 * seq <= last), and where the session has a channel of its own that ends with it. A login that ended is told by an `event: reauth`,
 * because anything but a 200 ends an EventSource.
 */
#ifndef NOTIFY_STREAM_H
#define NOTIFY_STREAM_H

#include "web/request.h"

extern const struct shape notify_stream_in_shape;
handler notify_stream;

#endif
