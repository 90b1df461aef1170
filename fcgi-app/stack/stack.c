/* stack/stack.c -- the local system: starts, watches and restarts all its parts. */
#include <stdio.h>

#include "command.h"

int stack_command(int argc, char **argv)
{
	(void)argc;
	fprintf(stderr, "%s: no parts are configured\n", argv[0]);
	return 1;
}
