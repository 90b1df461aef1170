#include "web/crypto.h"

#include <argon2.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/config.h"

void crypto_random(void *bytes, size_t n)
{
	char *p = bytes;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0)
			p += got, n -= (size_t)got;
	}
}

str crypto_token(struct ctx *c)
{
	unsigned char bytes[32];

	crypto_random(bytes, sizeof(bytes));
	return str_base64url(c->arena, bytes, sizeof(bytes));
}

void crypto_sha256(str text, unsigned char out[32])
{
	EVP_Digest(text.p ? text.p : "", text.n, out, NULL, EVP_sha256(), NULL);
}

void crypto_mac(const struct ctx *c, const char *purpose, str text, unsigned char out[32])
{
	unsigned char key[32];
	unsigned n = 32;

	HMAC(EVP_sha256(), c->config->secret, sizeof(c->config->secret), (const unsigned char *)purpose, strlen(purpose), key, &n);
	HMAC(EVP_sha256(), key, sizeof(key), (const unsigned char *)(text.p ? text.p : ""), text.n, out, &n);
}

bool crypto_same(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

/* OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, two passes, one lane. */
enum { ARGON_PASSES = 2, ARGON_KIB = 19456, ARGON_LANES = 1, ARGON_SALT = 16, ARGON_HASH = 32 };

str crypto_password_hash(struct ctx *c, str password)
{
	unsigned char salt[ARGON_SALT];
	char text[160];

	crypto_random(salt, sizeof(salt));
	if (argon2id_hash_encoded(ARGON_PASSES, ARGON_KIB, ARGON_LANES, password.p, password.n, salt, sizeof(salt), ARGON_HASH,
				  text, sizeof(text)) != ARGON2_OK)
		fault(c, "argon2 failed");
	return str_dup(c->arena, str_of(text));
}

bool crypto_password_good(struct ctx *c, str password, str hash)
{
	return argon2id_verify(str_z(c->arena, hash), password.p, password.n) == ARGON2_OK;
}
