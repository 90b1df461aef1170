/* assert_str.h -- cmocka's comparison for texts with their length: assert_str(coupon.code, "SUMMER") */
#ifndef MADANG_ASSERT_STR_H
#define MADANG_ASSERT_STR_H

#include <stdio.h>
#include <string.h>

#include "core/str.h"
#include "unit.h"

static inline void assert_str_at(str got, const char *wanted, const char *file, int line)
{
	if (got.n == strlen(wanted) && memcmp(got.n ? got.p : "", wanted, got.n) == 0)
		return;
	print_error("got    \"%.*s\"\nwanted \"%s\"\n", STR(got), wanted);
	_fail(file, line);
}

#define assert_str(got, wanted) assert_str_at((got), (wanted), __FILE__, __LINE__)

#endif
