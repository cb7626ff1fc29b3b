use alloc::vec::Vec;

use lariat_base::Seed;
use lariat_crypto::ring;

use super::*;

const NOW: Duration = Duration::from_secs(1_790_000_000);

fn generate(seed: u8) -> Certificate {
    let mut rng = Seed::new([seed; 32]).rng();
    Certificate::generate(&*ring::provider(), &mut rng, NOW).unwrap()
}

#[test]
fn the_reader_finds_the_key_of_what_the_writer_wrote() {
    let certificate = generate(1);
    let key = certificate.signing_key().subject_public_key_info();
    assert_eq!(subject_public_key_info(certificate.der()), Ok(key));
}

#[test]
fn a_certificate_of_version_1_is_read() {
    // adversarial D17: the same with the version field taken out.
    let certificate = generate(1);
    let der = certificate.der();
    let tbs = &der[4..];
    assert_eq!(&tbs[..2], [0x30, 0x82 - 1], "the layout this test takes apart");
    let tbs_len = usize::from(tbs[2]);
    let without_version = &tbs[3 + 5..3 + tbs_len];
    let mut inner = alloc::vec![0x30, 0x81, u8::try_from(without_version.len()).unwrap()];
    inner.extend_from_slice(without_version);
    inner.extend_from_slice(&tbs[3 + tbs_len..]);
    let mut outer = alloc::vec![0x30, 0x82];
    outer.extend_from_slice(&u16::try_from(inner.len()).unwrap().to_be_bytes());
    outer.extend_from_slice(&inner);
    let key = certificate.signing_key().subject_public_key_info();
    assert_eq!(subject_public_key_info(&outer), Ok(key));
}

#[test]
fn a_certificate_cut_anywhere_is_refused() {
    // adversarial D17
    let certificate = generate(1);
    for length in 0..certificate.der().len() {
        assert!(subject_public_key_info(&certificate.der()[..length]).is_err(), "{length}");
    }
    let mut longer = certificate.der().to_vec();
    longer.push(0);
    assert_eq!(subject_public_key_info(&longer), Err(ParseError::Trailing));
}

#[test]
fn changed_bytes_never_panic_the_reader() {
    // adversarial D17
    let certificate = generate(1);
    for index in 0..certificate.der().len() {
        for value in [0, 0x1f, 0x30, 0x80, 0x81, 0x84, 0xff] {
            let mut der = certificate.der().to_vec();
            der[index] = value;
            let _ = subject_public_key_info(&der);
        }
    }
}

#[test]
fn lengths_that_are_not_der_are_refused() {
    // adversarial D17: indefinite, longer than need be, too long to be a certificate's.
    for bytes in [
        &[0x30, 0x80, 0, 0][..],
        &[0x30, 0x81, 2, 0x30, 0],
        &[0x30, 0x82, 0, 2, 0x30, 0],
        &[0x30, 0x84, 0, 0, 0, 2, 0x30, 0],
        &[0x30, 0xff],
    ] {
        let refused = subject_public_key_info(bytes);
        assert_eq!(refused, Err(ParseError::Invalid("DER length")), "{bytes:?}");
    }
}

#[test]
fn serial_numbers_are_positive_and_of_one_length() {
    let lengths: Vec<usize> = (0..64)
        .map(|seed| {
            let certificate = generate(seed);
            // SEQUENCE, SEQUENCE, version, then the serial number.
            let serial = &certificate.der()[4 + 3 + 5..][..10];
            assert_eq!(serial[..2], [0x02, 8]);
            assert!((0x40..0x80).contains(&serial[2]));
            serial.len()
        })
        .collect();
    assert_eq!(lengths, [10; 64]);
}

#[test]
fn days_become_dates() {
    for (days, expected) in [
        (0, (1970, 1, 1)),
        (58, (1970, 2, 28)),
        (59, (1970, 3, 1)),
        (11_016, (2000, 2, 29)),
        (11_017, (2000, 3, 1)),
        (20_717, (2026, 9, 21)),
        (29_219, (2049, 12, 31)),
        (29_220, (2050, 1, 1)),
        (47_540, (2100, 2, 28)),
        (47_541, (2100, 3, 1)),
    ] {
        assert_eq!(generate::date(days), expected);
    }
}

#[test]
fn dates_after_2049_have_four_digits_of_the_year() {
    let late = Duration::from_secs(2_600_000_000);
    let mut rng = Seed::new([1; 32]).rng();
    let certificate = Certificate::generate(&*ring::provider(), &mut rng, late).unwrap();
    let contains = |text: &[u8]| certificate.der().windows(text.len()).any(|part| part == text);
    assert!(contains(b"\x18\x0f20520521"), "{:?}", certificate.der());
}

#[test]
fn debug_output_shows_no_private_key() {
    let text = alloc::format!("{:?}", generate(1));
    assert!(text.contains("fingerprint"));
    assert!(!text.to_lowercase().contains("private_key: ["), "{text}");
}
