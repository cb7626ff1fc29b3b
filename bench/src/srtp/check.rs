//! Whether everybody does the same work: SRTP leaves no freedom, so packets are equal to the byte.

use std::fmt;

use crate::srtp::packet::{self, Batch, FIRST, HEADER_LEN, ROOM};
use crate::srtp::profile::Profile;
use crate::srtp::raw;
use crate::srtp::subject::{Receiver, Sender, Stack};

/// Enough to pass the end of the sequence numbers.
const PACKETS: usize = 256;

/// Lengths of payload: of the benches, and such that fill no block.
const PAYLOADS: [usize; 5] = [1, 33, 160, 1_200, 8_000];

/// What a subject does that it should not.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// For a person.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Packets as they should be, made by ciphers alone; each subject is held to them, Lariat too.
pub fn protected(profile: Profile, payload: usize, count: usize) -> Batch {
    let mut sender = raw::reference(profile);
    let packets: Vec<Vec<u8>> = (0..count)
        .map(|at| {
            let mut buffer = packet::rtp(FIRST.wrapping_add(at as u16), payload);
            let length = buffer.len();
            buffer.resize(length + ROOM, 0);
            sender.protect(&mut buffer, length).to_vec()
        })
        .collect();
    Batch::new(&packets)
}

/// Holds a stack to what it should make, and to what it should open and refuse.
///
/// # Errors
///
/// [`Trouble`] for the first thing that is wrong. A profile that it does not have is no trouble.
pub fn stack<S: Stack>(stack: &S, profile: Profile) -> Result<(), Trouble> {
    for payload in PAYLOADS {
        let expected = protected(profile, payload, PACKETS);
        if let Some(mut sender) = stack.sender(profile) {
            sends(&mut sender, &expected, payload)?;
        }
        if let Some(mut receiver) = stack.receiver(profile) {
            receives(&mut receiver, &expected, payload, stack.refuses_replays())?;
        }
    }
    Ok(())
}

fn sends<S: Sender>(sender: &mut S, expected: &Batch, payload: usize) -> Result<(), Trouble> {
    for (at, expected) in expected.iter().enumerate() {
        let mut buffer = packet::rtp(FIRST.wrapping_add(at as u16), payload);
        buffer.resize(HEADER_LEN + payload + ROOM, 0);
        if sender.protect(&mut buffer, HEADER_LEN + payload).as_ref() != expected {
            return Err(Trouble::new(format!(
                "packet {at} with {payload} bytes is protected in another way than it should be"
            )));
        }
    }
    Ok(())
}

fn receives<R: Receiver>(
    receiver: &mut R,
    packets: &Batch,
    payload: usize,
    refuses_replays: bool,
) -> Result<(), Trouble> {
    let trouble = |at: usize, what: &str| {
        Err(Trouble::new(format!("packet {at} with {payload} bytes {what}")))
    };
    let mut open = |datagram: &[u8]| -> Option<Vec<u8>> {
        let mut packet = vec![0; datagram.len()];
        receiver.arrive(0, datagram, &mut packet);
        Some(receiver.unprotect(0, &mut packet)?.as_ref().to_vec())
    };
    for (at, datagram) in packets.iter().enumerate() {
        let mut forged = datagram.to_vec();
        if let Some(byte) = forged.last_mut() {
            *byte ^= 1;
        }
        if open(&forged).is_some() {
            return trouble(at, "is accepted though it is forged");
        }
        let plain = packet::rtp(FIRST.wrapping_add(at as u16), payload);
        match open(datagram) {
            Some(opened) if opened.ends_with(&plain[HEADER_LEN..]) => {}
            Some(_) => return trouble(at, "is decrypted to something else"),
            None => return trouble(at, "is refused though it is authentic"),
        }
        if refuses_replays && open(datagram).is_some() {
            return trouble(at, "is accepted twice");
        }
    }
    Ok(())
}
