//! BoringSSL as a peer of DTLS 1.3 and 1.2: a program in C, `peer.c`, which has neither a socket
//! nor a clock.

/// Where that program is.
pub const PROGRAM: &str = env!("BORINGSSL_PEER");
