//! Senders and receivers of one kind of media, paired with a media section.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use lariat_sdp::Direction;

/// Names a transceiver for as long as its peer lives.
///
/// ```
/// # fn show(id: lariat_peer::TransceiverId) {
/// println!("transceiver {id}");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransceiverId(pub(crate) u32);

impl fmt::Display for TransceiverId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Audio or video.
///
/// ```
/// assert_eq!(lariat_peer::MediaKind::Audio.to_string(), "audio");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the W3C's list")]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audio => "audio",
            Self::Video => "video",
        })
    }
}

/// One payload type of a media section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PayloadType {
    pub(crate) number: u8,
    pub(crate) encoding: String,
    pub(crate) clock_rate: u32,
    pub(crate) channels: Option<u8>,
    pub(crate) parameters: Option<String>,
    /// Whether both sides know picture loss indications.
    pub(crate) pli: bool,
}

/// What the two sides agreed on for a transceiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Negotiated {
    /// As seen from here.
    pub(crate) direction: Direction,
    pub(crate) payload_types: Vec<PayloadType>,
    /// The id of the header extension that carries the mid (RFC 9143 §15).
    pub(crate) mid_extension: Option<u8>,
    /// Whether feedback may go without a report (RFC 5506).
    pub(crate) rtcp_rsize: bool,
    /// The SSRCs that the other side announced.
    pub(crate) remote_ssrcs: Vec<u32>,
}

/// Who made a transceiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Our owner.
    Owner,
    /// An offer of the other side.
    Offer,
}

/// A sender and a receiver that share a media section.
#[derive(Clone, Debug)]
pub(crate) struct Transceiver {
    pub(crate) id: TransceiverId,
    pub(crate) kind: MediaKind,
    /// What our owner wants.
    pub(crate) direction: Direction,
    pub(crate) mid: Option<String>,
    pub(crate) ssrc: u32,
    pub(crate) negotiated: Option<Negotiated>,
    pub(crate) origin: Origin,
    /// Whether it is to go with the next agreement.
    pub(crate) is_stopped: bool,
}

impl Transceiver {
    pub(crate) const fn new(
        id: TransceiverId,
        kind: MediaKind,
        direction: Direction,
        origin: Origin,
        ssrc: u32,
    ) -> Self {
        Self { id, kind, direction, mid: None, ssrc, negotiated: None, origin, is_stopped: false }
    }

    pub(crate) fn sends(&self) -> bool {
        self.active().is_some_and(|negotiated| negotiated.direction.sends())
    }

    pub(crate) fn receives(&self) -> bool {
        self.active().is_some_and(|negotiated| negotiated.direction.receives())
    }

    fn active(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref().filter(|_| !self.is_stopped)
    }

    pub(crate) fn payload_type(&self, number: u8) -> Option<&PayloadType> {
        self.negotiated.as_ref()?.payload_types.iter().find(|payload| payload.number == number)
    }

    /// Whether a stream of either side that goes through here has this SSRC.
    pub(crate) fn uses_ssrc(&self, ssrc: u32) -> bool {
        let is_theirs =
            |negotiated: &Negotiated| negotiated.remote_ssrcs.binary_search(&ssrc).is_ok();
        self.ssrc == ssrc || self.negotiated.as_ref().is_some_and(is_theirs)
    }
}

/// The direction that both allow, as seen from the side whose wish is `ours`.
pub(crate) fn intersect(ours: Direction, theirs: Direction) -> Direction {
    Direction::new(ours.sends() && theirs.receives(), ours.receives() && theirs.sends())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_never_does_what_the_offer_did_not_allow() {
        use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
        // rfc3264 §6.1, rows: ours, columns: theirs sendrecv, sendonly, recvonly, inactive.
        let table = [
            (SendRecv, [SendRecv, RecvOnly, SendOnly, Inactive]),
            (SendOnly, [SendOnly, Inactive, SendOnly, Inactive]),
            (RecvOnly, [RecvOnly, RecvOnly, Inactive, Inactive]),
            (Inactive, [Inactive; 4]),
        ];
        for (ours, expected) in table {
            let all = [SendRecv, SendOnly, RecvOnly, Inactive];
            assert_eq!(all.map(|theirs| intersect(ours, theirs)), expected, "{ours:?}");
        }
    }
}
