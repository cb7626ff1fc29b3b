/* A peer of DTLS on BoringSSL without a socket and without a clock: whoever has started it carries
 * its datagrams and tells it the time.
 *
 *     boringssl-peer server|client NAME=VALUE...
 *
 * certificate=HEX       its own, in DER
 * key=HEX               the key of that, as PKCS #8 in DER
 * expected=HEX          the only certificate that it accepts, in DER
 * oldest=12|13          the versions that it speaks
 * newest=12|13
 * groups=NUMBER,...     by code point, the preferred one first
 * shares=NUMBER,...     the groups of which a client sends keys with its first hello, maybe none;
 *                       without this BoringSSL chooses
 * profiles=NAME:...     those of SRTP, the preferred one first
 * mtu=NUMBER            the longest datagram, in bytes
 *
 * It reads a command a line, after the time in microseconds since 1970, and goes when there are no
 * more:
 *
 * start                 begins: a client says hello
 * datagram HEX          takes one from the other side
 * expire                does what is due
 * send HEX              sends this in one record
 * update 0|1            renews its keys, and asks for the same from the other side (1); this goes
 *                       with the next data, and takes effect once it is acknowledged
 * close                 tells the other side that no more will come
 *
 * It answers each with facts, one a line, and then with `done`:
 *
 * out HEX               a datagram for the other side
 * connected VERSION GROUP SUITE PROFILE RETRY HEX
 *                       the handshake is complete: group and profile by code point, whether the
 *                       server has asked for another hello, what SRTP takes its keys from
 * data HEX              the payload of one record
 * closed                the other side has closed
 * failed REASON         the connection is dead
 * timer TIME            when something is due, if anything is
 */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

enum { LONGEST_DATA = 1 << 14, LONGEST_LINE = 1 << 18, EXPORTED = 60, MOST_GROUPS = 8 };

static const char LABEL[] = "EXTRACTOR-dtls_srtp";

struct bytes {
    uint8_t *at;
    size_t length;
};

struct groups {
    uint16_t at[MOST_GROUPS];
    size_t count;
    int are_set;
};

/* What the command line says. */
static struct {
    int is_server, oldest, newest;
    unsigned mtu;
    struct bytes certificate, key, expected;
    struct groups groups, shares;
    const char *profiles;
} settings;

static SSL *ssl;
static enum { HANDSHAKING, CONNECTED, OVER } phase;

/* In microseconds since 1970. */
static uint64_t now;

/* The datagram that BoringSSL has not read yet. */
static struct bytes datagram;

static void fail(const char *why, ...) {
    va_list values;
    va_start(values, why);
    fputs("wrong: ", stdout);
    vprintf(why, values);
    putchar('\n');
    va_end(values);
    exit(1);
}

/* What BoringSSL calls that which went wrong first. */
static const char *reason(void) {
    uint32_t error = ERR_peek_error();
    const char *text = error ? ERR_reason_error_string(error) : NULL;
    return text ? text : "no reason";
}

static void check(int result, const char *what) {
    if (result != 1)
        fail("%s gave %d: %s", what, result, reason());
}

static void print_bytes(const uint8_t *bytes, size_t length) {
    for (size_t n = 0; n < length; n++)
        printf("%02x", bytes[n]);
    putchar('\n');
}

/* ---- The command line ---- */

static struct bytes from_hex(const char *text) {
    struct bytes bytes = {malloc(strlen(text) / 2 + 1), strlen(text) / 2};
    for (size_t n = 0; n < bytes.length; n++)
        if (sscanf(text + 2 * n, "%2hhx", bytes.at + n) != 1)
            fail("%s is not in hexadecimal digits", text);
    return bytes;
}

static struct groups groups_of(const char *text) {
    struct groups groups = {.are_set = 1};
    while (*text) {
        char *end;
        if (groups.count == MOST_GROUPS)
            fail("there are too many groups");
        groups.at[groups.count++] = strtoul(text, &end, 10);
        if (end == text || (*end && *end != ','))
            fail("%s are not groups", text);
        text = *end ? end + 1 : end;
    }
    return groups;
}

static int version_of(const char *name) {
    return strcmp(name, "13") ? DTLS1_2_VERSION : DTLS1_3_VERSION;
}

/* What follows `name` and an equals sign; nothing if it is another one. */
static const char *value_of(const char *argument, const char *name) {
    size_t length = strlen(name);
    return !strncmp(argument, name, length) && argument[length] == '=' ? argument + length + 1 : 0;
}

static void read_settings(int count, char **arguments) {
    if (count < 2)
        fail("which role?");
    settings.is_server = !strcmp(arguments[1], "server");
    for (int n = 2; n < count; n++) {
        const char *value;
        if ((value = value_of(arguments[n], "certificate")))
            settings.certificate = from_hex(value);
        else if ((value = value_of(arguments[n], "key")))
            settings.key = from_hex(value);
        else if ((value = value_of(arguments[n], "expected")))
            settings.expected = from_hex(value);
        else if ((value = value_of(arguments[n], "oldest")))
            settings.oldest = version_of(value);
        else if ((value = value_of(arguments[n], "newest")))
            settings.newest = version_of(value);
        else if ((value = value_of(arguments[n], "groups")))
            settings.groups = groups_of(value);
        else if ((value = value_of(arguments[n], "shares")))
            settings.shares = groups_of(value);
        else if ((value = value_of(arguments[n], "profiles")))
            settings.profiles = value;
        else if ((value = value_of(arguments[n], "mtu")))
            settings.mtu = atoi(value);
        else
            fail("what is %s?", arguments[n]);
    }
}

/* ---- What BoringSSL takes for its socket and its clock ---- */

static int take_datagram(BIO *bio, char *out, int size) {
    BIO_clear_retry_flags(bio);
    if (!datagram.at) {
        BIO_set_retry_read(bio);
        return -1;
    }
    /* As with a socket, what does not fit is lost. */
    int length = datagram.length < (size_t)size ? (int)datagram.length : size;
    memcpy(out, datagram.at, length);
    free(datagram.at);
    datagram.at = NULL;
    return length;
}

static int send_datagram(BIO *bio, const char *bytes, int length) {
    BIO_clear_retry_flags(bio);
    fputs("out ", stdout);
    print_bytes((const uint8_t *)bytes, length);
    return length;
}

static long control(BIO *bio, int command, long number, void *pointer) {
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return settings.mtu;
    default:
        return 0;
    }
}

static BIO *make_bio(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_NONE, "lines");
    check(BIO_meth_set_read(method, take_datagram), "BIO_meth_set_read");
    check(BIO_meth_set_write(method, send_datagram), "BIO_meth_set_write");
    check(BIO_meth_set_ctrl(method, control), "BIO_meth_set_ctrl");
    BIO *bio = BIO_new(method);
    BIO_set_init(bio, 1);
    return bio;
}

static void tell_time(const SSL *unused, struct timeval *out) {
    (void)unused;
    out->tv_sec = now / 1000000;
    out->tv_usec = now % 1000000;
}

/* ---- DTLS ---- */

static enum ssl_verify_result_t verify(SSL *connection, uint8_t *alert) {
    const STACK_OF(CRYPTO_BUFFER) *chain = SSL_get0_peer_certificates(connection);
    const CRYPTO_BUFFER *shown = chain ? sk_CRYPTO_BUFFER_value(chain, 0) : NULL;
    *alert = SSL_AD_BAD_CERTIFICATE;
    if (!shown || CRYPTO_BUFFER_len(shown) != settings.expected.length)
        return ssl_verify_invalid;
    const uint8_t *expected = settings.expected.at;
    int differ = memcmp(CRYPTO_BUFFER_data(shown), expected, settings.expected.length);
    return differ ? ssl_verify_invalid : ssl_verify_ok;
}

static EVP_PKEY *parse_key(void) {
    CBS der;
    CBS_init(&der, settings.key.at, settings.key.length);
    EVP_PKEY *key = EVP_parse_private_key(&der);
    if (!key)
        fail("the key is refused: %s", reason());
    return key;
}

static void prepare(void) {
    SSL_CTX *context = SSL_CTX_new(DTLS_method());
    if (!context)
        fail("there is no context");
    SSL_CTX_set_current_time_cb(context, tell_time);
    check(SSL_CTX_set_min_proto_version(context, settings.oldest), "the oldest version");
    check(SSL_CTX_set_max_proto_version(context, settings.newest), "the newest version");
    struct bytes own = settings.certificate;
    check(SSL_CTX_use_certificate_ASN1(context, own.length, own.at), "the certificate");
    check(SSL_CTX_use_PrivateKey(context, parse_key()), "the key");
    int mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_custom_verify(context, mode, verify);
    if (settings.profiles)
        check(SSL_CTX_set_srtp_profiles(context, settings.profiles), "the profiles of SRTP");
    ssl = SSL_new(context);
    if (!ssl)
        fail("there is no connection");
    BIO *bio = make_bio();
    SSL_set_bio(ssl, bio, bio);
    check(SSL_set_mtu(ssl, settings.mtu), "SSL_set_mtu");
    struct groups *groups = &settings.groups, *shares = &settings.shares;
    check(SSL_set1_group_ids(ssl, groups->at, groups->count), "the groups");
    if (shares->are_set)
        check(SSL_set1_client_key_shares(ssl, shares->at, shares->count), "the key shares");
    if (settings.is_server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
}

static void print_connection(void) {
    uint8_t exported[EXPORTED];
    int result = SSL_export_keying_material(ssl, exported, sizeof exported, LABEL,
                                            sizeof LABEL - 1, NULL, 0, 0);
    check(result, "SSL_export_keying_material");
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(ssl);
    printf("connected %s %d %s %lu %d ", SSL_get_version(ssl), SSL_get_group_id(ssl),
           SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl)), profile ? profile->id : 0,
           SSL_used_hello_retry_request(ssl));
    print_bytes(exported, sizeof exported);
}

/* One step of reading; gives what BoringSSL does. */
static int step(void) {
    static uint8_t data[LONGEST_DATA];
    ERR_clear_error();
    int result = phase == HANDSHAKING ? SSL_do_handshake(ssl) : SSL_read(ssl, data, sizeof data);
    if (result <= 0)
        return result;
    if (phase == HANDSHAKING) {
        phase = CONNECTED;
        print_connection();
    } else {
        fputs("data ", stdout);
        print_bytes(data, result);
    }
    return result;
}

/* Lets BoringSSL read until it waits for more. */
static void advance(void) {
    while (phase != OVER) {
        int result = step();
        if (result > 0)
            continue;
        int error = SSL_get_error(ssl, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            return;
        phase = OVER;
        if (error == SSL_ERROR_ZERO_RETURN)
            puts("closed");
        else
            printf("failed %s\n", error == SSL_ERROR_SSL ? reason() : SSL_error_description(error));
    }
}

static void expire(void) {
    if (phase == OVER || DTLSv1_handle_timeout(ssl) >= 0)
        return;
    phase = OVER;
    printf("failed %s\n", reason());
}

static void print_timer(void) {
    struct timeval left;
    if (phase != OVER && DTLSv1_get_timeout(ssl, &left))
        printf("timer %llu\n", (unsigned long long)(now + left.tv_sec * 1000000 + left.tv_usec));
}

/* ---- The commands ---- */

static void send_data(struct bytes data) {
    int result = SSL_write(ssl, data.at, data.length);
    if (result != (int)data.length)
        fail("SSL_write gave %d: %s", result, reason());
    free(data.at);
}

static void obey(const char *command) {
    ERR_clear_error();
    if (!strcmp(command, "start")) {
        advance();
    } else if (!strncmp(command, "datagram ", 9)) {
        free(datagram.at);
        datagram = from_hex(command + 9);
        advance();
    } else if (!strcmp(command, "expire")) {
        expire();
    } else if (!strncmp(command, "send ", 5)) {
        send_data(from_hex(command + 5));
    } else if (!strncmp(command, "update ", 7)) {
        int both = !strcmp(command + 7, "1");
        int request = both ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
        check(SSL_key_update(ssl, request), "SSL_key_update");
    } else if (!strcmp(command, "close")) {
        if (SSL_shutdown(ssl) < 0)
            fail("SSL_shutdown: %s", reason());
    } else {
        fail("what is %s?", command);
    }
}

int main(int count, char **arguments) {
    static char line[LONGEST_LINE];
    read_settings(count, arguments);
    prepare();
    while (fgets(line, sizeof line, stdin)) {
        char *command;
        line[strcspn(line, "\n")] = 0;
        now = strtoull(line, &command, 10);
        if (command == line || *command != ' ')
            fail("what time is it in %s?", line);
        obey(command + 1);
        print_timer();
        puts("done");
        fflush(stdout);
    }
    return 0;
}
