/* core/value.h -- the units of the domain, as types, so that won are never added to microseconds. */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include "core/str.h"

/* Korean won, a whole number. */
typedef struct money {
	int64_t won;
} money;

/* A moment: microseconds since 1970-01-01T00:00:00Z. */
typedef struct when {
	int64_t us;
} when;

/* A calendar day: days since 1970-01-01. */
typedef struct day {
	int64_t days;
} day;

/* Text that already is JSON, and is written as it stands. */
typedef struct json_text {
	str s;
} json_text;

/* Members that may be absent. */
typedef struct opt_int { bool set; int64_t v; } opt_int;
typedef struct opt_bool { bool set; bool v; } opt_bool;
typedef struct opt_str { bool set; str v; } opt_str;
typedef struct opt_when { bool set; when v; } opt_when;
typedef struct opt_day { bool set; day v; } opt_day;
typedef struct opt_money { bool set; money v; } opt_money;

/* `n` things, of the size that their shape says, one behind the other. */
typedef struct list {
	void *p;
	size_t n;
} list;

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static inline money won(int64_t n) { return (money){ n }; }
static inline when when_plus(when t, int64_t us) { return (when){ t.us + us }; }
static inline opt_int some_int(int64_t v) { return (opt_int){ true, v }; }
static inline opt_str some_str(str v) { return (opt_str){ true, v }; }
static inline opt_when some_when(when v) { return (opt_when){ true, v }; }

/* The calendar that people plan in: 1970-01-01 to 2199-12-31. What they type beyond it is a slip of the pen. */
#define CALENDAR_DAYS INT64_C(84006)
#define CALENDAR_LAST "2199-12-31"

when when_now(void);                       /* the system's clock: rules use ctx.now, which is read once per request */
int64_t clock_us(void);                    /* monotonic, for durations */

/* RFC 3339, with any offset, fractions down to microseconds, years 1970 to 9999. */
bool when_parse(str, when *);
bool day_parse(str, day *);                /* 2026-11-20 */

/* 2026-11-20T05:06:07Z, with the fraction only if there is one. Writes at most 32 bytes, returns how many. */
size_t when_write(when, char *to);
size_t day_write(day, char *to);           /* 10 bytes */
str when_text(struct arena *, when);
str day_text(struct arena *, day);

/* The day on which it is `when` in Seoul (UTC+9 the whole year), and what clocks show there. */
day when_day_in_seoul(when);
struct clock_face { int64_t year, month, day, hour, minute, second, weekday; /* Sunday is 0 */ };
struct clock_face when_in_seoul(when);
struct clock_face when_in_utc(when);
bool when_from_utc(struct clock_face, int64_t micro, when *);     /* false if there is no such moment */

#endif
