//! HMAC-SHA1 (RFC 2104, FIPS 180-4) of many messages at once, one in each lane of a vector, and AES
//! in counter mode (FIPS 197, NIST SP 800-38A).
//!
//! These two are SRTP's most used profile, for every packet. SHA-1 of one message is a chain of
//! steps that wait for each other, so that most of the processor has nothing to do; the packets
//! that a sender or a receiver has in hand at one time are independent of each other.
//! [`HmacSha1Key::sign_run`] hashes them side by side. The blocks of a keystream are independent as
//! well; [`AesCtrKey`] makes 32 of them at a time.
//!
//! ```
//! use lariat_lanes::HmacSha1Key;
//!
//! let key = HmacSha1Key::new(b"a session's authentication key");
//! let packets = [[0xda; 1200]; 32];
//! let rollover_counter = [0, 0, 0, 0];
//!
//! let messages = packets.each_ref().map(|packet| [packet.as_slice(), &rollover_counter]);
//! let mut tags = [[0; 20]; 32];
//! key.sign_run(&messages, |index, tag| tags[index] = tag);
//!
//! assert_eq!(tags[7], key.sign(&[&packets[7], &rollover_counter]));
//! ```
//!
//! # How it hashes
//!
//! | on | a run is hashed in |
//! |---|---|
//! | x86-64 with AVX-512 (F, BW) | sixteen lanes, if there are more than eight messages |
//! | x86-64 with AVX-512 (F, VL) and AVX2 | eight lanes |
//! | x86-64 with AVX2 | eight lanes |
//! | everything else | one after another |
//!
//! One after another, and whatever is too little for lanes, is RustCrypto's `sha1`, which uses the
//! processor's own instructions for SHA-1 where it has them. Measured against those, for messages
//! of 1,200 bytes in full lanes: sixteen lanes take about a third of the time for each message,
//! eight lanes of AVX-512 half of it, eight of AVX2 somewhat more. Without such instructions one
//! message takes longer, and lanes do not. Up to three or four messages are too little for lanes.
//!
//! The compression function is written once, for vectors of any width. A lane that is done with its
//! message takes the next one of the run, so that unequal lengths waste little. Nothing allocates.
//!
//! # How it enciphers
//!
//! On x86-64 with AVX-512 (F, BW) and VAES, four blocks to a vector: a quarter of the time that
//! RustCrypto's `aes` and `ctr` take for a packet, with the same instructions but blocks left over
//! one by one. Everywhere else it is those that encipher.
//!
//! # Unsafe code
//!
//! This is the only crate of Lariat that has any, and it has five lines of it, in the module
//! `processor`: calls of functions that need a feature of the processor. Those functions are safe
//! code themselves: vector arithmetic on values, no pointers, no transmutation. What must hold is
//! that the processor has the feature. Each call is a method of a type that has no public
//! constructor, and of which a value is only made when the processor (and the operating system, for
//! its registers) has been asked.
//!
//! # Untrusted input
//!
//! Messages may be arbitrary bytes of any length, none included. Time depends on the number and the
//! lengths of messages and on the length of a key, which are public, and not on their bytes:
//! nothing here has a branch or a table that depends on what it hashes or enciphers. Tags are to be
//! compared in constant time, which is the caller's to do.
//!
//! SHA-1 is broken where collisions matter. HMAC does not rest on their absence; nothing here
//! offers the bare hash.
//!
//! # Errors
//!
//! There are none, but for a key of AES that has none of the three lengths.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

mod aes;
mod hmac;
mod job;
#[cfg(target_arch = "x86_64")]
mod processor;
#[cfg(target_arch = "x86_64")]
mod run;
mod sha1;
#[cfg(test)]
mod tests;

pub use aes::AesCtrKey;
pub use hmac::HmacSha1Key;
