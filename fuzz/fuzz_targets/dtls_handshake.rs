//! A DTLS client and a server of either version, with a network between them that does what the
//! input says. Its first byte says what the two speak and when they renew their keys.
#![no_main]

use std::time::Duration;

use lariat_base::{Instant, Reader};
use lariat_dtls::Role;
use lariat_fuzz::{Fate, dtls};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut reader = Reader::new(input);
    let choice = usize::from(reader.u8().unwrap_or_default());
    let versions = |number: usize| dtls::VERSIONS[number % dtls::VERSIONS.len()];
    let (ours, theirs) = (versions(choice), versions(choice / 3));
    let mut sides = [dtls::connection(Role::Client, ours), dtls::connection(Role::Server, theirs)];
    let mut now = Instant::ZERO;
    sides.iter_mut().for_each(|side| side.start(now));
    for round in 0..40 {
        if round == choice / 9 {
            sides.iter_mut().for_each(|side| side.update_keys(now, true));
        }
        for from in [0, 1] {
            let mut out = Vec::new();
            dtls::drain(&mut sides[from], &mut out);
            for datagram in out {
                for copy in Fate::read(&mut reader).apply(datagram) {
                    sides[1 - from].handle_datagram(now, &copy);
                }
            }
        }
        now = now + Duration::from_millis(50);
        for side in &mut sides {
            if side.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
                side.handle_timeout(now);
            }
        }
    }
    let mut keys = [[0; 60]; 2];
    let exported = sides.iter().zip(&mut keys).all(|(side, key)| {
        side.is_connected() && side.export_keying_material("EXTRACTOR-dtls_srtp", None, key).is_ok()
    });
    assert!(!exported || keys[0] == keys[1], "two keys for one connection");
    let undisturbed = input.iter().skip(1).all(|byte| *byte == 0)
        && ours.iter().any(|version| theirs.contains(version));
    assert!(!undisturbed || exported, "a good network, and no connection");
});
