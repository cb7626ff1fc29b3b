//! STUN (RFC 8489): messages, credentials, transactions, without I/O.

#![no_std]
