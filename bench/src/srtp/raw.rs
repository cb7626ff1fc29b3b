//! The limits: ciphers alone, on the same bytes, with keys made beforehand.
//!
//! They do what no stack can leave out: an IV from the packet's index, the cipher over the payload,
//! the tag over header and payload, and in counter mode the rollover counter behind it. They look
//! at no header, know no stream and keep no window.

pub mod composite;
pub mod gcm;

use crate::srtp::packet::FIRST;
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Receiver, Sender, Stack};

/// A cipher with its keys.
pub trait Cipher {
    /// Protects the packet at the front of `buffer`; returns how long it is then.
    fn seal(&self, index: u64, buffer: &mut [u8], length: usize) -> usize;

    /// Opens a packet; returns how long it is then, or nothing if it is forged.
    fn open(&self, index: u64, packet: &mut [u8]) -> Option<usize>;
}

/// A direction of a stream: a cipher and the next index.
pub struct Stream<C> {
    cipher: C,
    next: u64,
}

impl<C> Stream<C> {
    fn new(cipher: C) -> Self {
        Self { cipher, next: u64::from(FIRST) }
    }
}

impl<C: Cipher> Sender for Stream<C> {
    type Out<'a>
        = &'a [u8]
    where
        Self: 'a;

    #[inline]
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> &'a [u8] {
        let length = self.cipher.seal(self.next, buffer, length);
        self.next += 1;
        &buffer[..length]
    }
}

impl<C: Cipher> Receiver for Stream<C> {
    type Out<'a>
        = &'a [u8]
    where
        Self: 'a;

    #[inline]
    fn unprotect<'a>(&'a mut self, _: usize, packet: &'a mut [u8]) -> Option<&'a [u8]> {
        let length = self.cipher.open(self.next, packet)?;
        self.next += 1;
        packet.get(..length)
    }
}

/// A library's cipher for a profile, if it has one.
pub struct Limit<C>(fn(Profile) -> Option<C>);

impl<C> Limit<C> {
    /// With what makes the cipher.
    pub fn new(make: fn(Profile) -> Option<C>) -> Self {
        Self(make)
    }
}

impl<C: Cipher + 'static> Stack for Limit<C> {
    type Sender = Stream<C>;
    type Receiver = Stream<C>;

    fn sender(&self, profile: Profile) -> Option<Stream<C>> {
        (self.0)(profile).map(Stream::new)
    }

    fn receiver(&self, profile: Profile) -> Option<Stream<C>> {
        (self.0)(profile).map(Stream::new)
    }

    fn refuses_replays(&self) -> bool {
        false
    }
}

/// What everybody's packets are compared with.
pub fn reference(profile: Profile) -> Stream<Box<dyn Cipher>> {
    let gcm = gcm::Ring::new(profile).map(|cipher| Box::new(cipher) as Box<dyn Cipher>);
    let cipher = gcm.or_else(|| Some(Box::new(composite::RustCrypto::new(profile)?)));
    Stream::new(cipher.expect("each profile has a cipher"))
}

impl Cipher for Box<dyn Cipher> {
    fn seal(&self, index: u64, buffer: &mut [u8], length: usize) -> usize {
        (**self).seal(index, buffer, length)
    }

    fn open(&self, index: u64, packet: &mut [u8]) -> Option<usize> {
        (**self).open(index, packet)
    }
}
