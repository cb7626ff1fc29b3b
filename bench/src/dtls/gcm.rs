//! The limits of records: AES-128-GCM alone, with the key made beforehand, over what is encrypted
//! in a record of the version: the data, and in 1.3 the content type behind it (RFC 8446 §5.2).
//! What is authenticated beside that is as long as SRTP's header, 12 bytes; in a record it is 13,
//! or 5 in 1.3.

use std::hint::black_box;

use lariat_crypto::{AeadAlgorithm, HeaderProtectionKey};

use crate::case::Case;
use crate::dtls::lariat::backends;
use crate::dtls::parameters::Version;
use crate::dtls::subject::{Role, Subject, Work};
use crate::dtls::{DATA_LEN, RECORDS};
use crate::srtp::packet::HEADER_LEN;
use crate::srtp::profile::Profile;
use crate::srtp::raw::{Cipher, gcm};

const TAG_LEN: usize = 16;

/// The libraries' ciphers, the copy that everybody makes, and what hides a number in 1.3.
pub fn subjects() -> Vec<Subject> {
    let limit = |backend: &'static str, cipher: fn() -> Option<Box<dyn Cipher>>| {
        let make = move |work| -> Option<Box<dyn Case>> {
            let records = |version| Some(Records::new(cipher()?, version));
            match work {
                Work::Handshake(_) => None,
                Work::Send(version) => Some(Box::new(Sealing(records(version)?))),
                Work::Receive(version) => Some(Box::new(Opening(records(version)?))),
            }
        };
        Subject::new(format!("limit: {backend}"), Role::Limit, make).on(backend).of(&[backend])
    };
    let copy = |work| -> Option<Box<dyn Case>> {
        match work {
            Work::Handshake(_) => None,
            Work::Send(_) | Work::Receive(_) => Some(Box::new(Copying(Buffers::new(DATA_LEN)))),
        }
    };
    let mut subjects = vec![
        limit("ring", || Some(Box::new(gcm::Ring::new(Profile::Gcm128)?))),
        limit("aws-lc-rs", || Some(Box::new(gcm::AwsLcRs::new(Profile::Gcm128)?))),
        Subject::new("a copy of the data", Role::Part, copy),
    ];
    for (backend, provider) in backends() {
        let mask = move |work| -> Option<Box<dyn Case>> {
            if !matches!(work, Work::Send(Version::V13) | Work::Receive(Version::V13)) {
                return None;
            }
            let key = provider.header_protection_key(AeadAlgorithm::Aes128Gcm, &[7; 16]);
            Some(Box::new(Masking(key.expect("the key has the right length"))))
        };
        subjects.push(Subject::new(format!("a number's mask: {backend}"), Role::Part, mask));
    }
    subjects
}

/// How much is encrypted in a record.
const fn plaintext_len(version: Version) -> usize {
    match version {
        Version::V12 => DATA_LEN,
        Version::V13 => DATA_LEN + 1,
    }
}

/// Where the data comes from, and where it goes.
struct Buffers {
    from: Vec<Vec<u8>>,
    to: Vec<Vec<u8>>,
}

impl Buffers {
    fn new(len: usize) -> Self {
        let buffers = vec![vec![0xa5; len]; RECORDS];
        Self { from: buffers.clone(), to: buffers }
    }
}

struct Records {
    cipher: Box<dyn Cipher>,
    /// Of a header and what is encrypted.
    sealable_len: usize,
    buffers: Buffers,
}

impl Records {
    fn new(cipher: Box<dyn Cipher>, version: Version) -> Self {
        let sealable_len = HEADER_LEN + plaintext_len(version);
        Self { cipher, sealable_len, buffers: Buffers::new(sealable_len + TAG_LEN) }
    }
}

struct Copying(Buffers);

impl Case for Copying {
    fn pass(&mut self) -> usize {
        for (from, to) in self.0.from.iter().zip(&mut self.0.to) {
            to[..DATA_LEN].copy_from_slice(&black_box(from)[..DATA_LEN]);
            black_box(to);
        }
        RECORDS
    }
}

struct Masking(Box<dyn HeaderProtectionKey>);

impl Case for Masking {
    fn pass(&mut self) -> usize {
        for number in 0..RECORDS {
            black_box(self.0.mask(black_box(&(number as u128).to_be_bytes())));
        }
        RECORDS
    }
}

struct Sealing(Records);

impl Case for Sealing {
    fn pass(&mut self) -> usize {
        let Records { cipher, sealable_len, buffers } = &mut self.0;
        for (number, (from, to)) in buffers.from.iter().zip(&mut buffers.to).enumerate() {
            to.copy_from_slice(from);
            black_box(cipher.seal(number as u64, to, *sealable_len));
        }
        RECORDS
    }
}

struct Opening(Records);

impl Case for Opening {
    fn prepare(&mut self) {
        let Records { cipher, sealable_len, buffers } = &mut self.0;
        for (number, from) in buffers.from.iter_mut().enumerate() {
            from.fill(0xa5);
            cipher.seal(number as u64, from, *sealable_len);
        }
    }

    fn pass(&mut self) -> usize {
        let Records { cipher, buffers, .. } = &mut self.0;
        for (number, (from, to)) in buffers.from.iter().zip(&mut buffers.to).enumerate() {
            to.copy_from_slice(from);
            black_box(cipher.open(number as u64, to).expect("it was sealed so"));
        }
        RECORDS
    }
}
