//! Which description may come when (RFC 9429 §3.2).

use alloc::string::String;
use core::fmt;

use crate::Error;

/// What a description is for.
///
/// ```
/// use lariat_peer::SdpType;
///
/// assert_eq!(SdpType::Offer.to_string(), "offer");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the W3C's list")]
pub enum SdpType {
    /// Opens a negotiation.
    Offer,
    /// Answers, but not finally. Taken as an answer only; see [`Error::SignalingState`].
    Pranswer,
    /// Answers and ends it.
    Answer,
    /// Takes an offer back; its SDP is ignored.
    Rollback,
}

impl fmt::Display for SdpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offer => "offer",
            Self::Pranswer => "pranswer",
            Self::Answer => "answer",
            Self::Rollback => "rollback",
        })
    }
}

/// A description on its way from one side to the other.
///
/// ```
/// use lariat_peer::{SdpType, SessionDescription};
///
/// let description = SessionDescription::offer("v=0\r\n".into());
/// assert_eq!(description.kind, SdpType::Offer);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the W3C's dictionary")]
pub struct SessionDescription {
    /// What it is for.
    pub kind: SdpType,
    /// The SDP.
    pub sdp: String,
}

impl SessionDescription {
    /// An offer.
    pub const fn offer(sdp: String) -> Self {
        Self { kind: SdpType::Offer, sdp }
    }

    /// An answer.
    pub const fn answer(sdp: String) -> Self {
        Self { kind: SdpType::Answer, sdp }
    }

    /// Takes the pending offer back.
    pub const fn rollback() -> Self {
        Self { kind: SdpType::Rollback, sdp: String::new() }
    }
}

/// Where a negotiation stands (the W3C's `RTCSignalingState`, without provisional answers).
///
/// ```
/// use lariat_peer::SignalingState;
///
/// assert_eq!(SignalingState::default().to_string(), "stable");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SignalingState {
    /// No negotiation is open.
    #[default]
    Stable,
    /// Our offer waits for its answer.
    HaveLocalOffer,
    /// Their offer waits for our answer.
    HaveRemoteOffer,
    /// The peer is closed.
    Closed,
}

impl fmt::Display for SignalingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stable => "stable",
            Self::HaveLocalOffer => "have-local-offer",
            Self::HaveRemoteOffer => "have-remote-offer",
            Self::Closed => "closed",
        })
    }
}

/// Whose description it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Local,
    Remote,
}

impl SignalingState {
    /// The state after a description; every pair that is not listed is refused.
    pub(crate) fn after(self, side: Side, kind: SdpType) -> Result<Self, Error> {
        match (self, side, kind) {
            (Self::Closed, ..) => Err(Error::Closed),
            (Self::Stable | Self::HaveLocalOffer, Side::Local, SdpType::Offer) => {
                Ok(Self::HaveLocalOffer)
            }
            (Self::Stable | Self::HaveRemoteOffer, Side::Remote, SdpType::Offer) => {
                Ok(Self::HaveRemoteOffer)
            }
            (Self::HaveRemoteOffer, Side::Local, SdpType::Answer)
            | (Self::HaveLocalOffer, Side::Remote, SdpType::Answer)
            | (Self::HaveLocalOffer, Side::Local, SdpType::Rollback)
            | (Self::HaveRemoteOffer, Side::Remote, SdpType::Rollback) => Ok(Self::Stable),
            (state, _, kind) => Err(Error::SignalingState { kind, state }),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;

    // adversarial P16; the whole table, so that a change of any cell shows.
    #[test]
    fn every_description_in_every_state() {
        let mut table = Vec::new();
        for state in [
            SignalingState::Stable,
            SignalingState::HaveLocalOffer,
            SignalingState::HaveRemoteOffer,
        ] {
            for side in [Side::Local, Side::Remote] {
                for kind in [SdpType::Offer, SdpType::Answer, SdpType::Pranswer, SdpType::Rollback]
                {
                    let next = state.after(side, kind).map(|next| next.to_string());
                    table.push(next.unwrap_or_default());
                }
            }
            assert_eq!(
                SignalingState::Closed.after(Side::Local, SdpType::Offer),
                Err(Error::Closed)
            );
        }
        let (local, remote) = ("have-local-offer", "have-remote-offer");
        #[rustfmt::skip]
        assert_eq!(table, [
            // local:    offer, answer, pranswer, rollback   remote: offer, answer, pranswer,
            // rollback
            local, "", "", "",                               remote, "", "", "",
            local, "", "", "stable",                         "", "stable", "", "",
            "", "stable", "", "",                            remote, "", "", "stable",
        ]);
    }
}
