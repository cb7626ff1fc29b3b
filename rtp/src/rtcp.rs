//! RTCP packets (RFC 3550 §6, RFC 4585), and datagrams made of them.
//!
//! Each message is a plain struct with `parse`, `encoded_len` and `encode`; [`Packet`] is any of
//! them. [`compound`] reads a datagram, [`CompoundWriter`] writes one.
//!
//! `parse` takes exactly one packet, with its padding if there is any. `encode` never pads, and
//! writes nothing when it returns an error.

mod compound;
mod frame;
mod goodbye;
mod nack;
mod picture_loss;
mod receiver_report;
mod report_block;
mod sender_report;
mod source_description;
#[cfg(test)]
mod testing;
mod unknown;

use alloc::vec::Vec;

pub use compound::{Compound, CompoundWriter, compound};
use frame::Frame;
pub use goodbye::Goodbye;
pub use nack::{Nack, NackEntry};
pub use picture_loss::PictureLossIndication;
pub use receiver_report::ReceiverReport;
pub use report_block::ReportBlock;
pub use sender_report::SenderReport;
pub use source_description::{SdesChunk, SdesItem, SourceDescription};
pub use unknown::Unknown;

use crate::{BuildError, ParseError};

/// One RTCP packet of any type.
///
/// ```
/// use lariat_rtp::rtcp::{Packet, PictureLossIndication};
///
/// let bytes = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7];
/// let packet = Packet::parse(&bytes)?;
/// let expected = PictureLossIndication { sender_ssrc: 1, media_ssrc: 7 };
/// assert_eq!(packet, Packet::PictureLossIndication(expected));
/// # Ok::<(), lariat_rtp::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packet {
    /// What a sender has sent, and how it receives others.
    SenderReport(SenderReport),
    /// How somebody who does not send receives others.
    ReceiverReport(ReceiverReport),
    /// Who the sources are.
    SourceDescription(SourceDescription),
    /// Sources that leave.
    Goodbye(Goodbye),
    /// RTP packets that are missing.
    Nack(Nack),
    /// A decoder that needs a key frame.
    PictureLossIndication(PictureLossIndication),
    /// Anything else.
    Unknown(Unknown),
}

impl Packet {
    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not one: a packet of a known type that is malformed is not `Unknown`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Frame::parse(bytes).and_then(Self::from_frame)
    }

    fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        match (frame.packet_type, frame.count) {
            (SenderReport::TYPE, _) => SenderReport::from_frame(frame).map(Self::SenderReport),
            (ReceiverReport::TYPE, _) => {
                ReceiverReport::from_frame(frame).map(Self::ReceiverReport)
            }
            (SourceDescription::TYPE, _) => {
                SourceDescription::from_frame(frame).map(Self::SourceDescription)
            }
            (Goodbye::TYPE, _) => Goodbye::from_frame(frame).map(Self::Goodbye),
            (Nack::TYPE, Nack::FORMAT) => Nack::from_frame(frame).map(Self::Nack),
            (PictureLossIndication::TYPE, PictureLossIndication::FORMAT) => {
                PictureLossIndication::from_frame(frame).map(Self::PictureLossIndication)
            }
            _ => Ok(Self::Unknown(Unknown::from_frame(frame))),
        }
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::SenderReport(packet) => packet.encoded_len(),
            Self::ReceiverReport(packet) => packet.encoded_len(),
            Self::SourceDescription(packet) => packet.encoded_len(),
            Self::Goodbye(packet) => packet.encoded_len(),
            Self::Nack(packet) => packet.encoded_len(),
            Self::PictureLossIndication(packet) => packet.encoded_len(),
            Self::Unknown(packet) => packet.encoded_len(),
        }
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// What the wire cannot carry; `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        match self {
            Self::SenderReport(packet) => packet.encode(out),
            Self::ReceiverReport(packet) => packet.encode(out),
            Self::SourceDescription(packet) => packet.encode(out),
            Self::Goodbye(packet) => packet.encode(out),
            Self::Nack(packet) => packet.encode(out),
            Self::PictureLossIndication(packet) => packet.encode(out),
            Self::Unknown(packet) => packet.encode(out),
        }
    }
}

/// `Packet::from` each message.
macro_rules! from_message {
    ($($message:ident),*) => {$(
        impl From<$message> for Packet {
            fn from(packet: $message) -> Self {
                Self::$message(packet)
            }
        }
    )*};
}

from_message!(SenderReport, ReceiverReport, SourceDescription, Goodbye, Nack);
from_message!(PictureLossIndication, Unknown);
