//! Lariat. If its interface changes, this file and its sibling do.

mod runs;

use std::sync::Arc;

use lariat_crypto::Provider;
use lariat_srtp::{Inbound, MasterKey, Outbound};

use crate::srtp::profile::Profile;
use crate::srtp::subject::{Receiver, Role, Sender, Stack, Subject};

/// Lariat on every backend, one packet at a time and in runs.
pub fn subjects() -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (backend, provider) in backends() {
        let name = format!("Lariat on {backend}");
        let stack = Lariat { provider: provider.clone() };
        subjects.push(Subject::new(&*name, Role::Lariat, Some(backend), stack));
        subjects.push(runs::subject(format!("{name}, runs"), backend, Lariat { provider }));
    }
    subjects
}

/// The backends, by the names of the libraries whose ciphers are their limits.
fn backends() -> Vec<(&'static str, Arc<dyn Provider>)> {
    vec![
        ("ring", lariat_crypto::ring::provider()),
        ("aws-lc-rs", lariat_crypto::aws_lc_rs::provider()),
    ]
}

struct Lariat {
    provider: Arc<dyn Provider>,
}

impl Stack for Lariat {
    type Sender = Outbound;
    type Receiver = Inbound;

    fn sender(&self, profile: Profile) -> Option<Outbound> {
        Some(Outbound::new(&self.provider, ours(profile), &key(profile)).expect("the key fits"))
    }

    fn receiver(&self, profile: Profile) -> Option<Inbound> {
        Some(Inbound::new(&self.provider, ours(profile), &key(profile)).expect("the key fits"))
    }

    fn refuses_replays(&self) -> bool {
        true
    }
}

impl Sender for Outbound {
    type Out<'a> = &'a [u8];

    #[inline]
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> &'a [u8] {
        let length = self.protect_rtp_in(buffer, length).expect("indices are not used twice");
        &buffer[..length]
    }
}

impl Receiver for Inbound {
    type Out<'a> = &'a [u8];

    #[inline]
    fn unprotect<'a>(&'a mut self, _: usize, packet: &'a mut [u8]) -> Option<&'a [u8]> {
        let length = self.unprotect_rtp(packet).ok()?;
        packet.get(..length)
    }
}

fn key(profile: Profile) -> MasterKey {
    MasterKey::new(&profile.master_key(), &profile.master_salt())
}

/// Our name of the profile.
fn ours(profile: Profile) -> lariat_srtp::Profile {
    match profile {
        Profile::Gcm128 => lariat_srtp::Profile::AeadAes128Gcm,
        Profile::Gcm256 => lariat_srtp::Profile::AeadAes256Gcm,
        Profile::Cm128 => lariat_srtp::Profile::Aes128CmHmacSha1_80,
    }
}
