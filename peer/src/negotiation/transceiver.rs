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
    /// The SSRCs that the other side announced.
    pub(crate) remote_ssrcs: Vec<u32>,
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
    /// Whether the owner was told that the other side sends.
    pub(crate) announced: bool,
}

impl Transceiver {
    pub(crate) fn sends(&self) -> bool {
        self.negotiated.as_ref().is_some_and(|negotiated| negotiated.direction.sends())
    }

    pub(crate) fn receives(&self) -> bool {
        self.negotiated.as_ref().is_some_and(|negotiated| negotiated.direction.receives())
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
