//! The payload formats that can be negotiated. Packets are passed on as they are, so this is about
//! names.

use alloc::string::ToString;
use alloc::vec::Vec;

use crate::MediaKind;
use crate::negotiation::transceiver::PayloadType;

/// A payload format and how we offer it.
struct Codec {
    /// The payload type in our offers.
    number: u8,
    encoding: &'static str,
    clock_rate: u32,
    channels: Option<u8>,
    parameters: Option<&'static str>,
    /// Parameters whose values must be equal on both sides, with the value that an absent one has.
    decisive: &'static [(&'static str, &'static str)],
}

const AUDIO: &[Codec] = &[
    Codec {
        number: 111,
        encoding: "opus",
        clock_rate: 48_000,
        channels: Some(2),
        parameters: Some("minptime=10;useinbandfec=1"),
        decisive: &[],
    },
    Codec {
        number: 9,
        encoding: "G722",
        clock_rate: 8_000,
        channels: None,
        parameters: None,
        decisive: &[],
    },
    Codec {
        number: 0,
        encoding: "PCMU",
        clock_rate: 8_000,
        channels: None,
        parameters: None,
        decisive: &[],
    },
    Codec {
        number: 8,
        encoding: "PCMA",
        clock_rate: 8_000,
        channels: None,
        parameters: None,
        decisive: &[],
    },
];

const VIDEO: &[Codec] = &[
    Codec {
        number: 96,
        encoding: "VP8",
        clock_rate: 90_000,
        channels: None,
        parameters: None,
        decisive: &[],
    },
    Codec {
        number: 98,
        encoding: "VP9",
        clock_rate: 90_000,
        channels: None,
        parameters: Some("profile-id=0"),
        decisive: &[("profile-id", "0")],
    },
    // rfc6184 §8.2.2: packetization-mode must be equal; of the profiles, the constrained baseline
    // is the one that everybody has, and asymmetry of the level is allowed.
    Codec {
        number: 102,
        encoding: "H264",
        clock_rate: 90_000,
        channels: None,
        parameters: Some("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
        decisive: &[("packetization-mode", "0")],
    },
    Codec {
        number: 45,
        encoding: "AV1",
        clock_rate: 90_000,
        channels: None,
        parameters: None,
        decisive: &[("profile", "0")],
    },
];

fn codecs(kind: MediaKind) -> &'static [Codec] {
    match kind {
        MediaKind::Audio => AUDIO,
        MediaKind::Video => VIDEO,
    }
}

/// The payload types of an offer of ours, for a section that is new, beside others that have
/// `taken` theirs: one that is known keeps its number, and no number means two things.
pub(crate) fn offered(kind: MediaKind, taken: &[&PayloadType]) -> Vec<PayloadType> {
    let mut payload_types: Vec<PayloadType> = Vec::new();
    for codec in codecs(kind) {
        if let Some(known) = taken.iter().find(|known| codec.matches(known)) {
            payload_types.push((*known).clone());
            continue;
        }
        let is_free = |number: &u8| taken.iter().all(|other| other.number != *number);
        let is_spare = |number: &u8| {
            let is_default = AUDIO.iter().chain(VIDEO).any(|codec| codec.number == *number);
            let is_used = payload_types.iter().any(|other| other.number == *number);
            is_free(number) && !is_default && !is_used
        };
        let other = || spare_numbers(kind).into_iter().flatten().find(is_spare);
        // With more than a hundred payload types in use, one codec less is no loss.
        let Some(number) = Some(codec.number).filter(is_free).or_else(other) else { continue };
        payload_types.push(codec.payload_type(kind, number));
    }
    payload_types
}

/// Dynamic payload types (RFC 3551 §6, RFC 5761 §4), each for one kind only.
const fn spare_numbers(kind: MediaKind) -> [core::ops::RangeInclusive<u8>; 2] {
    match kind {
        MediaKind::Audio => [112..=127, 50..=63],
        MediaKind::Video => [97..=110, 35..=49],
    }
}

/// Those of the other side's payload types that we can pass on, in its order and with its numbers.
pub(crate) fn supported(kind: MediaKind, theirs: &[PayloadType]) -> Vec<PayloadType> {
    let is_supported =
        |theirs: &&PayloadType| codecs(kind).iter().any(|codec| codec.matches(theirs));
    theirs.iter().filter(is_supported).cloned().collect()
}

impl Codec {
    fn payload_type(&self, kind: MediaKind, number: u8) -> PayloadType {
        PayloadType {
            number,
            encoding: self.encoding.to_string(),
            clock_rate: self.clock_rate,
            channels: self.channels,
            parameters: self.parameters.map(ToString::to_string),
            pli: kind == MediaKind::Video,
        }
    }

    fn matches(&self, theirs: &PayloadType) -> bool {
        // rfc8866 §6.6: encoding names are case-insensitive; absent channels are one.
        theirs.encoding.eq_ignore_ascii_case(self.encoding)
            && theirs.clock_rate == self.clock_rate
            && theirs.channels.unwrap_or(1) == self.channels.unwrap_or(1)
            && self.decisive.iter().all(|(name, default)| {
                let ours = self.parameters.and_then(|all| parameter(all, name));
                let theirs = theirs.parameters.as_deref().and_then(|all| parameter(all, name));
                ours.unwrap_or(default) == theirs.unwrap_or(default)
            })
    }
}

/// The value of one parameter in `name=value;name=value`.
fn parameter<'a>(all: &'a str, name: &str) -> Option<&'a str> {
    all.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn payload_type(number: u8, encoding: &str, parameters: Option<&str>) -> PayloadType {
        PayloadType {
            number,
            encoding: encoding.to_string(),
            clock_rate: 90_000,
            channels: None,
            parameters: parameters.map(ToString::to_string),
            pli: true,
        }
    }

    #[test]
    fn the_other_sides_order_and_numbers_are_kept() {
        let theirs = vec![
            payload_type(120, "vp9", Some("profile-id=2")),
            payload_type(121, "AV1", None),
            payload_type(122, "rtx", Some("apt=121")),
            payload_type(123, "VP8", None),
            payload_type(124, "H264", Some("packetization-mode=0;profile-level-id=42e01f")),
            payload_type(125, "H264", Some("profile-level-id=42e01f; packetization-mode=1")),
            payload_type(126, "VP9", None),
        ];
        let numbers: Vec<_> =
            supported(MediaKind::Video, &theirs).iter().map(|codec| codec.number).collect();
        assert_eq!(numbers, [121, 123, 125, 126]);
    }

    #[test]
    fn what_we_offer_we_support() {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            assert_eq!(supported(kind, &offered(kind, &[])), offered(kind, &[]));
        }
    }

    #[test]
    fn no_number_means_two_things_in_one_bundle() {
        // The other side has given audio's and video's numbers to each other.
        let theirs = [
            payload_type(111, "VP8", None),
            payload_type(0, "VP9", Some("profile-id=0")),
            payload_type(9, "H264", Some("packetization-mode=1")),
            payload_type(8, "AV1", None),
        ];
        let taken: Vec<&PayloadType> = theirs.iter().collect();
        let audio = offered(MediaKind::Audio, &taken);
        let numbers: Vec<u8> = audio.iter().map(|payload| payload.number).collect();
        assert_eq!(numbers, [112, 113, 114, 115]);
        assert_eq!(offered(MediaKind::Video, &taken), theirs);
    }
}
