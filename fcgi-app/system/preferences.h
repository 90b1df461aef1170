/* system/preferences.h -- the reader's language, theme and density without JavaScript; with it, static/admin/kit.js does the same. */
#ifndef SYSTEM_PREFERENCES_H
#define SYSTEM_PREFERENCES_H

#include "web/request.h"

extern const struct shape system_preferences_shape;
handler system_preferences;

#endif
