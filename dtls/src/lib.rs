//! DTLS 1.2 (RFC 6347) for WebRTC, without I/O.

#![no_std]
