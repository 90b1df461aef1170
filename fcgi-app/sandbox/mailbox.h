/* sandbox/mailbox.h -- where the sandbox's mails lie: the mail server writes them (mailbox.c), the sandbox reads them.
 *
 * mail_dir/<microseconds>-<number>.eml, and under the same name in a folder for each recipient, so that finding somebody's
 * mails never means looking through all.
 */
#ifndef SANDBOX_MAILBOX_H
#define SANDBOX_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

enum { MAIL_FOLDER_NAME = 17 };

/* The recipient's folder: a hash (64-bit FNV-1a) of the address in small letters, in hex. Two may share one, so look at
 * Delivered-To. */
static inline void mail_folder(const char *address, size_t n, char name[MAIL_FOLDER_NAME])
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)address[i];

		h = (h ^ (uint64_t)(c >= 'A' && c <= 'Z' ? c + 32 : c)) * UINT64_C(0x100000001b3);
	}
	for (int i = 0; i < 16; i++)
		name[i] = "0123456789abcdef"[h >> (60 - 4 * i) & 15];
	name[16] = '\0';
}

#endif
