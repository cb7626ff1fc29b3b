//! What a caller may choose.

use crate::limits;

/// Sizes of one direction. The default suits a WebRTC peer.
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_srtp::{Config, Inbound, MasterKey, Profile};
///
/// // Packets come over a path that reorders a lot.
/// let config = Config { rtp_window: 1_024, ..Config::default() };
/// let key = MasterKey::new(&[1; 16], &[2; 12]);
/// let provider = ring::provider();
/// let inbound = Inbound::with_config(&*provider, Profile::AeadAes128Gcm, &key, config)?;
/// # Ok::<(), lariat_srtp::KeyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many packets of an RTP stream the window covers: how late a packet may be received, or
    /// how far out of order it may be protected. Rounded up to a multiple of 64, and taken to be
    /// in [`limits::MIN_WINDOW`] `..=` [`limits::MAX_WINDOW`]. 128 by default.
    pub rtp_window: usize,
    /// The same for received RTCP. 128 by default.
    pub rtcp_window: usize,
    /// How many streams (SSRCs) there may be, for RTP and RTCP each, at most
    /// [`limits::MAX_STREAMS`]. 1,024 by default. Further streams are refused.
    pub max_streams: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { rtp_window: 128, rtcp_window: 128, max_streams: 1_024 }
    }
}

impl Config {
    /// The same, within the limits.
    pub(crate) fn clamped(self) -> Self {
        let window =
            |size: usize| size.clamp(limits::MIN_WINDOW, limits::MAX_WINDOW).next_multiple_of(64);
        Self {
            rtp_window: window(self.rtp_window),
            rtcp_window: window(self.rtcp_window),
            max_streams: self.max_streams.min(limits::MAX_STREAMS),
        }
    }
}
