/* main.c -- finds the subcommand and runs it. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *about;
} commands[] = {
#define COMMAND_ROW(word, name, about) { word, name##_command, about },
	COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};

static const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: madang COMMAND [arguments]\n\n");
	for (size_t i = 0; i < n_commands; i++)
		fprintf(to, "  %-10s %s\n", commands[i].word, commands[i].about);
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(argv[1], commands[i].word) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "madang: there is no command '%s'\n", argv[1]);
	return usage(stderr, 2);
}
