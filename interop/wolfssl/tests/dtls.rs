//! DTLS with connection identifiers between Lariat and wolfSSL, over UDP on loopback.

#[path = "../../../dtls/tests/common/known_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the tests of the crate")]
mod known_key;
#[path = "dtls/meeting.rs"]
mod meeting;
#[path = "dtls/wire.rs"]
mod wire;
#[path = "dtls/wolfssl.rs"]
mod wolfssl;
