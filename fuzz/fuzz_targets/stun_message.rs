//! STUN messages: parsing, attributes, integrity.
#![no_main]

use lariat_crypto::fake;
use lariat_stun::{IntegrityKey, Message};

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| {
    let Ok(message) = Message::parse(datagram) else { return };
    let _ = message.attributes().count();
    let _ = message.unknown_required().count();
    let _ = message.verify_integrity(&IntegrityKey::short_term(&*fake::provider(1), "password"));
});
