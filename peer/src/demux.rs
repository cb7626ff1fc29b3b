//! Which protocol a datagram is (RFC 7983).

use lariat_rtp::is_rtcp;

/// The protocols that share a WebRTC port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

/// Goes by the first byte, and for RTCP the second (RFC 5761 §4); `None` is nobody's.
pub(crate) fn classify(datagram: &[u8]) -> Option<Protocol> {
    // rfc7983 §7: 0..=3 STUN, 20..=63 DTLS, 128..=191 RTP and RTCP. 16..=19 (ZRTP) and 64..=79
    // (TURN channels) are not spoken here.
    match datagram.first()? {
        0..=3 => Some(Protocol::Stun),
        20..=63 => Some(Protocol::Dtls),
        128..=191 if is_rtcp(datagram) => Some(Protocol::Rtcp),
        128..=191 => Some(Protocol::Rtp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // adversarial Q1
    #[test]
    fn every_first_byte_has_one_destination_or_none() {
        assert_eq!(classify(&[]), None);
        for first in 0..=u8::MAX {
            for length in 1..=64 {
                let mut datagram = [0; 64];
                datagram[0] = first;
                let expected = match first {
                    0..=3 => Some(Protocol::Stun),
                    20..=63 => Some(Protocol::Dtls),
                    128..=191 => Some(Protocol::Rtp),
                    _ => None,
                };
                assert_eq!(classify(&datagram[..length]), expected, "{first} {length}");
            }
        }
        // rfc5761 §4: payload types 64 to 95 with the marker bit are RTCP's 192 to 223.
        assert_eq!(classify(&[0x80, 200, 0, 0]), Some(Protocol::Rtcp));
        assert_eq!(classify(&[0x80, 0x80 | 96, 0, 0]), Some(Protocol::Rtp));
    }
}
