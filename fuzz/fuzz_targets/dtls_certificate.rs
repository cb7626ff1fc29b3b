//! Certificates: their keys are found where another parser finds them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_fuzz::dtls::certificate::run(input));
