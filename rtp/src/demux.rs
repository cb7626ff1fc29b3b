//! RTP and RTCP on one port (RFC 5761 §4).

/// Whether `datagram`, which is RTP or RTCP in the clear or protected, is RTCP.
///
/// The second byte decides: RTCP packet types 192 to 223 lie where RTP's marker bit and payload
/// types 64 to 95 would, which is why those payload types cannot be used. A datagram of another
/// version than 2, or of less than two bytes, is neither; the answer is `false`.
///
/// ```
/// use lariat_rtp::is_rtcp;
///
/// assert!(is_rtcp(&[0x80, 200, 0, 6]));
/// assert!(!is_rtcp(&[0x80, 0x80 | 96, 0, 1]));
/// ```
#[inline]
pub const fn is_rtcp(datagram: &[u8]) -> bool {
    match datagram {
        // rfc5761 §4: the whole range that later RTCP packet types may take is blocked.
        [first, second, ..] => *first >> 6 == 2 && matches!(*second, 192..=223),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_rtcp_type_is_rtcp_and_every_usable_payload_type_is_not() {
        for packet_type in [192, 200, 201, 202, 203, 204, 205, 206, 207, 208, 223] {
            assert!(is_rtcp(&[0x80, packet_type, 0, 0]), "type {packet_type}");
        }
        for payload_type in (0..64).chain(96..128) {
            assert!(!is_rtcp(&[0x80, payload_type, 0, 0]), "payload type {payload_type}");
            assert!(!is_rtcp(&[0x80, 0x80 | payload_type, 0, 0]), "marked {payload_type}");
        }
    }

    #[test]
    fn other_versions_and_stubs_are_not_rtcp() {
        assert!(!is_rtcp(&[]));
        assert!(!is_rtcp(&[0x80]));
        assert!(!is_rtcp(&[0x40, 200, 0, 0]));
        assert!(!is_rtcp(&[0xc0, 200, 0, 0]));
        assert!(is_rtcp(&[0x80, 200]));
    }
}
