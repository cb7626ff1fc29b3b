//! Several master keys, and which of them a packet is opened with.

use alloc::boxed::Box;

use super::Inbound;
use crate::layout::Layout;
use crate::limits::MAX_KEYS;
use crate::packet::Place;
use crate::session::{Derived, PacketKeys, Session};
use crate::{Dropped, KeyError, MasterKey};

impl Inbound {
    /// Takes another master key, to which the sender will change, or may have changed.
    ///
    /// With master key identifiers, a packet says which key it is protected with. Without them it
    /// is tried with the latest key and then with the one before, until
    /// [`forget_old_keys`](Self::forget_old_keys); a third key makes the first forgotten. Indices
    /// go on as they are, whatever the key (RFC 3711 §3.3.1).
    ///
    /// # Errors
    /// [`KeyError`]; everything stays as it is then.
    pub fn add_key(&mut self, key: &MasterKey) -> Result<(), KeyError> {
        let (expected, actual) = (self.opening.layout.mki_len(), key.mki().len());
        if expected != actual {
            return Err(KeyError::MkiLength { expected, actual });
        }
        if expected > 0 {
            if self.opening.sessions.iter().any(|session| session.mki() == key.mki()) {
                return Err(KeyError::MkiInUse);
            }
            if self.opening.sessions.len() >= MAX_KEYS {
                return Err(KeyError::TooManyKeys);
            }
        }
        // Streams keep session keys under this number. It must not come back with another key.
        let number = self.added.saturating_add(1);
        let session =
            Session::new(&self.provider, self.opening.profile, &self.opening.config, key, number)?;
        if expected == 0 && self.opening.sessions.len() > 1 {
            self.opening.sessions.remove(0);
        }
        self.opening.sessions.push(session);
        self.added = number;
        Ok(())
    }

    /// Forgets a master key, unless it is the only one. Says whether it did.
    pub fn remove_key(&mut self, mki: &[u8]) -> bool {
        let place = self.opening.sessions.iter().position(|session| session.mki() == mki);
        match place {
            Some(place) if self.opening.sessions.len() > 1 => {
                self.opening.sessions.remove(place);
                true
            }
            _ => false,
        }
    }

    /// Forgets all master keys but the one that was added last.
    pub fn forget_old_keys(&mut self) {
        let old = self.opening.sessions.len().saturating_sub(1);
        self.opening.sessions.drain(..old);
    }

    /// Opens an RTCP packet, and returns keys that its sender's entry should keep.
    pub(super) fn open_rtcp(
        &mut self,
        packet: &mut [u8],
        place: Place,
    ) -> Result<Option<Box<Derived<PacketKeys>>>, Dropped> {
        let mki = self.opening.layout.rtcp(packet).ok_or(Dropped::TooShort)?.mki;
        let sessions = named(&self.opening.sessions, mki)?;
        let is_kept = self.opening.layout.is_aead() && sessions.len() > 1;
        if is_kept {
            self.copy.clear();
            self.copy.extend_from_slice(packet);
        }
        let kept = self.rtcp.get(place.ssrc).and_then(|receiver| receiver.keys.as_deref());
        let mut is_destroyed = false;
        for session in sessions.iter().rev() {
            if is_destroyed {
                packet.copy_from_slice(&self.copy);
            }
            let mut fresh = None;
            let keys = session.rtcp_keys(
                kept,
                &mut fresh,
                self.opening.profile,
                &self.opening.config,
                place.index,
            );
            let parts = self.opening.layout.rtcp(packet).ok_or(Dropped::TooShort)?;
            if keys.is_ok_and(|keys| keys.open_rtcp(place, parts).is_ok()) {
                return Ok(fresh);
            }
            is_destroyed = is_kept;
        }
        Err(Dropped::NotAuthentic)
    }
}

/// The keys that an RTP packet may be protected with.
#[inline]
pub(super) fn named_in_rtp<'s>(
    sessions: &'s [Session],
    layout: &Layout,
    packet: &mut [u8],
) -> Result<&'s [Session], Dropped> {
    if layout.mki_len() == 0 {
        return Ok(sessions);
    }
    named(sessions, layout.rtp(packet).ok_or(Dropped::TooShort)?.mki)
}

/// All keys if packets do not name theirs, else the one that this packet names.
fn named<'s>(sessions: &'s [Session], mki: &[u8]) -> Result<&'s [Session], Dropped> {
    if mki.is_empty() {
        return Ok(sessions);
    }
    let place = sessions.iter().position(|session| session.mki() == mki);
    place.and_then(|place| sessions.get(place..=place)).ok_or(Dropped::UnknownKey)
}
