//! What a caller may choose.

use crate::limits::{self, RTCP_INDEX_END, RTP_INDEX_END};
use crate::{ExtensionIds, KeyError, Profile};

/// How one direction works. The default suits a WebRTC peer. Both ends must agree on
/// [`key_derivation_rate`](Self::key_derivation_rate) and
/// [`encrypted_extensions`](Self::encrypted_extensions).
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_srtp::{Config, Inbound, MasterKey, Profile};
///
/// // Packets come over a path that reorders a lot.
/// let config = Config { rtp_window: 1_024, ..Config::default() };
/// let key = MasterKey::new(&[1; 16], &[2; 12]);
/// let inbound = Inbound::with_config(&ring::provider(), Profile::AeadAes128Gcm, &key, config)?;
/// # Ok::<(), lariat_srtp::KeyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many packets of an RTP stream the window covers: how late a packet may be received, or
    /// how far out of order it may be protected. Rounded up to a power of two, and taken to be in
    /// [`limits::MIN_WINDOW`] `..=` [`limits::MAX_WINDOW`]. 128 by default. What is 2¹⁵ packets
    /// late looks early by its sequence number, however large the window.
    pub rtp_window: usize,
    /// The same for received RTCP. 128 by default.
    pub rtcp_window: usize,
    /// How many streams (SSRCs) have a window of their own, for RTP and RTCP each, at most
    /// [`limits::MAX_STREAMS`]. 1,024 by default. Past that, those that were idle the longest are
    /// retired, and [told](crate::Event::StreamsRetired).
    pub max_streams: usize,
    /// How many streams may be retired, for RTP and RTCP each, at most
    /// [`limits::MAX_RETIRED_STREAMS`]. 16,384 by default. A retired stream may go on at any time,
    /// above its highest index so far. Streams past both limits are refused; with 0, those past
    /// [`max_streams`](Self::max_streams).
    pub max_retired_streams: usize,
    /// How many packets of one stream a key may protect. The end of a stream's key is told before
    /// it comes, see [`Event`](crate::Event).
    pub key_lifetime: KeyLifetime,
    /// After how many packets session keys are derived anew (RFC 3711 §4.3.1): 0, which is the
    /// default and means never, or a power of two up to [`limits::MAX_KEY_DERIVATION_RATE`].
    pub key_derivation_rate: u32,
    /// Whether CSRCs and header extensions are encrypted as a whole. Off by default.
    pub cryptex: Cryptex,
    /// Which header extension elements are encrypted by themselves (RFC 6904), in packets without
    /// Cryptex. None by default.
    pub encrypted_extensions: ExtensionIds,
    /// Whether profiles are taken that do not encrypt. Never for anything but debugging; off by
    /// default.
    pub allow_null_cipher: bool,
}

/// How many packets of one stream a master key may protect (RFC 3711 §9.2; the lifetime of
/// RFC 4568 §6.1). The default is as many as the RFC allows.
///
/// ```
/// use lariat_srtp::{Config, KeyLifetime};
///
/// let key_lifetime = KeyLifetime { rtp: 1 << 20, ..KeyLifetime::default() };
/// let config = Config { key_lifetime, ..Config::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLifetime {
    /// RTP packets, 1 to 2⁴⁸.
    pub rtp: u64,
    /// RTCP packets, 1 to 2³¹.
    pub rtcp: u32,
}

impl Default for KeyLifetime {
    fn default() -> Self {
        Self { rtp: RTP_INDEX_END, rtcp: RTCP_INDEX_END }
    }
}

/// Encryption of CSRCs and header extensions with the payload (RFC 9335).
///
/// ```
/// use lariat_srtp::{Config, Cryptex};
///
/// // `a=cryptex` was in both descriptions.
/// let config = Config { cryptex: Cryptex::On, ..Config::default() };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cryptex {
    /// Not used, and not understood.
    #[default]
    Off,
    /// Used for what is sent; what is received may be with or without.
    On,
    /// Used for what is sent; what is received without, and with something to hide, is dropped.
    Required,
}

impl Cryptex {
    pub(crate) fn accepts(self) -> bool {
        self != Self::Off
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rtp_window: 128,
            rtcp_window: 128,
            max_streams: 1_024,
            max_retired_streams: 16_384,
            key_lifetime: KeyLifetime::default(),
            key_derivation_rate: 0,
            cryptex: Cryptex::Off,
            encrypted_extensions: ExtensionIds::NONE,
            allow_null_cipher: false,
        }
    }
}

impl Config {
    /// The same, with sizes within the limits.
    pub(crate) fn checked(self, profile: Profile) -> Result<Self, KeyError> {
        if profile.is_null() && !self.allow_null_cipher {
            return Err(KeyError::NullCipher);
        }
        let rate = self.key_derivation_rate;
        let is_rate = rate == 0 || rate.is_power_of_two();
        if !is_rate || rate > limits::MAX_KEY_DERIVATION_RATE {
            return Err(KeyError::DerivationRate(rate));
        }
        // Without a place for one stream there is none for any.
        let most_retired = if self.max_streams == 0 { 0 } else { limits::MAX_RETIRED_STREAMS };
        let window =
            |size: usize| size.clamp(limits::MIN_WINDOW, limits::MAX_WINDOW).next_power_of_two();
        Ok(Self {
            rtp_window: window(self.rtp_window),
            rtcp_window: window(self.rtcp_window),
            max_streams: self.max_streams.min(limits::MAX_STREAMS),
            max_retired_streams: self.max_retired_streams.min(most_retired),
            key_lifetime: KeyLifetime {
                rtp: self.key_lifetime.rtp.clamp(1, RTP_INDEX_END),
                rtcp: self.key_lifetime.rtcp.clamp(1, RTCP_INDEX_END),
            },
            ..self
        })
    }

    /// rfc3711 §4.3.1: what keys are derived from is the index divided by the rate, or zero.
    #[inline]
    pub(crate) fn quotient(&self, index: u64) -> u64 {
        match self.key_derivation_rate {
            0 => 0,
            rate => index >> rate.trailing_zeros(),
        }
    }
}
