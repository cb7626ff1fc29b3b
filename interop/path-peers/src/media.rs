//! Audio and video that nobody recorded: the same frame again and again.

use std::time::Duration;

use lariat_interop::Result;
use lariat_interop::line::{OPUS_SILENCE, VP8_KEY_FRAME};

/// A kind of media, as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in a description.
    pub encoding: &'static str,
    /// How long after one packet the next is sent.
    pub every: Duration,
    /// By how much the timestamp grows with each packet.
    pub samples: u32,
}

/// Opus packets of 20 ms.
pub const AUDIO: Source =
    Source { encoding: "opus/48000", every: Duration::from_millis(20), samples: 960 };

/// VP8 frames of one packet, 25 a second.
pub const VIDEO: Source =
    Source { encoding: "VP8/90000", every: Duration::from_millis(40), samples: 3_600 };

impl Source {
    /// What a packet carries. That of video has a descriptor in front, which says that a frame
    /// starts there.
    pub fn payload(self) -> Vec<u8> {
        if self == AUDIO { OPUS_SILENCE.to_vec() } else { [&[0x10], VP8_KEY_FRAME].concat() }
    }

    /// The payload type that a description maps to this.
    ///
    /// # Errors
    ///
    /// If it maps none.
    pub fn payload_type(self, sdp: &str) -> Result<u8> {
        let wanted = self.encoding.to_ascii_lowercase();
        let maps = sdp.lines().filter_map(|line| line.strip_prefix("a=rtpmap:"));
        let mut fitting = maps
            .filter_map(|map| map.trim().split_once(' '))
            .filter(|(_, to)| to.to_ascii_lowercase().starts_with(&wanted));
        let (payload_type, _) = fitting.next().ok_or_else(|| format!("no {}", self.encoding))?;
        Ok(payload_type.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_type_is_read_from_a_description() {
        let sdp = "a=rtpmap:96 vp8/90000\r\na=rtpmap:111 opus/48000/2\r\n";
        assert_eq!(AUDIO.payload_type(sdp).unwrap(), 111);
        assert_eq!(VIDEO.payload_type(sdp).unwrap(), 96);
        assert!(AUDIO.payload_type("").is_err());
    }
}
