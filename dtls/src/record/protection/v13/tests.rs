use lariat_base::Reader;
use proptest::prelude::*;

use super::*;
use crate::record::Epoch;

fn protection() -> Protection13 {
    let provider = lariat_crypto::ring::provider();
    let aead = AeadAlgorithm::Aes128Gcm;
    let key = provider.aead_key(aead, &[7; 16]).unwrap();
    let number_key = provider.header_protection_key(aead, &[8; 16]).unwrap();
    Protection13::new(aead, key, [9; 12], number_key)
}

fn seal(sequence: u64, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let number = RecordNumber { epoch: Epoch::APPLICATION, sequence };
    protection().seal(ContentType::ApplicationData, &[], number, content, &mut out);
    out
}

fn open(bytes: &[u8], expected: u64) -> Result<Opened, Dropped> {
    let record = Ciphertext::read(&mut Reader::new(bytes), 0).map_err(|_| Dropped::Header)?;
    protection().open(&record, expected, Vec::new())
}

/// A record with a header and a plaintext of one's own.
fn crafted(header: &[u8], number: core::ops::Range<usize>, plaintext: &[u8]) -> Vec<u8> {
    let mut body = plaintext.to_vec();
    let tag = protection().key.seal(&numbered(protection().iv, 5), header, &mut body);
    body.extend_from_slice(&tag);
    let mask = protection().mask(&body).unwrap();
    let mut out = [header, &body].concat();
    out[number].iter_mut().zip(mask).for_each(|(to, by)| *to ^= by);
    out
}

#[test]
fn what_is_sealed_is_opened() {
    for sequence in [0, 1, 255, 256, 65_535, 65_536, 1 << 40] {
        for content in [&[][..], b"data", &[0; 100]] {
            let sealed = seal(sequence, content);
            assert_eq!(sealed.len(), content.len() + Ciphertext::HEADER_LEN + 17);
            let opened = open(&sealed, sequence).unwrap();
            assert_eq!((opened.sequence, &opened.content[..]), (sequence, content));
        }
    }
}

#[test]
fn the_number_is_hidden_on_the_wire() {
    let numbers: Vec<u8> = (0..4).map(|sequence| seal(sequence, b"data")[2]).collect();
    assert_ne!(numbers, [0, 1, 2, 3]);
}

#[test]
fn every_form_of_the_header_is_authenticated() {
    // A short number, no length, and both.
    for (header, number) in
        [(&[0x2b, 0, 5][..], 1..3), (&[0x27, 5, 0, 21], 1..2), (&[0x23, 5], 1..2)]
    {
        let record = crafted(header, number, b"data\x17");
        assert_eq!(open(&record, 0).unwrap().content, b"data");
    }
    let sealed = seal(5, b"data");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&changed, 5).is_err(), "bit {bit}");
    }
}

#[test]
fn padding_is_taken_off_and_a_record_of_padding_alone_is_dropped() {
    let header = |plaintext: &[u8]| [0x2f, 0, 5, 0, u8::try_from(plaintext.len() + 16).unwrap()];
    let padded = b"data\0\x17\0\0\0";
    let opened = open(&crafted(&header(padded), 1..3, padded), 0).unwrap();
    assert_eq!(opened.content, b"data\0");
    for (plaintext, reason) in [
        (&b"\0\0\0\0"[..], Dropped::ContentType),
        (b"", Dropped::ContentType),
        (b"data\x63", Dropped::ContentType),
    ] {
        assert_eq!(open(&crafted(&header(plaintext), 1..3, plaintext), 0), Err(reason));
    }
}

#[test]
fn records_too_short_or_too_long_are_dropped() {
    let sealed = seal(5, b"");
    for length in 0..16 {
        let mut short = sealed[..5 + length].to_vec();
        short[4] = u8::try_from(length).unwrap();
        assert_eq!(open(&short, 5), Err(Dropped::Length));
    }
    assert!(open(&seal(5, &[1; limits::MAX_PLAINTEXT]), 5).is_ok());
    assert_eq!(open(&seal(5, &[1; limits::MAX_PLAINTEXT + 1]), 5), Err(Dropped::Length));
    assert_eq!(open(&seal(5, &[1; limits::MAX_PLAINTEXT + 256]), 5), Err(Dropped::Length));
}

#[test]
fn numbers_are_reconstructed_nearest_to_the_expected_one() {
    for (expected, low, number) in [
        (0, &[0][..], 0),
        (0, &[255], 255),
        (5, &[254], 254),
        (200, &[3], 259),
        (256, &[255], 255),
        (300, &[200], 200),
        (65_536, &[0xff, 0xff], 65_535),
        (65_535, &[0, 2], 65_538),
        (1 << 40, &[0, 0], 1 << 40),
        (u64::MAX, &[0], u64::MAX),
    ] {
        assert_eq!(reconstruct(expected, low), number, "{expected} {low:?}");
    }
}

proptest! {
    #[test]
    fn any_number_within_half_the_span_is_found(expected: u64, ahead in -32_000_i64..32_000) {
        let number = expected.saturating_add_signed(ahead);
        let [.., high, low] = number.to_be_bytes();
        prop_assume!(number < u64::MAX - 70_000);
        prop_assert_eq!(reconstruct(expected, &[high, low]), number);
        if (-100..100).contains(&ahead) {
            prop_assert_eq!(reconstruct(expected, &[low]), number);
        }
    }
}
