//! Session descriptions: what is parsed can be written, and is the same when it is read again.
#![no_main]

use lariat_sdp::Session;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let Ok(session) = Session::parse_bytes(text) else { return };
    let written = session.write().expect("what was parsed can be written");
    assert_eq!(Session::parse(&written), Ok(session));
});
