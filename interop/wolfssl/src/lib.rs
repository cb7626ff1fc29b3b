//! wolfSSL as a peer of DTLS 1.3 and 1.2 that has connection identifiers: a program in C, `peer.c`,
//! which speaks UDP on loopback.

/// Where that program is.
pub const PROGRAM: &str = env!("WOLFSSL_PEER");
