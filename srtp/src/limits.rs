//! What is bounded, and by how much.

/// The longest protected packet, in bytes: what a UDP datagram can carry at most.
///
/// Far below what would exhaust the counter of blocks within a packet (RFC 3711 §4.1.1: 2¹⁶ of 16
/// bytes).
pub const MAX_PACKET_LEN: usize = 65_535;

/// The smallest replay window, in packets (RFC 3711 §3.3.2).
pub const MIN_WINDOW: usize = 64;

/// The largest replay window, in packets.
pub const MAX_WINDOW: usize = 65_536;

/// The most streams that [`Config::max_streams`](crate::Config::max_streams) allows, for RTP and
/// RTCP each.
pub const MAX_STREAMS: usize = 65_536;

/// The most streams that
/// [`Config::max_retired_streams`](crate::Config::max_retired_streams) allows, for RTP and RTCP
/// each.
pub const MAX_RETIRED_STREAMS: usize = 1 << 20;

/// Past the last index of an RTP packet under one key (RFC 3711 §9.2).
pub const RTP_INDEX_END: u64 = 1 << 48;

/// Past the last index of an RTCP packet under one key (RFC 3711 §9.2).
pub const RTCP_INDEX_END: u32 = 1 << 31;

/// The longest master key identifier, in bytes (RFC 4568 §6.1).
pub const MAX_MKI_LEN: usize = 128;

/// The most master keys that one [`Inbound`](crate::Inbound) holds at a time.
pub const MAX_KEYS: usize = 16;

/// The largest key derivation rate, in packets (RFC 3711 §8.2).
pub const MAX_KEY_DERIVATION_RATE: u32 = 1 << 24;

/// The most events that wait to be taken. Further ones are left out.
pub const MAX_EVENTS: usize = 256;

/// How many packets of a run are authenticated together.
pub const RUN: usize = 32;
