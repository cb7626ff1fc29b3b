use lariat_base::Reader;
use lariat_crypto::AeadAlgorithm;

use super::*;
use crate::record::{FixedIv, Protection12, Protection13};

const AEAD: AeadAlgorithm = AeadAlgorithm::Aes128Gcm;

fn protection(epoch: Epoch, aead: AeadAlgorithm) -> Protection {
    let provider = lariat_crypto::ring::provider();
    let bytes = [7; 32];
    let key_bytes = &bytes[..aead.key_len()];
    let key = provider.aead_key(aead, key_bytes).unwrap();
    let [_, low] = epoch.0.to_be_bytes();
    if epoch == Epoch::PROTECTED {
        let fixed_iv = FixedIv::read(aead, &mut Reader::new(&[low; 12])).unwrap();
        return Protection::V12(Protection12::new(key, fixed_iv));
    }
    let number_key = provider.header_protection_key(aead, key_bytes).unwrap();
    Protection::V13(Protection13::new(aead, key, [low; 12], number_key))
}

fn pair(epoch: Epoch) -> (RecordLayer, RecordLayer) {
    pair_of(epoch, AEAD)
}

fn pair_of(epoch: Epoch, aead: AeadAlgorithm) -> (RecordLayer, RecordLayer) {
    let (mut sender, mut receiver) = (RecordLayer::default(), RecordLayer::default());
    sender.install_outbound(epoch, protection(epoch, aead));
    receiver.install_inbound(epoch, protection(epoch, aead));
    (sender, receiver)
}

fn write(layer: &mut RecordLayer, epoch: Epoch) -> Result<Vec<u8>, SequenceExhausted> {
    let mut out = Vec::new();
    layer.write(epoch, 0xfefd, ContentType::ApplicationData, b"data", &mut out)?;
    Ok(out)
}

fn open(layer: &mut RecordLayer, bytes: &[u8]) -> Result<Vec<u8>, Dropped> {
    let mut reader = Reader::new(bytes);
    if !Ciphertext::starts_with(bytes[0]) {
        return layer.open(&Record::read(&mut reader).unwrap()).map(|(_, content)| content);
    }
    let record = Ciphertext::read(&mut reader, 0).unwrap();
    let epoch = layer.epoch_of(&record).ok_or(Dropped::Epoch)?;
    layer.open_ciphertext(epoch, &record).map(|opened| opened.content)
}

#[test]
fn the_last_sequence_number_is_used_and_none_after_it() {
    // adversarial D13
    use AeadAlgorithm::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305};
    for (epoch, aead, limit) in [
        (Epoch::PROTECTED, Aes128Gcm, 1 << 48),
        (Epoch::PROTECTED, ChaCha20Poly1305, 1 << 48),
        // rfc8446 §5.5: 2^24.5; with ChaCha20-Poly1305, all there are.
        (Epoch::APPLICATION, Aes128Gcm, 23_726_566),
        (Epoch::APPLICATION, Aes256Gcm, 23_726_566),
        (Epoch::APPLICATION, ChaCha20Poly1305, u64::MAX),
    ] {
        let (mut sender, mut receiver) = pair_of(epoch, aead);
        sender.outbound[0].sequence = Sequence(limit - 1);
        // Whoever has heard all of it up to here knows the upper bits of the number.
        receiver.inbound[0].window.enter(limit - 2);
        assert!(sender.is_worn());
        let last = write(&mut sender, epoch).unwrap();
        assert_eq!(open(&mut receiver, &last), Ok(b"data".to_vec()));
        assert_eq!(write(&mut sender, epoch), Err(SequenceExhausted));
        assert_eq!(write(&mut sender, epoch), Err(SequenceExhausted));
        sender.plaintext = Sequence(1 << 48);
        assert_eq!(write(&mut sender, Epoch::PLAINTEXT), Err(SequenceExhausted));
    }
}

#[test]
fn a_forged_record_far_ahead_does_not_move_the_window() {
    // adversarial D12
    for (epoch, number) in [(Epoch::PROTECTED, 5..11), (Epoch::APPLICATION, 1..3)] {
        let (mut sender, mut receiver) = pair(epoch);
        let genuine = write(&mut sender, epoch).unwrap();
        let mut forged = genuine.clone();
        forged[number].iter_mut().for_each(|byte| *byte ^= 0x7f);
        assert_eq!(open(&mut receiver, &forged), Err(Dropped::NotAuthentic));
        assert_eq!(open(&mut receiver, &genuine), Ok(b"data".to_vec()));
        assert_eq!(open(&mut receiver, &genuine), Err(Dropped::Replayed));
    }
}

#[test]
fn every_epoch_has_numbers_and_a_window_of_its_own() {
    let (mut sender, mut receiver) = pair(Epoch::APPLICATION);
    let old = write(&mut sender, Epoch::APPLICATION).unwrap();
    for layer in [&mut sender, &mut receiver] {
        layer.install_outbound(Epoch(4), protection(Epoch(4), AEAD));
        layer.install_inbound(Epoch(4), protection(Epoch(4), AEAD));
    }
    assert_eq!(sender.current_epoch(), Epoch(4));
    let new = write(&mut sender, Epoch(4)).unwrap();
    assert_eq!(open(&mut receiver, &new), Ok(b"data".to_vec()));
    assert_eq!(open(&mut receiver, &old), Ok(b"data".to_vec()));
    assert_eq!(open(&mut receiver, &new), Err(Dropped::Replayed));
}

#[test]
fn of_epochs_with_the_same_bits_the_newest_is_tried() {
    let mut layer = RecordLayer::default();
    for epoch in [3, 4, 7] {
        layer.install_inbound(Epoch(epoch), protection(Epoch(epoch), AEAD));
    }
    for (first, expected) in [(0x2f, Some(7)), (0x2c, Some(4)), (0x2d, None), (0x2e, None)] {
        let bytes = [first, 0, 0, 0, 0];
        let record = Ciphertext::read(&mut Reader::new(&bytes), 0).unwrap();
        assert_eq!(layer.epoch_of(&record), expected.map(Epoch));
    }
}

#[test]
fn a_retired_key_opens_until_its_time_is_over() {
    let (mut sender, mut receiver) = pair(Epoch::APPLICATION);
    receiver.install_inbound(Epoch(4), protection(Epoch(4), AEAD));
    let records = [(); 3].map(|()| write(&mut sender, Epoch::APPLICATION).unwrap());
    receiver.retire_inbound_before(Epoch(4), Instant::from_millis(100));
    // A second retirement does not put it off.
    receiver.retire_inbound_before(Epoch(4), Instant::from_millis(200));
    receiver.forget_retired(Instant::from_millis(99));
    assert_eq!(open(&mut receiver, &records[0]), Ok(b"data".to_vec()));
    receiver.forget_retired(Instant::from_millis(100));
    assert_eq!(open(&mut receiver, &records[1]), Err(Dropped::Epoch));
    assert!(receiver.can_open(Epoch(4)));
}

#[test]
fn forgeries_are_counted_up_to_the_limit() {
    // adversarial D11
    for epoch in [Epoch::PROTECTED, Epoch::APPLICATION] {
        let (mut sender, mut receiver) = pair(epoch);
        let mut forged = write(&mut sender, epoch).unwrap();
        *forged.last_mut().unwrap() ^= 1;
        receiver.inbound[0].forgeries = limits::FORGERIES - 2;
        assert_eq!(open(&mut receiver, &forged), Err(Dropped::NotAuthentic));
        assert!(!receiver.is_besieged());
        assert_eq!(open(&mut receiver, &forged), Err(Dropped::NotAuthentic));
        assert!(receiver.is_besieged());
    }
}
