//! Figures for people and dashboards.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_ice::SelectedPair;

use crate::{ConnectionState, MediaKind, TransceiverId};

/// How a peer is doing; see [`Peer::stats`](crate::Peer::stats).
///
/// ```
/// # fn show(stats: &lariat_peer::Stats) {
/// println!("{}: {} bytes received", stats.connection_state, stats.bytes_received);
/// for drop in &stats.dropped {
///     println!("{} dropped {}: {}", drop.layer, drop.count, drop.reason);
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Where the connection stands.
    pub connection_state: ConnectionState,
    /// The path in use.
    pub selected_pair: Option<SelectedPair>,
    /// The round-trip time of connectivity checks on that path.
    pub rtt: Option<Duration>,
    /// The longest datagram that is sent over that path, in bytes of UDP payload, by what the
    /// handshake and the socket have told so far.
    pub max_datagram_size: usize,
    /// The version of DTLS, once the handshake is done.
    pub dtls_version: Option<&'static str>,
    /// The cipher suite of DTLS, by IANA's name.
    pub dtls_cipher: Option<&'static str>,
    /// The key exchange of DTLS, by IANA's name.
    pub dtls_group: Option<&'static str>,
    /// The SRTP protection profile, if there is media.
    pub srtp_profile: Option<&'static str>,
    /// Datagrams given to the driver.
    pub datagrams_sent: u64,
    /// Their bytes, without IP and UDP headers.
    pub bytes_sent: u64,
    /// Datagrams received from anywhere.
    pub datagrams_received: u64,
    /// Their bytes, without IP and UDP headers.
    pub bytes_received: u64,
    /// One entry per stream of media, received ones first.
    pub streams: Vec<StreamStats>,
    /// What was dropped, by layer and reason.
    pub dropped: Vec<DropCount>,
}

/// How one stream of media is doing.
///
/// ```
/// # fn show(stream: &lariat_peer::StreamStats) {
/// println!("{} {:08x}: {} lost", stream.kind, stream.ssrc, stream.lost);
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamStats {
    /// Whose it is.
    pub transceiver: TransceiverId,
    /// Audio or video.
    pub kind: MediaKind,
    /// Its synchronization source.
    pub ssrc: u32,
    /// Whether the other side sends it.
    pub is_inbound: bool,
    /// Packets received or sent.
    pub packets: u64,
    /// Their payload bytes.
    pub bytes: u64,
    /// Packets lost: of an inbound stream as we count, of an outbound one as the other side
    /// reports. Negative if duplicates outnumber losses (RFC 3550 §6.4.1).
    pub lost: i64,
    /// The variation of the packets' delay; of an outbound stream not known.
    pub jitter: Option<Duration>,
    /// The round-trip time by RTCP, of an outbound stream.
    pub rtt: Option<Duration>,
}

/// How often something was dropped, and why.
///
/// ```
/// # fn show(drop: &lariat_peer::DropCount) {
/// println!("{}: {} ({})", drop.layer, drop.reason, drop.count);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropCount {
    /// Which part dropped it: `peer`, `ice`, `dtls`, `srtp`, `media` or `sctp`.
    pub layer: &'static str,
    /// The reason, in words.
    pub reason: String,
    /// How often.
    pub count: u64,
}
