"""SRTP on libsrtp 2: `srtp.py`. What it knows and says is in `interop/src/libsrtp.rs`.

pylibsrtp brings the library, but its classes know four profiles and one key. So its extension module
is opened as what it is, a shared library with all of libsrtp's functions.
"""

import json
import sys

import cffi
import pylibsrtp._binding

ffi = cffi.FFI()

# The public interface of libsrtp 2.7.
ffi.cdef(
    """
    typedef struct srtp_ctx_t_ *srtp_t;
    typedef struct { uint32_t type; uint32_t value; } srtp_ssrc_t;
    typedef struct {
        uint32_t cipher_type;
        int cipher_key_len;
        uint32_t auth_type;
        int auth_key_len;
        int auth_tag_len;
        uint32_t sec_serv;
    } srtp_crypto_policy_t;
    typedef struct {
        unsigned char *key;
        unsigned char *mki_id;
        unsigned int mki_size;
    } srtp_master_key_t;
    typedef struct srtp_policy_t {
        srtp_ssrc_t ssrc;
        srtp_crypto_policy_t rtp;
        srtp_crypto_policy_t rtcp;
        unsigned char *key;
        srtp_master_key_t **keys;
        unsigned long num_master_keys;
        void *deprecated_ekt;
        unsigned long window_size;
        int allow_repeat_tx;
        int *enc_xtn_hdr;
        int enc_xtn_hdr_count;
        struct srtp_policy_t *next;
    } srtp_policy_t;

    int srtp_create(srtp_t *session, const srtp_policy_t *policy);
    int srtp_update(srtp_t session, const srtp_policy_t *policy);
    int srtp_dealloc(srtp_t session);
    int srtp_set_stream_roc(srtp_t session, uint32_t ssrc, uint32_t roc);
    int srtp_protect_mki(srtp_t, void *packet, int *length, unsigned use_mki, unsigned mki_index);
    int srtp_unprotect_mki(srtp_t, void *packet, int *length, unsigned use_mki);
    int srtp_protect_rtcp_mki(srtp_t, void *packet, int *length, unsigned use_mki, unsigned index);
    int srtp_unprotect_rtcp_mki(srtp_t, void *packet, int *length, unsigned use_mki);

    void srtp_crypto_policy_set_rtp_default(srtp_crypto_policy_t *);
    void srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(srtp_crypto_policy_t *);
    void srtp_crypto_policy_set_aes_gcm_128_16_auth(srtp_crypto_policy_t *);
    void srtp_crypto_policy_set_aes_gcm_256_16_auth(srtp_crypto_policy_t *);
    void srtp_crypto_policy_set_null_cipher_hmac_sha1_80(srtp_crypto_policy_t *);
    """
)
lib = ffi.dlopen(pylibsrtp._binding.__file__)

# ssrc_specific, ssrc_any_inbound, ssrc_any_outbound
SPECIFIC, ANY_INBOUND, ANY_OUTBOUND = 1, 2, 3

# SRTP_MAX_TRAILER_LEN and more.
ROOM = 256

POLICIES = {
    "AES_CM_128_HMAC_SHA1": lib.srtp_crypto_policy_set_rtp_default,
    "AES_256_CM_HMAC_SHA1": lib.srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
    "NULL_HMAC_SHA1": lib.srtp_crypto_policy_set_null_cipher_hmac_sha1_80,
    "AEAD_AES_128_GCM": lib.srtp_crypto_policy_set_aes_gcm_128_16_auth,
    "AEAD_AES_256_GCM": lib.srtp_crypto_policy_set_aes_gcm_256_16_auth,
}


def check(status):
    if status != 0:
        raise RuntimeError(f"libsrtp: {pylibsrtp.ERRORS[status]}")


class Policy:
    """A policy, and the memory that it points to."""

    def __init__(self, wanted):
        self.policy = ffi.new("srtp_policy_t *")
        self.kept = []
        base, _, tag = wanted["profile"].partition("_SHA1_")
        set_policy = POLICIES[base + "_SHA1" if tag else base]
        set_policy(ffi.addressof(self.policy.rtp))
        set_policy(ffi.addressof(self.policy.rtcp))
        if tag == "32":
            self.policy.rtp.auth_tag_len = 4
        if "ssrc" in wanted:
            self.policy.ssrc.type = SPECIFIC
            self.policy.ssrc.value = wanted["ssrc"]
        else:
            self.policy.ssrc.type = ANY_OUTBOUND if wanted["sends"] else ANY_INBOUND
        self.policy.window_size = wanted["window"]
        self.policy.keys = self.keep("srtp_master_key_t *[]", map(self.key, wanted["keys"]))
        self.policy.num_master_keys = len(wanted["keys"])
        if wanted["extensions"]:
            self.policy.enc_xtn_hdr = self.keep("int[]", wanted["extensions"])
            self.policy.enc_xtn_hdr_count = len(wanted["extensions"])

    def key(self, key):
        mki = bytes.fromhex(key["mki"])
        memory = self.keep("srtp_master_key_t *")
        memory.key = self.keep("unsigned char[]", bytes.fromhex(key["key"]))
        memory.mki_id = self.keep("unsigned char[]", mki) if mki else ffi.NULL
        memory.mki_size = len(mki)
        return memory

    def keep(self, kind, values=None):
        memory = ffi.new(kind, values if values is None or kind == "int[]" else list(values))
        self.kept.append(memory)
        return memory


class Peer:
    def __init__(self):
        self.session = ffi.new("srtp_t *")
        self.use_mki = 0

    def open(self, wanted):
        if self.session[0] != ffi.NULL:
            check(lib.srtp_dealloc(self.session[0]))
        policy = Policy(wanted)
        check(lib.srtp_create(self.session, policy.policy))
        self.use_mki = int(wanted["keys"][0]["mki"] != "")
        return {}

    def rekey(self, wanted):
        policy = Policy(wanted)
        check(lib.srtp_update(self.session[0], policy.policy))
        return {}

    def set_roc(self, wanted):
        check(lib.srtp_set_stream_roc(self.session[0], wanted["ssrc"], wanted["roc"]))
        return {}

    def protect(self, wanted):
        functions = {"rtp": lib.srtp_protect_mki, "rtcp": lib.srtp_protect_rtcp_mki}
        return self.process(wanted["packets"], functions, [self.use_mki, wanted["key"]])

    def unprotect(self, wanted):
        functions = {"rtp": lib.srtp_unprotect_mki, "rtcp": lib.srtp_unprotect_rtcp_mki}
        return self.process(wanted["packets"], functions, [self.use_mki])

    def process(self, packets, functions, more):
        results = []
        for kind, packet in packets:
            packet = bytes.fromhex(packet)
            buffer = ffi.new("unsigned char[]", len(packet) + ROOM)
            ffi.memmove(buffer, packet, len(packet))
            length = ffi.new("int *", len(packet))
            status = functions[kind](self.session[0], buffer, length, *more)
            if status == 0:
                results.append({"packet": bytes(ffi.buffer(buffer, length[0])).hex()})
            else:
                results.append({"refused": pylibsrtp.ERRORS[status]})
        return {"packets": results}


# Importing pylibsrtp has initialised the library.
peer = Peer()
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(getattr(peer, request["do"])(request)), flush=True)
