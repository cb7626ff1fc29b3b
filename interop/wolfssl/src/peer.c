/* A peer of DTLS on wolfSSL, over UDP on loopback.
 *
 *     wolfssl-peer server|client 12|13 NAME=VALUE...
 *
 * port=NUMBER           where the server of a client is
 * certificate=HEX       its own, in DER
 * key=HEX               the key of that, as PKCS #8 in DER
 * expected=HEX          the only certificate that it accepts, in DER
 * id=HEX                what records to it are to bear, maybe nothing; without this it has no
 *                       connection identifiers
 * group=NAME            the only group
 *
 * It prints a fact a line. It reads a command a line, and goes when there are no more:
 *
 * say WORDS             sends them in one record
 * move                  goes on from another port
 * update                renews its keys, and asks for the same from the other side
 * ids                   prints what records to it bear, and those from it
 * close                 says that no more will come
 */

#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#ifndef WOLFSSL_DTLS_CID
#error "wolfSSL is without connection identifiers: .cargo/config.toml says how it is configured"
#endif

enum { LONGEST_DATAGRAM = 65536, LONGEST_LINE = 4096, EXPORTED = 60, LONGEST_ID = 255 };

static const char PROFILES[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
static const char LABEL[] = "EXTRACTOR-dtls_srtp";

struct bytes {
    unsigned char *at;
    unsigned length;
};

/* What the command line says. */
static struct {
    int is_server, is_13, port, group;
    struct bytes certificate, key, expected, id;
} settings;

static WOLFSSL *ssl;
static int udp = -1;
static int is_connected;
static struct sockaddr_in peer; /* as far as it is known */

/* The datagram that wolfSSL has not read yet. */
static unsigned char datagram[LONGEST_DATAGRAM];
static ssize_t datagram_length = -1;

static void fail(const char *why, ...) {
    va_list values;
    va_start(values, why);
    fputs("failed: ", stdout);
    vprintf(why, values);
    putchar('\n');
    va_end(values);
    exit(1);
}

static void check(int result, const char *what) {
    if (result != WOLFSSL_SUCCESS)
        fail("%s gave %d", what, result);
}

static void print_bytes(const char *name, const unsigned char *bytes, unsigned length) {
    printf("%s ", name);
    for (unsigned n = 0; n < length; n++)
        printf("%02x", bytes[n]);
    putchar('\n');
}

/* ---- The command line ---- */

static struct bytes from_hex(const char *text) {
    struct bytes bytes = {malloc(strlen(text) / 2 + 1), strlen(text) / 2};
    for (unsigned n = 0; n < bytes.length; n++)
        if (sscanf(text + 2 * n, "%2hhx", bytes.at + n) != 1)
            fail("%s is not in hexadecimal digits", text);
    return bytes;
}

static int group_of(const char *name) {
    if (!strcmp(name, "X25519MLKEM768"))
        return WOLFSSL_X25519MLKEM768;
    if (!strcmp(name, "X25519"))
        return WOLFSSL_ECC_X25519;
    if (!strcmp(name, "SECP256R1"))
        return WOLFSSL_ECC_SECP256R1;
    fail("no group is called %s", name);
    return 0;
}

/* What follows `name` and an equals sign; nothing if it is another one. */
static const char *value_of(const char *argument, const char *name) {
    size_t length = strlen(name);
    return !strncmp(argument, name, length) && argument[length] == '=' ? argument + length + 1 : 0;
}

static void read_settings(int count, char **arguments) {
    if (count < 3)
        fail("which role, which version?");
    settings.is_server = !strcmp(arguments[1], "server");
    settings.is_13 = !strcmp(arguments[2], "13");
    for (int n = 3; n < count; n++) {
        const char *value;
        if ((value = value_of(arguments[n], "port")))
            settings.port = atoi(value);
        else if ((value = value_of(arguments[n], "certificate")))
            settings.certificate = from_hex(value);
        else if ((value = value_of(arguments[n], "key")))
            settings.key = from_hex(value);
        else if ((value = value_of(arguments[n], "expected")))
            settings.expected = from_hex(value);
        else if ((value = value_of(arguments[n], "id")))
            settings.id = from_hex(value);
        else if ((value = value_of(arguments[n], "group")))
            settings.group = group_of(value);
        else
            fail("what is %s?", arguments[n]);
    }
}

/* ---- The network ---- */

static void open_socket(void) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    if (udp >= 0)
        close(udp);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (udp < 0 || bind(udp, (struct sockaddr *)&own, length))
        fail("no socket is to be had");
    if (getsockname(udp, (struct sockaddr *)&own, &length))
        fail("the socket has no address");
    printf("port %d\n", ntohs(own.sin_port));
}

static int take_datagram(WOLFSSL *unused, char *out, int size, void *context) {
    (void)unused;
    (void)context;
    if (datagram_length < 0)
        return WOLFSSL_CBIO_ERR_WANT_READ;
    int length = datagram_length < size ? (int)datagram_length : size;
    memcpy(out, datagram, length);
    datagram_length = -1;
    return length;
}

static int is_from_peer(const struct sockaddr_in *source) {
    return source->sin_port == peer.sin_port && source->sin_addr.s_addr == peer.sin_addr.s_addr;
}

/* wolfSSL follows its peer to another address once a new record from there is authentic. */
static void follow(void) {
    struct sockaddr_in now = peer;
    unsigned length = sizeof now;
    check(wolfSSL_dtls_get_peer(ssl, &now, &length), "wolfSSL_dtls_get_peer");
    if (is_from_peer(&now))
        return;
    peer = now;
    printf("peer at %d\n", ntohs(peer.sin_port));
}

static int send_datagram(WOLFSSL *unused, char *bytes, int length, void *context) {
    (void)unused;
    (void)context;
    follow();
    ssize_t sent = sendto(udp, bytes, length, 0, (struct sockaddr *)&peer, sizeof peer);
    return sent == length ? length : WOLFSSL_CBIO_ERR_GENERAL;
}

/* Whether a datagram is there that wolfSSL should see. */
static int receive(void) {
    struct sockaddr_in source;
    socklen_t length = sizeof source;
    datagram_length =
        recvfrom(udp, datagram, sizeof datagram, 0, (struct sockaddr *)&source, &length);
    if (datagram_length < 0)
        return 0;
    if (!peer.sin_port) {
        peer = source;
        check(wolfSSL_dtls_set_peer(ssl, &peer, sizeof peer), "wolfSSL_dtls_set_peer");
    }
    if (is_from_peer(&source))
        return 1;
    unsigned id_length = 0;
    if (is_connected && wolfSSL_dtls_cid_is_enabled(ssl))
        wolfSSL_dtls_cid_get_rx_size(ssl, &id_length);
    if (!id_length || !wolfSSL_dtls_cid_parse(datagram, datagram_length, id_length)) {
        datagram_length = -1;
        return 0;
    }
    int result = wolfSSL_dtls_set_pending_peer(ssl, &source, sizeof source);
    check(result, "wolfSSL_dtls_set_pending_peer");
    return 1;
}

/* ---- DTLS ---- */

static int verify(int was_accepted, WOLFSSL_X509_STORE_CTX *store) {
    (void)was_accepted;
    if (store->totalCerts < 1 || store->certs[0].length != settings.expected.length)
        return 0;
    return !memcmp(store->certs[0].buffer, settings.expected.at, settings.expected.length);
}

static WOLFSSL_METHOD *method(void) {
    if (settings.is_server)
        return settings.is_13 ? wolfDTLSv1_3_server_method() : wolfDTLSv1_2_server_method();
    return settings.is_13 ? wolfDTLSv1_3_client_method() : wolfDTLSv1_2_client_method();
}

static void prepare(void) {
    check(wolfSSL_Init(), "wolfSSL_Init");
    WOLFSSL_CTX *context = wolfSSL_CTX_new(method());
    if (!context)
        fail("there is no context");
    struct bytes own = settings.certificate, key = settings.key;
    check(wolfSSL_CTX_use_certificate_buffer(context, own.at, own.length, SSL_FILETYPE_ASN1),
          "the certificate");
    check(wolfSSL_CTX_use_PrivateKey_buffer(context, key.at, key.length, SSL_FILETYPE_ASN1),
          "the key");
    int mode = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    wolfSSL_CTX_set_verify(context, mode, verify);
    if (wolfSSL_CTX_set_tlsext_use_srtp(context, PROFILES))
        fail("the profiles of SRTP are refused");
    wolfSSL_CTX_SetIORecv(context, take_datagram);
    wolfSSL_CTX_SetIOSend(context, send_datagram);
    ssl = wolfSSL_new(context);
    if (!ssl)
        fail("there is no connection");
    wolfSSL_dtls_set_using_nonblock(ssl, 1);
    wolfSSL_KeepArrays(ssl); /* for the exporter */
    check(wolfSSL_dtls_set_mtu(ssl, 1200), "wolfSSL_dtls_set_mtu");
    if (settings.group)
        check(wolfSSL_set_groups(ssl, &settings.group, 1), "wolfSSL_set_groups");
    if (settings.is_server && settings.is_13)
        check(wolfSSL_dtls13_allow_ch_frag(ssl, 1), "wolfSSL_dtls13_allow_ch_frag");
    if (settings.id.at) {
        check(wolfSSL_dtls_cid_use(ssl), "wolfSSL_dtls_cid_use");
        check(wolfSSL_dtls_cid_set(ssl, settings.id.at, settings.id.length), "the identifier");
    }
}

static void print_ids(void) {
    unsigned char id[LONGEST_ID];
    unsigned length = 0;
    if (!wolfSSL_dtls_cid_is_enabled(ssl))
        return;
    if (wolfSSL_dtls_cid_get_rx_size(ssl, &length) == WOLFSSL_SUCCESS && length)
        check(wolfSSL_dtls_cid_get_rx(ssl, id, sizeof id), "wolfSSL_dtls_cid_get_rx");
    print_bytes("receives", id, length);
    length = 0;
    if (wolfSSL_dtls_cid_get_tx_size(ssl, &length) == WOLFSSL_SUCCESS && length)
        check(wolfSSL_dtls_cid_get_tx(ssl, id, sizeof id), "wolfSSL_dtls_cid_get_tx");
    print_bytes("sends", id, length);
}

static void print_connection(void) {
    unsigned char exported[EXPORTED];
    const WOLFSSL_SRTP_PROTECTION_PROFILE *profile = wolfSSL_get_selected_srtp_profile(ssl);
    const char *group = wolfSSL_get_curve_name(ssl);
    printf("version %s\n", wolfSSL_get_version(ssl));
    printf("group %s\n", group ? group : "none");
    printf("profile %s\n", profile ? profile->name : "none");
    int result = wolfSSL_export_keying_material(ssl, exported, sizeof exported, LABEL,
                                                sizeof LABEL - 1, NULL, 0, 0);
    check(result, "wolfSSL_export_keying_material");
    print_bytes("exported", exported, sizeof exported);
    print_ids();
    puts("connected");
}

/* Ends the program, unless `result` only says that wolfSSL waits for more. */
static void end_unless_waiting(int result) {
    int error = wolfSSL_get_error(ssl, result);
    if (error == WOLFSSL_ERROR_WANT_READ || error == WOLFSSL_ERROR_WANT_WRITE)
        return;
    if (error == WOLFSSL_ERROR_ZERO_RETURN) {
        puts("closed");
        exit(0);
    }
    char text[WOLFSSL_MAX_ERROR_SZ];
    fail("%s", wolfSSL_ERR_error_string(error, text));
}

/* Lets wolfSSL read until it waits for more. */
static void advance(void) {
    if (!is_connected) {
        int result = settings.is_server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
        if (result != WOLFSSL_SUCCESS) {
            end_unless_waiting(result);
            return;
        }
        is_connected = 1;
        print_connection();
    }
    for (;;) {
        char data[LONGEST_LINE];
        int length = wolfSSL_read(ssl, data, sizeof data);
        if (length <= 0) {
            end_unless_waiting(length);
            return;
        }
        printf("got %.*s\n", length, data);
    }
}

static void obey(const char *command) {
    if (!strncmp(command, "say ", 4)) {
        int length = strlen(command + 4);
        if (wolfSSL_write(ssl, command + 4, length) != length)
            fail("nothing can be said");
    } else if (!strcmp(command, "move")) {
        open_socket();
    } else if (!strcmp(command, "update")) {
        check(wolfSSL_update_keys(ssl), "wolfSSL_update_keys");
    } else if (!strcmp(command, "ids")) {
        print_ids();
    } else if (!strcmp(command, "close")) {
        wolfSSL_shutdown(ssl);
    } else {
        fail("what is %s?", command);
    }
}

static void read_commands(void) {
    static char lines[LONGEST_LINE];
    static size_t length;
    ssize_t more = read(STDIN_FILENO, lines + length, sizeof lines - length);
    if (more <= 0)
        exit(0);
    length += more;
    char *end;
    while ((end = memchr(lines, '\n', length))) {
        *end = 0;
        obey(lines);
        length -= end + 1 - lines;
        memmove(lines, end + 1, length);
    }
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    read_settings(count, arguments);
    prepare();
    open_socket();
    if (!settings.is_server) {
        peer.sin_family = AF_INET;
        peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        peer.sin_port = htons(settings.port);
        check(wolfSSL_dtls_set_peer(ssl, &peer, sizeof peer), "wolfSSL_dtls_set_peer");
        advance();
    }
    for (;;) {
        struct pollfd both[] = {{udp, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        int wait = wolfSSL_dtls_get_current_timeout(ssl) * 1000;
        if (wolfSSL_dtls13_use_quick_timeout(ssl))
            wait /= 4;
        int ready = poll(both, 2, peer.sin_port ? wait : -1);
        if (!ready) {
            wolfSSL_dtls_got_timeout(ssl);
            continue;
        }
        if (both[0].revents && receive()) {
            advance();
            follow();
        }
        if (both[1].revents)
            read_commands();
    }
}
