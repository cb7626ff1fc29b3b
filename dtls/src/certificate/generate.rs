//! Writing a self-signed certificate (RFC 5280 §4.1).

use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_crypto::{Error, SignatureScheme, SigningKey};

use super::der::{
    BIT_STRING, CONTEXT_0, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, UTC_TIME,
    UTF8_STRING, element,
};

/// 2.5.4.3, id-at-commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 1.2.840.10045.4.3.3, ecdsa-with-SHA384 (RFC 5758 §3.2).
const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
/// 1.2.840.10045.4.3.2, ecdsa-with-SHA256 (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// 1.3.101.112, id-Ed25519 (RFC 8410 §3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const NAME: &[u8] = b"WebRTC";
const DAY: Duration = Duration::from_secs(86_400);
/// Clocks differ: a peer that checks dates must not find the certificate to be of tomorrow.
const VALID_BEFORE_NOW: Duration = DAY;
const VALID_AFTER_NOW: Duration = Duration::from_secs(30 * 86_400);

/// A certificate for `key`, signed by it.
pub(super) fn self_signed(
    key: &dyn SigningKey,
    serial: [u8; 8],
    now_unix: Duration,
) -> Result<Vec<u8>, Error> {
    let algorithm = match key.scheme() {
        SignatureScheme::EcdsaSecp256r1Sha256 => ECDSA_WITH_SHA256,
        SignatureScheme::EcdsaSecp384r1Sha384 => ECDSA_WITH_SHA384,
        SignatureScheme::Ed25519 => ED25519,
        _ => return Err(Error::Unsupported),
    };
    let algorithm = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[algorithm])]);
    let name = name();
    let validity = element(
        SEQUENCE,
        &[
            &time(now_unix.saturating_sub(VALID_BEFORE_NOW)),
            &time(now_unix.saturating_add(VALID_AFTER_NOW)),
        ],
    );
    let to_be_signed = element(
        SEQUENCE,
        &[
            // Version 3 is written as 2.
            &element(CONTEXT_0, &[&element(INTEGER, &[&[2]])]),
            &serial_number(serial),
            &algorithm,
            &name,
            &validity,
            &name,
            key.subject_public_key_info(),
        ],
    );
    let signature = key.sign(&to_be_signed)?;
    let signature = element(BIT_STRING, &[&[0], &signature]);
    Ok(element(SEQUENCE, &[&to_be_signed, &algorithm, &signature]))
}

fn name() -> Vec<u8> {
    let attribute = element(
        SEQUENCE,
        &[&element(OBJECT_IDENTIFIER, &[COMMON_NAME]), &element(UTF8_STRING, &[NAME])],
    );
    element(SEQUENCE, &[&element(SET, &[&attribute])])
}

/// rfc5280 §4.1.2.2: positive and not zero. The first byte is made to lie in 0x40..=0x7f, so the
/// number needs no byte before it and has the same length always.
fn serial_number(random: [u8; 8]) -> Vec<u8> {
    let [first, rest @ ..] = random;
    element(INTEGER, &[&[first & 0x7f | 0x40], &rest])
}

/// rfc5280 §4.1.2.5: two digits of the year up to 2049, four after it.
fn time(unix: Duration) -> Vec<u8> {
    let seconds = unix.as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if year < 2050 {
        element(UTC_TIME, &[format!("{:02}", year % 100).as_bytes(), rest.as_bytes()])
    } else {
        element(GENERALIZED_TIME, &[format!("{:04}", year.min(9_999)).as_bytes(), rest.as_bytes()])
    }
}

/// Year, month and day of the Gregorian calendar, of a number of days since 1970-01-01.
pub(super) fn date(days: u64) -> (u64, u64, u64) {
    /// The calendar repeats after 400 years.
    const CYCLE: u64 = 146_097;
    let mut year = (days / CYCLE).saturating_mul(400).saturating_add(1970);
    let mut left = days % CYCLE;
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}
