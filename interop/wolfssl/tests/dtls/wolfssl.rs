//! What the two agree on, and what may change.
//!
//! Lariat speaks both versions here, and wolfSSL one at a time.

#[path = "wolfssl/handshakes.rs"]
mod handshakes;
#[path = "wolfssl/identifiers.rs"]
mod identifiers;
#[path = "wolfssl/paths.rs"]
mod paths;
