//! Both sides of DTLS, and somebody between them who has the keys of their records.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_fuzz::dtls::middle::run(input));
