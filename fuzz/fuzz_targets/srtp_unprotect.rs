//! SRTP packets that are forged, changed, or genuine and strange, alone and in a run.
#![no_main]

use lariat_fuzz::srtp::unprotect;
use lariat_srtp::Kind;

libfuzzer_sys::fuzz_target!(|input: &[u8]| unprotect::run(Kind::Rtp, input));
