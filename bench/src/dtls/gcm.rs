//! The limits of records: AES-128-GCM alone, with the key made beforehand. What is authenticated
//! beside the data is as long as SRTP's header, 12 bytes; in a record it is 13, or 5 in 1.3.

use std::hint::black_box;

use crate::case::Case;
use crate::dtls::subject::{Role, Subject, Work};
use crate::dtls::{DATA_LEN, RECORDS};
use crate::srtp::packet::HEADER_LEN;
use crate::srtp::profile::Profile;
use crate::srtp::raw::{Cipher, gcm};

const TAG_LEN: usize = 16;

const SEALED_LEN: usize = HEADER_LEN + DATA_LEN + TAG_LEN;

/// The libraries' ciphers, and the copy that everybody makes.
pub fn subjects() -> Vec<Subject> {
    let limit = |backend: &'static str, cipher: fn() -> Option<Box<dyn Cipher>>| {
        let make = move |work| -> Option<Box<dyn Case>> {
            let records = Records::new(cipher()?);
            match work {
                Work::Handshake(_) => None,
                Work::Send(_) => Some(Box::new(Sealing(records))),
                Work::Receive(_) => Some(Box::new(Opening(records))),
            }
        };
        Subject::new(format!("limit: {backend}"), Role::Limit, make).on(backend).of(&[backend])
    };
    let copy = |work| -> Option<Box<dyn Case>> {
        match work {
            Work::Handshake(_) => None,
            Work::Send(_) | Work::Receive(_) => Some(Box::new(Copying(Buffers::new()))),
        }
    };
    vec![
        limit("ring", || Some(Box::new(gcm::Ring::new(Profile::Gcm128)?))),
        limit("aws-lc-rs", || Some(Box::new(gcm::AwsLcRs::new(Profile::Gcm128)?))),
        Subject::new("a copy of the data", Role::Part, copy),
    ]
}

/// Where the data comes from, and where it goes.
struct Buffers {
    from: Vec<Vec<u8>>,
    to: Vec<Vec<u8>>,
}

impl Buffers {
    fn new() -> Self {
        let buffers = vec![vec![0xa5; SEALED_LEN]; RECORDS];
        Self { from: buffers.clone(), to: buffers }
    }
}

struct Records {
    cipher: Box<dyn Cipher>,
    buffers: Buffers,
}

impl Records {
    fn new(cipher: Box<dyn Cipher>) -> Self {
        Self { cipher, buffers: Buffers::new() }
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

struct Sealing(Records);

impl Case for Sealing {
    fn pass(&mut self) -> usize {
        let Records { cipher, buffers } = &mut self.0;
        for (number, (from, to)) in buffers.from.iter().zip(&mut buffers.to).enumerate() {
            to.copy_from_slice(from);
            black_box(cipher.seal(number as u64, to, HEADER_LEN + DATA_LEN));
        }
        RECORDS
    }
}

struct Opening(Records);

impl Case for Opening {
    fn prepare(&mut self) {
        let Records { cipher, buffers } = &mut self.0;
        for (number, from) in buffers.from.iter_mut().enumerate() {
            from.fill(0xa5);
            cipher.seal(number as u64, from, HEADER_LEN + DATA_LEN);
        }
    }

    fn pass(&mut self) -> usize {
        let Records { cipher, buffers } = &mut self.0;
        for (number, (from, to)) in buffers.from.iter().zip(&mut buffers.to).enumerate() {
            to.copy_from_slice(from);
            black_box(cipher.open(number as u64, to).expect("it was sealed so"));
        }
        RECORDS
    }
}
