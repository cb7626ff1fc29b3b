//! The same for SRTCP.
#![no_main]

use lariat_fuzz::srtp::unprotect;
use lariat_srtp::Kind;

libfuzzer_sys::fuzz_target!(|input: &[u8]| unprotect::run(Kind::Rtcp, input));
