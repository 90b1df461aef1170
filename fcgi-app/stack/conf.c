/* stack/conf.c -- reads the list of parts (stack.h says what a line holds). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack/stack.h"

enum { FIELDS = 6, LINE_SIZE = 4096 };

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* The last field, the command, may hold bars of its own. */
static bool split(char *line, char *field[FIELDS])
{
	for (int i = 0; i < FIELDS; i++) {
		char *bar = i < FIELDS - 1 ? strchr(line, '|') : NULL;

		if (i < FIELDS - 1 && !bar)
			return false;
		if (bar)
			*bar = '\0';
		field[i] = trim(line);
		line = bar ? bar + 1 : line;
	}
	return field[0][0] != '\0' && field[FIELDS - 1][0] != '\0';
}

static bool read_reload(const char *word, enum part_reload *reload)
{
	static const char *const words[] = { "keep", "hup", "restart", "again" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			*reload = (enum part_reload)i;
			return true;
		}
	return false;
}

static bool read_stop(const char *words, int *signal_number, int *ms)
{
	char name[8];
	int seconds;

	if (sscanf(words, "%7s %d", name, &seconds) != 2 || seconds < 0 || seconds > 600)
		return false;
	*ms = seconds * 1000;
	if (strcmp(name, "TERM") == 0)
		*signal_number = SIGTERM;
	else if (strcmp(name, "QUIT") == 0)
		*signal_number = SIGQUIT;
	else
		return false;
	return true;
}

static bool read_part(char *line, struct part *p)
{
	char *field[FIELDS];

	if (!split(line, field))
		return false;
	p->once = strcmp(field[1], "once") == 0;
	if (!p->once && strcmp(field[1], "run") != 0)
		return false;
	if (!read_reload(field[3], &p->reload) || !read_stop(field[4], &p->stop_signal, &p->stop_ms))
		return false;
	p->name = strdup(field[0]);
	p->ready = strdup(field[2]);
	p->command = strdup(field[5]);
	return p->name && p->ready && p->command;
}

bool stack_read(const char *path, struct part_list *parts)
{
	char line[LINE_SIZE];
	int number = 0;
	bool ok = true;
	FILE *f = fopen(path, "re");

	if (!f) {
		perror(path);
		return false;
	}
	while (ok && fgets(line, sizeof(line), f)) {
		number++;
		if (trim(line)[0] == '\0' || trim(line)[0] == '#')
			continue;
		ok = parts->n < PARTS_MAX && read_part(line, &parts->part[parts->n]);
		parts->n++;
	}
	fclose(f);
	if (!ok)
		fprintf(stderr, "%s:%d: this line can't be understood\n", path, number);
	return ok && parts->n > 0;
}
