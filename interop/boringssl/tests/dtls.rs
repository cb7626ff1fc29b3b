//! DTLS between Lariat and BoringSSL, without a network and in virtual time.

#[path = "dtls/boringssl.rs"]
mod boringssl;
#[path = "../../../dtls/tests/common/known_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the tests of the crate")]
mod known_key;
#[path = "dtls/net.rs"]
mod net;
#[path = "dtls/peer.rs"]
mod peer;
