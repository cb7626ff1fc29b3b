//! Lariat. If its interface changes, this file does.

use std::sync::Arc;

use lariat_crypto::Provider;
use lariat_srtp::{Inbound, MasterKey, Outbound};

use crate::srtp::packet;
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Receiver, Role, Sender, Stack, Subject};

/// Lariat on every backend.
pub fn subjects() -> Vec<Subject> {
    backends()
        .into_iter()
        .map(|(backend, provider)| {
            let name = format!("Lariat on {backend}");
            Subject::new(name, Role::Lariat, Some(backend), Lariat { provider })
        })
        .collect()
}

/// The backends, by the names of the libraries whose ciphers are their limits.
fn backends() -> Vec<(&'static str, Arc<dyn Provider>)> {
    vec![("ring", lariat_crypto::ring::provider())]
}

struct Lariat {
    provider: Arc<dyn Provider>,
}

impl Stack for Lariat {
    type Sender = Sending;
    type Receiver = Inbound;

    fn sender(&self, profile: Profile) -> Option<Sending> {
        let outbound = Outbound::new(&*self.provider, ours(profile)?, &key(profile));
        Some(Sending { outbound: outbound.expect("the key fits"), packet: Vec::new() })
    }

    fn receiver(&self, profile: Profile) -> Option<Inbound> {
        let inbound = Inbound::new(&*self.provider, ours(profile)?, &key(profile));
        Some(inbound.expect("the key fits"))
    }

    fn refuses_replays(&self) -> bool {
        true
    }
}

struct Sending {
    outbound: Outbound,
    packet: Vec<u8>,
}

impl Sender for Sending {
    type Out<'a> = &'a [u8];

    #[inline]
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> &'a [u8] {
        self.packet.clear();
        self.packet.extend_from_slice(&buffer[..length]);
        self.outbound.protect_rtp(&mut self.packet).expect("indices are not used twice");
        &self.packet
    }
}

impl Receiver for Inbound {
    type Out<'a> = &'a [u8];

    #[inline]
    fn unprotect<'a>(&'a mut self, datagram: &[u8], buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let packet = packet::arrive(datagram, buffer);
        let length = self.unprotect_rtp(packet).ok()?;
        packet.get(..length)
    }
}

fn key(profile: Profile) -> MasterKey {
    MasterKey::new(&profile.master_key(), &profile.master_salt())
}

/// Our name of the profile, if we have it.
fn ours(profile: Profile) -> Option<lariat_srtp::Profile> {
    match profile {
        Profile::Gcm128 => Some(lariat_srtp::Profile::AeadAes128Gcm),
        Profile::Gcm256 => None,
        Profile::Cm128 => Some(lariat_srtp::Profile::Aes128CmHmacSha1_80),
    }
}
