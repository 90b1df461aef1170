/* web/modules.h -- every module exports `const struct route <module>_routes[]`, which ends in { 0 }. */
#ifndef WEB_MODULES_H
#define WEB_MODULES_H

#include "web/route.h"

#define MODULE(name) extern const struct route name##_routes[];
#include "modules.def"
#undef MODULE

#endif
