//! DTLS on its way from nothing to keys.

use alloc::vec::Vec;

use lariat_dtls::{ConnectedInfo, Connection, Role};

use crate::limits::MAX_EARLY_DATAGRAMS;

/// The security of the transport.
#[derive(Debug)]
pub(super) enum Secure {
    /// The fingerprint that the other side must have is not known yet. What comes from a validated
    /// address is kept: the other side may have our answer before we have its.
    Unnegotiated { early: Vec<Vec<u8>> },
    /// A client that waits for a path before it says hello.
    Waiting { dtls: Connection },
    /// The handshake is under way. `heard` tells whether the other side has said anything yet.
    Handshaking { dtls: Connection, role: Role, heard: bool },
    /// Keys are in use.
    Connected { dtls: Connection, role: Role, info: ConnectedInfo },
    /// Over, with whatever it failed.
    Ended,
}

impl Default for Secure {
    fn default() -> Self {
        Self::Unnegotiated { early: Vec::new() }
    }
}

impl Secure {
    pub(super) const fn dtls(&self) -> Option<&Connection> {
        match self {
            Self::Waiting { dtls }
            | Self::Handshaking { dtls, .. }
            | Self::Connected { dtls, .. } => Some(dtls),
            Self::Unnegotiated { .. } | Self::Ended => None,
        }
    }

    pub(super) const fn dtls_mut(&mut self) -> Option<&mut Connection> {
        match self {
            Self::Waiting { dtls }
            | Self::Handshaking { dtls, .. }
            | Self::Connected { dtls, .. } => Some(dtls),
            Self::Unnegotiated { .. } | Self::Ended => None,
        }
    }

    pub(super) const fn info(&self) -> Option<&ConnectedInfo> {
        match self {
            Self::Connected { info, .. } => Some(info),
            _ => None,
        }
    }

    /// Whether the other side has taken part in the handshake.
    pub(super) const fn was_heard(&self) -> bool {
        matches!(self, Self::Handshaking { heard: true, .. } | Self::Connected { .. })
    }

    pub(super) const fn is_connected(&self) -> bool {
        self.info().is_some()
    }

    /// Keeps a datagram for later; `false` if there are too many.
    pub(super) fn keep_early(early: &mut Vec<Vec<u8>>, datagram: &[u8]) -> bool {
        let fits = early.len() < MAX_EARLY_DATAGRAMS;
        if fits {
            early.push(datagram.to_vec());
        }
        fits
    }
}
