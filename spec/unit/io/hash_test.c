/* SPDX-License-Identifier: MIT
 *
 * hash: the vectors of FIPS 180-4, whole and in pieces. */
#include "io/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char two_blocks[] =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char nothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void assert_sha256(const char *text, const char *expected)
{
    unsigned char digest[NEAP_HASH_SIZE];
    char hex[NEAP_HASH_HEX];
    neap_hash_sha256(text, strlen(text), digest);
    neap_hash_hex(digest, hex);
    assert_string_equal(hex, expected);
}

static void known_vectors(void **state)
{
    (void)state;
    assert_sha256("", nothing);
    assert_sha256("abc", abc);
    assert_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  two_blocks);
}

static void pieces_equal_the_whole_and_final_starts_again(void **state)
{
    neap_hash hash;
    unsigned char digest[NEAP_HASH_SIZE];
    char hex[NEAP_HASH_HEX];
    (void)state;
    neap_hash_init(&hash);
    for (int round = 0; round < 2; round++) {
        neap_hash_update(&hash, "a", 1);
        neap_hash_update(&hash, "", 0);
        neap_hash_update(&hash, "bc", 2);
        neap_hash_final(&hash, digest);
        neap_hash_hex(digest, hex);
        assert_string_equal(hex, abc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_vectors),
        cmocka_unit_test(pieces_equal_the_whole_and_final_starts_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
