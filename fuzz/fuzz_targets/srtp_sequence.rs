//! Both sides of SRTP against a model, with a network between them that does what the input says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lariat_fuzz::srtp::sequence::run(input));
