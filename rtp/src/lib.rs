//! RTP and RTCP (RFC 3550) packets, without I/O.

#![no_std]
