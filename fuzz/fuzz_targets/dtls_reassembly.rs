//! Handshake messages of DTLS in pieces, against a model.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_dtls::fuzzing::reassembly(input));
