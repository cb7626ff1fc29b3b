//! Cookies of DTLS: nobody comes in without one, and nothing is kept of anybody.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_fuzz::dtls::gate::run(input));
