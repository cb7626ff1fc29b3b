//! A flight of DTLS and acknowledgements of its records, against a model.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_dtls::fuzzing::flight(input));
