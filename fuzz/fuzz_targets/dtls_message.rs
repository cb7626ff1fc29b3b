//! The messages of DTLS: what is parsed can be written, and is the same when it is read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_dtls::fuzzing::message(input));
