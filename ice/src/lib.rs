//! ICE (RFC 8445) agent, without I/O.

#![no_std]
