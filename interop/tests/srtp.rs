//! SRTP between Lariat and libsrtp 2, packet by packet.
//!
//! `LARIAT_SEED` repeats a run whose seed a failure has told.

#[path = "srtp/exchange.rs"]
mod exchange;
#[path = "srtp/media.rs"]
mod media;

use data_encoding::HEXLOWER;
use exchange::{LariatReceiver, LariatSender, Receiver, Sender, exchange};
use lariat_crypto::ring;
use lariat_interop::libsrtp::{Libsrtp, Packet, Session};
use lariat_srtp::{Config, Dropped, ExtensionIds, Inbound, Kind, MasterKey, Outbound, Profile};
use media::{Media, rng};

/// Master key and master salt of that number.
fn key_and_salt(profile: Profile, number: u8) -> [Vec<u8>; 2] {
    let bytes = |first: u8, length: usize| (first..).take(length).collect::<Vec<_>>();
    [bytes(16 * number, profile.key_len()), bytes(100 + number, profile.salt_len())]
}

fn key(profile: Profile, number: u8) -> MasterKey {
    let [key, salt] = key_and_salt(profile, number);
    MasterKey::new(&key, &salt)
}

/// The same as libsrtp has it.
fn their_key(profile: Profile, number: u8, mki: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (key_and_salt(profile, number).concat(), mki.to_vec())
}

fn session(profile: Profile, sends: bool) -> Session {
    let keys = vec![their_key(profile, 0, &[])];
    Session { profile, keys, sends, window: 128, extensions: Vec::new(), ssrc: None }
}

fn config() -> Config {
    Config { allow_null_cipher: true, ..Config::default() }
}

fn outbound(profile: Profile, config: Config) -> Outbound {
    Outbound::with_config(&ring::provider(), profile, &key(profile, 0), config).unwrap()
}

fn inbound(profile: Profile, config: Config) -> Inbound {
    Inbound::with_config(&ring::provider(), profile, &key(profile, 0), config).unwrap()
}

/// libsrtp with such a session, if it is there.
fn libsrtp(session: &Session) -> Option<Libsrtp> {
    let mut libsrtp = Libsrtp::start().unwrap()?;
    libsrtp.open(session).unwrap();
    Some(libsrtp)
}

#[test]
fn what_lariat_protects_libsrtp_restores() {
    for profile in Profile::ALL {
        let Some(mut libsrtp) = libsrtp(&session(profile, false)) else { return };
        let mut sender = LariatSender::new(outbound(profile, config()), 1);
        exchange(profile, &mut sender, &mut libsrtp);
    }
}

#[test]
fn what_lariat_protects_in_runs_libsrtp_restores() {
    for profile in Profile::ALL {
        let Some(mut libsrtp) = libsrtp(&session(profile, false)) else { return };
        let mut sender = LariatSender::new(outbound(profile, config()), 50);
        exchange(profile, &mut sender, &mut libsrtp);
    }
}

#[test]
fn what_libsrtp_protects_lariat_restores() {
    for profile in Profile::ALL {
        let Some(mut libsrtp) = libsrtp(&session(profile, true)) else { return };
        let mut receiver = LariatReceiver::new(inbound(profile, config()), 1);
        exchange(profile, &mut libsrtp, &mut receiver);
    }
}

#[test]
fn what_libsrtp_protects_lariat_restores_in_runs() {
    for profile in Profile::ALL {
        let Some(mut libsrtp) = libsrtp(&session(profile, true)) else { return };
        let mut receiver = LariatReceiver::new(inbound(profile, config()), 50);
        exchange(profile, &mut libsrtp, &mut receiver);
    }
}

/// Media of one stream around a wrap, in two parts: under the first key, and under the second.
fn two_parts() -> [Vec<Packet>; 2] {
    two_parts_of(Media::new(&[7], 65_000))
}

fn two_parts_of(mut media: Media) -> [Vec<Packet>; 2] {
    let mut rng = rng("two parts");
    let first = media.take(&mut rng, 1_000);
    [first, media.take(&mut rng, 1_000)]
}

fn bytes(packets: &[Packet]) -> Vec<Vec<u8>> {
    packets.iter().map(|(_, bytes)| bytes.clone()).collect()
}

/// All packets came out as they were.
fn assert_restored(results: Vec<Result<Vec<u8>, String>>, expected: &[Vec<u8>], context: &str) {
    assert_eq!(results.len(), expected.len(), "{context}");
    for (at, (result, expected)) in results.into_iter().zip(expected).enumerate() {
        let restored = result.map(|restored| HEXLOWER.encode(&restored));
        assert_eq!(restored, Ok(HEXLOWER.encode(expected)), "{context}, packet {at}");
    }
}

fn with_kinds(packets: &[Packet], protected: Vec<Vec<u8>>) -> Vec<Packet> {
    packets.iter().map(|(kind, _)| *kind).zip(protected).collect()
}

// rfc3711 §3.3.1: another key does not change the rollover counter, nor the SRTCP index.
#[test]
fn lariat_changes_keys_and_libsrtp_goes_on() {
    for profile in Profile::ALL {
        let mut session = session(profile, false);
        let Some(mut libsrtp) = libsrtp(&session) else { return };
        let mut sender = LariatSender::new(outbound(profile, config()), 1);
        let [first, second] = two_parts();
        let protected = with_kinds(&first, sender.protect_all(&first));
        assert_restored(libsrtp.unprotect(&protected).unwrap(), &bytes(&first), profile.name());

        session.keys = vec![their_key(profile, 1, &[])];
        libsrtp.rekey(&session).unwrap();
        sender.outbound.rekey(&key(profile, 1)).unwrap();
        let protected = with_kinds(&second, sender.protect_all(&second));
        assert_restored(libsrtp.unprotect(&protected).unwrap(), &bytes(&second), profile.name());
        assert_eq!(sender.outbound.rollover_counter(7), Some(1));
    }
}

#[test]
fn libsrtp_changes_keys_while_packets_of_the_one_before_are_on_their_way() {
    for profile in Profile::ALL {
        let mut session = session(profile, true);
        let Some(mut libsrtp) = libsrtp(&session) else { return };
        let mut receiver = LariatReceiver::new(inbound(profile, config()), 1);
        let [first, second] = two_parts();
        let old = with_kinds(&first, libsrtp.protect(0, &first).unwrap());
        session.keys = vec![their_key(profile, 1, &[])];
        libsrtp.rekey(&session).unwrap();
        let new = with_kinds(&second, libsrtp.protect(0, &second).unwrap());

        let (in_time, late) = old.split_at(old.len() - 20);
        let (early, others) = new.split_at(20);
        receiver.inbound.add_key(&key(profile, 1)).unwrap();
        let arriving = [in_time, early, late, others].concat();
        let (first, second) = (bytes(&first), bytes(&second));
        let (in_time, late) = first.split_at(first.len() - 20);
        let (early, others) = second.split_at(20);
        let expected = [in_time, early, late, others].concat();
        assert_restored(receiver.unprotect_all(&arriving), &expected, profile.name());
        assert_eq!(receiver.inbound.rollover_counter(7), Some(1));

        receiver.inbound.forget_old_keys();
        assert_eq!(receiver.inbound.unprotect_rtp(&mut old[0].1.clone()), Err(Dropped::Stale));
    }
}

// rfc3711 §3.3.1: who joins late is told the rollover counter.
#[test]
fn lariat_and_libsrtp_join_late_if_they_are_told_the_rollover_counter() {
    for profile in Profile::ALL {
        let mut media = Media::new(&[7], 1_000);
        let packets = media.take(&mut rng("late"), 100);
        let sending = Session { ssrc: Some(7), ..session(profile, true) };
        let Some(mut libsrtp) = libsrtp(&sending) else { return };
        libsrtp.set_rollover_counter(7, 3).unwrap();
        let protected = with_kinds(&packets, libsrtp.protect(0, &packets).unwrap());
        let mut untold = LariatReceiver::new(inbound(profile, config()), 1);
        let refused = untold.unprotect_all(&protected);
        let refused = refused.iter().zip(&packets).filter(|(_, (kind, _))| *kind == Kind::Rtp);
        assert!(refused.map(|(result, _)| result).all(Result::is_err), "{profile}");
        let mut told = LariatReceiver::new(inbound(profile, config()), 1);
        told.inbound.set_rollover_counter(7, 3).unwrap();
        assert_restored(told.unprotect_all(&protected), &bytes(&packets), profile.name());

        let receiving = Session { ssrc: Some(7), ..session(profile, false) };
        libsrtp.open(&receiving).unwrap();
        libsrtp.set_rollover_counter(7, 3).unwrap();
        let mut sender = LariatSender::new(outbound(profile, config()), 1);
        sender.outbound.set_rollover_counter(7, 3).unwrap();
        let protected = with_kinds(&packets, sender.protect_all(&packets));
        assert_restored(libsrtp.unprotect(&protected).unwrap(), &bytes(&packets), profile.name());
    }
}

// rfc3711 §3.1: a packet says which key it is protected with.
#[test]
fn lariat_and_libsrtp_name_keys_in_the_same_way() {
    for profile in Profile::ALL {
        for mki_len in [1, 4, 128] {
            let mki = |number: u8| vec![0xa0 + number; mki_len];
            let keys: Vec<_> =
                [0, 1].map(|number| their_key(profile, number, &mki(number))).to_vec();
            let sending = Session { keys: keys.clone(), ..session(profile, true) };
            let Some(mut libsrtp) = libsrtp(&sending) else { return };
            let named = |number: u8| key(profile, number).with_mki(&mki(number));
            let provider = ring::provider();
            let inbound = Inbound::with_config(&provider, profile, &named(0), config());
            let mut receiver = LariatReceiver::new(inbound.unwrap(), 1);
            receiver.inbound.add_key(&named(1)).unwrap();
            let parts = two_parts();
            // From one to the other and back.
            let (first, second) = parts[1].split_at(500);
            for (number, packets) in [(0, parts[0].as_slice()), (1, first), (0, second)] {
                let protected = with_kinds(packets, libsrtp.protect(number, packets).unwrap());
                let results = receiver.unprotect_all(&protected);
                assert_restored(results, &bytes(packets), &format!("{profile} with {mki_len}"));
            }

            libsrtp.open(&Session { keys, ..session(profile, false) }).unwrap();
            let outbound = Outbound::with_config(&provider, profile, &named(0), config());
            let mut sender = LariatSender::new(outbound.unwrap(), 50);
            for (number, packets) in [(0, parts[0].as_slice()), (1, first), (0, second)] {
                sender.outbound.rekey(&named(number)).unwrap();
                let protected = with_kinds(packets, sender.protect_all(packets));
                let results = libsrtp.unprotect(&protected).unwrap();
                assert_restored(results, &bytes(packets), &format!("{profile} with {mki_len}"));
            }
        }
    }
}

// rfc6904 §3: the elements that both have agreed on are encrypted, whatever the payload's cipher.
#[test]
fn lariat_and_libsrtp_encrypt_the_same_header_extension_elements() {
    let ciphers = Profile::ALL.into_iter().filter(|profile| !profile.name().starts_with("NULL"));
    for profile in ciphers {
        let extensions = vec![1, 3, 6, 14, 200];
        let ids = extensions.iter().fold(ExtensionIds::NONE, |ids, id| ids.with(*id));
        let config = Config { encrypted_extensions: ids, ..config() };
        let sending = Session { extensions: extensions.clone(), ..session(profile, true) };
        let Some(mut libsrtp) = libsrtp(&sending) else { return };
        // With an agreement on elements, libsrtp refuses extensions that are not made of them.
        let packets = two_parts_of(Media::new(&[7], 65_000).with_elements_only()).concat();
        let theirs = with_kinds(&packets, libsrtp.protect(0, &packets).unwrap());
        let mut receiver = LariatReceiver::new(inbound(profile, config), 1);
        assert_restored(receiver.unprotect_all(&theirs), &bytes(&packets), profile.name());

        let mut sender = LariatSender::new(outbound(profile, config), 50);
        let ours = with_kinds(&packets, sender.protect_all(&packets));
        let rtp = |packets: &[Packet]| -> Vec<Packet> {
            packets.iter().filter(|(kind, _)| *kind == Kind::Rtp).cloned().collect()
        };
        assert!(rtp(&ours) == rtp(&theirs), "{profile}: not the same bytes");
        let is_hidden = |((_, plain), (_, srtp)): (&Packet, &Packet)| {
            extension(plain).is_some_and(|place| plain[place.clone()] != srtp[place])
        };
        let hidden = packets.iter().zip(&ours).filter(|pair| is_hidden(*pair)).count();
        assert!(hidden > packets.len() / 2, "{profile}: {hidden} are encrypted");

        libsrtp.open(&Session { extensions, ..session(profile, false) }).unwrap();
        assert_restored(libsrtp.unprotect(&ours).unwrap(), &bytes(&packets), profile.name());
    }
}

/// Where the elements of an RTP packet are.
fn extension(packet: &[u8]) -> Option<std::ops::Range<usize>> {
    let behind_csrcs = 12 + 4 * usize::from(packet[0] & 0x0f);
    let is_there = packet[0] & 0x10 != 0 && packet[1] != 200;
    is_there.then(|| {
        let words = u16::from_be_bytes([packet[behind_csrcs + 2], packet[behind_csrcs + 3]]);
        behind_csrcs + 4..behind_csrcs + 4 + 4 * usize::from(words)
    })
}
