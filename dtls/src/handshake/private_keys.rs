//! Private halves of key exchanges that wait for the peer's.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use lariat_crypto::{KeyExchange, NamedGroup};

use crate::limits;

/// The keys, the oldest first.
///
/// They are not in the states of the handshake, which may have to be gone back to: a key is used
/// once, whatever comes of it.
#[derive(Debug, Default)]
pub(crate) struct PrivateKeys {
    keys: VecDeque<Box<dyn KeyExchange>>,
    renewals: u8,
}

impl PrivateKeys {
    pub(crate) fn add(&mut self, key: Box<dyn KeyExchange>) {
        if self.keys.len() >= limits::PRIVATE_KEYS {
            self.keys.pop_front();
        }
        self.keys.push_back(key);
    }

    /// Takes out the key with this public half, if it was not used yet.
    pub(crate) fn take(&mut self, group: NamedGroup, share: &[u8]) -> Option<Box<dyn KeyExchange>> {
        let mut keys = self.keys.iter();
        let index = keys.position(|key| key.group() == group && key.share() == share)?;
        self.keys.remove(index)
    }

    /// Whether keys that were used up may be made anew; counts it.
    pub(crate) const fn renew(&mut self) -> bool {
        let may = self.renewals < limits::RENEWALS;
        self.renewals = self.renewals.saturating_add(1);
        may
    }

    /// Forgets all keys.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
    }
}
