#include "core/value.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"

when when_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (when){ t.tv_sec * SECOND + t.tv_nsec / 1000 };
}

int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

/* Days from civil and back: the proleptic Gregorian calendar in eras of 400 years, which begin on 1 March. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	int64_t era, year_of_era, day_of_year;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	year_of_era = y - era * 400;
	day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void civil_of(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

static bool date_exists(int64_t y, int64_t m, int64_t d)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (y < 1970 || y > 9999 || m < 1 || m > 12 || d < 1)
		return false;
	return d <= lengths[m - 1] + (m == 2 && leap);
}

static bool digits(str s, size_t at, size_t n, int64_t *v)
{
	*v = 0;
	for (size_t i = at; i < at + n; i++) {
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v = *v * 10 + (s.p[i] - '0');
	}
	return true;
}

static bool mark(str s, size_t at, char c)
{
	return at < s.n && s.p[at] == c;
}

static bool date_at(str s, int64_t *y, int64_t *m, int64_t *d)
{
	return digits(s, 0, 4, y) && mark(s, 4, '-') && digits(s, 5, 2, m) && mark(s, 7, '-') && digits(s, 8, 2, d) &&
	       date_exists(*y, *m, *d);
}

bool day_parse(str s, day *out)
{
	int64_t y, m, d;

	if (s.n != 10 || !date_at(s, &y, &m, &d))
		return false;
	out->days = days_of(y, m, d);
	return true;
}

/* The "Z", "+09:00" or "-03:30" at the end of an RFC 3339 time, in minutes east of UTC. */
static bool offset_at(str s, size_t at, int64_t *minutes)
{
	int64_t h, m;

	if (s.n == at + 1 && (s.p[at] == 'Z' || s.p[at] == 'z')) {
		*minutes = 0;
		return true;
	}
	if (s.n != at + 6 || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':')
		return false;
	if (!digits(s, at + 1, 2, &h) || !digits(s, at + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = (h * 60 + m) * (s.p[at] == '-' ? -1 : 1);
	return true;
}

bool when_parse(str s, when *out)
{
	int64_t y, mo, d, h, mi, sec, east, micro = 0, unit = 100000;
	size_t at = 19;

	if (s.n < 20 || !date_at(s, &y, &mo, &d) || (s.p[10] != 'T' && s.p[10] != 't' && s.p[10] != ' '))
		return false;
	if (!digits(s, 11, 2, &h) || !mark(s, 13, ':') || !digits(s, 14, 2, &mi) || !mark(s, 16, ':') || !digits(s, 17, 2, &sec))
		return false;
	if (h > 23 || mi > 59 || sec > 60)
		return false;
	if (mark(s, at, '.')) {
		for (at++; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, unit /= 10)
			micro += unit * (s.p[at] - '0');
		if (at == 20)
			return false;
	}
	if (!offset_at(s, at, &east))
		return false;
	out->us = ((days_of(y, mo, d) * 24 + h) * 60 + mi - east) * MINUTE + (sec > 59 ? 59 : sec) * SECOND + micro;
	return out->us >= 0 && out->us < days_of(10000, 1, 1) * DAY;     /* an offset may lead out of the years */
}

static char *put(char *p, int64_t v, int width)
{
	for (int i = width - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + width;
}

size_t day_write(day d, char *to)
{
	int64_t y, m, dd;
	char *p = to;

	civil_of(d.days, &y, &m, &dd);
	p = put(p, y, 4);
	*p++ = '-';
	p = put(p, m, 2);
	*p++ = '-';
	p = put(p, dd, 2);
	return (size_t)(p - to);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct clock_face when_in_utc(when t)
{
	struct clock_face f;
	int64_t days = floor_div(t.us, DAY), s = floor_div(t.us - days * DAY, SECOND);

	civil_of(days, &f.year, &f.month, &f.day);
	f.hour = s / 3600;
	f.minute = s / 60 % 60;
	f.second = s % 60;
	f.weekday = ((days + 4) % 7 + 7) % 7;
	return f;
}

struct clock_face when_in_seoul(when t)
{
	return when_in_utc(when_plus(t, 9 * HOUR));
}

day when_day_in_seoul(when t)
{
	return (day){ floor_div(t.us + 9 * HOUR, DAY) };
}

bool when_from_utc(struct clock_face f, int64_t micro, when *out)
{
	if (!date_exists(f.year, f.month, f.day))
		return false;
	out->us = ((days_of(f.year, f.month, f.day) * 24 + f.hour) * 60 + f.minute) * MINUTE + f.second * SECOND + micro;
	return true;
}

size_t when_write(when t, char *to)
{
	int64_t micro = t.us - floor_div(t.us, SECOND) * SECOND;
	struct clock_face f = when_in_utc(t);
	char *p = to + day_write((day){ floor_div(t.us, DAY) }, to);

	*p++ = 'T';
	p = put(p, f.hour, 2);
	*p++ = ':';
	p = put(p, f.minute, 2);
	*p++ = ':';
	p = put(p, f.second, 2);
	if (micro) {
		*p++ = '.';
		p = put(p, micro, 6);
	}
	*p++ = 'Z';
	return (size_t)(p - to);
}

str when_text(struct arena *a, when t)
{
	char *p = arena_text(a, 32);

	return (str){ p, when_write(t, p) };
}

str day_text(struct arena *a, day d)
{
	char *p = arena_text(a, 10);

	return (str){ p, day_write(d, p) };
}
