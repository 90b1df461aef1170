/* web/crypto.h -- the few things that openssl and libargon2 are used for. */
#ifndef WEB_CRYPTO_H
#define WEB_CRYPTO_H

#include "core/ctx.h"

void crypto_random(void *bytes, size_t n);
str crypto_token(struct ctx *);                                       /* 32 random bytes in base64url */
void crypto_sha256(str text, unsigned char out[32]);
/* HMAC-SHA256 with a key derived from the installation's secret for this purpose. */
void crypto_mac(const struct ctx *, const char *purpose, str text, unsigned char out[32]);
bool crypto_same(const void *a, const void *b, size_t n);             /* in constant time */

str crypto_password_hash(struct ctx *, str password);                 /* Argon2id, OWASP's 19456 KiB, t=2, p=1 */
bool crypto_password_good(struct ctx *, str password, str hash);

#endif
