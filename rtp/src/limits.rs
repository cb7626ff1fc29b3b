//! Every bound of this crate, by name.

/// The most contributing sources in one RTP header: the count has four bits.
pub const MAX_CSRCS: usize = 15;

/// The most report blocks, SDES chunks or BYE sources in one RTCP packet: the count has five bits.
pub const MAX_RTCP_COUNT: usize = 31;

/// The longest SDES text and BYE reason, in bytes: the length has one byte.
pub const MAX_RTCP_TEXT: usize = 255;

/// The longest RTCP packet, in bytes with its header: the length field counts words in sixteen
/// bits.
pub const MAX_RTCP_LEN: usize = (u16::MAX as usize + 1) * 4;

/// The most RTCP packets read from one datagram. Browsers send fewer than ten.
pub const MAX_COMPOUND_PACKETS: usize = 64;

/// The most entries in a NACK that [`crate::rtcp::Nack::for_missing`] makes: 1,024 bytes, which fit
/// into one datagram on any path, and up to 4,301 lost packets, more than any history keeps.
pub const MAX_NACK_ENTRIES: usize = 253;

/// A forward step of this many sequence numbers or more is a jump and not loss (RFC 3550 A.1).
pub const MAX_DROPOUT: u16 = 3_000;

/// A packet this many sequence numbers behind is a jump and not reordering.
///
/// RFC 3550 A.1 suggests 100, for 50 packets a second. Video has a thousand, and a replayed number
/// never reaches this crate when SRTP comes before it.
pub const MAX_MISORDER: u16 = 1_000;

/// How many sender reports a stream remembers, to measure round-trip times by.
pub const MAX_REMEMBERED_REPORTS: usize = 8;

/// How many missing packets a receiver keeps asking for: one NACK carries them all, however far
/// apart.
pub const MAX_MISSING: usize = MAX_NACK_ENTRIES;

/// How often a missing packet is asked for before it is given up.
pub const MAX_ASKS: u8 = 10;

/// How many sent packets are kept for retransmission: about two seconds of video at 2.5 Mbit/s. A
/// power of two, since the low bits of the sequence number pick the place.
pub const MAX_HISTORY: usize = 512;
