//! ICE candidates: what is parsed is the same when it is written and read again.
#![no_main]

use lariat_ice::Candidate;

libfuzzer_sys::fuzz_target!(|line: &str| {
    let Ok(candidate) = Candidate::parse(line) else { return };
    assert_eq!(Candidate::parse(&candidate.to_string()), Ok(candidate));
});
