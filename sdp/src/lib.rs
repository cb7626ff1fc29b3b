//! SDP (RFC 8866) as WebRTC uses it: parse and write.

#![no_std]
