//! What a peer is made from.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::Seed;
use lariat_crypto::{NamedGroup, Provider};
use lariat_dtls::{Certificate, Config as DtlsConfig, ConfigError, KeyLog, Version};
use lariat_srtp::Profile;

use crate::limits;

/// What a peer is made from.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::Seed;
/// use lariat_crypto::ring;
/// use lariat_dtls::Certificate;
/// use lariat_peer::{Config, Peer};
///
/// let provider = ring::provider();
/// let mut secret = [0; 32];
/// provider.random(&mut secret)?;
/// let seed = Seed::new(secret);
/// let now_unix = Duration::from_secs(1_800_000_000);
/// let mut rng = seed.split("certificate").rng();
/// let certificate = Certificate::generate(&*provider, &mut rng, now_unix)?;
/// let peer = Peer::new(Config::new(provider, seed, certificate, now_unix));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The cryptography.
    pub provider: Arc<dyn Provider>,
    /// All randomness of the peer; must be secret and used once.
    pub seed: Seed,
    /// Who we are to the other side's DTLS.
    pub certificate: Certificate,
    /// The time since the Unix epoch at [`Instant::ZERO`](lariat_base::Instant::ZERO), for RTCP's
    /// clock.
    pub unix_at_zero: Duration,
    /// The versions of DTLS that are spoken, in any order.
    pub dtls_versions: Vec<Version>,
    /// The key exchange groups of DTLS, the preferred one first; X25519MLKEM768 is for version 1.3
    /// alone. Each version that is spoken needs one. Without one that the other side has there is
    /// no connection.
    pub dtls_groups: Vec<NamedGroup>,
    /// The SRTP profiles to agree on, in order of preference. Those that DTLS has no code point
    /// for are left out; one without a cipher fails the connection.
    pub srtp_profiles: Vec<Profile>,
    /// The longest data channel message that we receive, in bytes; the other side is told.
    pub max_message_size: usize,
    /// How many data channels the other side may have open at once; 256 by default. Past that its
    /// streams are reset, and [`Event::ChannelsRefused`](crate::Event::ChannelsRefused) says so.
    pub max_incoming_channels: usize,
    /// How long [`Peer::close`](crate::Peer::close) delivers what was accepted before it gives up;
    /// [`limits::CLOSE_TIMEOUT`](crate::limits::CLOSE_TIMEOUT) by default.
    pub close_timeout: Duration,
    /// How long the handshake of DTLS may take from the first path on before the connection fails;
    /// [`limits::HANDSHAKE_TIMEOUT`](crate::limits::HANDSHAKE_TIMEOUT) by default.
    pub handshake_timeout: Duration,
    /// Gets **every secret** of DTLS, from which those of SRTP follow: see [`KeyLog`]. None by
    /// default.
    pub key_log: Option<Arc<dyn KeyLog>>,
}

impl Config {
    /// The defaults: both versions of DTLS and all groups, X25519MLKEM768 first; AEAD_AES_128_GCM
    /// before AES_CM_128_HMAC_SHA1_80; messages of up to 256 KiB.
    pub fn new(
        provider: Arc<dyn Provider>,
        seed: Seed,
        certificate: Certificate,
        unix_at_zero: Duration,
    ) -> Self {
        Self {
            provider,
            seed,
            certificate,
            unix_at_zero,
            dtls_versions: DtlsConfig::VERSIONS.to_vec(),
            dtls_groups: DtlsConfig::GROUPS.to_vec(),
            srtp_profiles: alloc::vec![
                Profile::AeadAes128Gcm,
                Profile::AeadAes256Gcm,
                Profile::Aes128CmHmacSha1_80,
            ],
            max_message_size: 262_144,
            max_incoming_channels: 256,
            close_timeout: limits::CLOSE_TIMEOUT,
            handshake_timeout: limits::HANDSHAKE_TIMEOUT,
            key_log: None,
        }
    }

    /// Whether DTLS can connect with this.
    ///
    /// # Errors
    /// [`ConfigError`]. A peer that is made of it fails with the same reason once there is an
    /// answer.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use lariat_base::Seed;
    /// # use lariat_crypto::ring;
    /// # use lariat_dtls::{Certificate, ConfigError, Version};
    /// # let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
    /// # let now_unix = Duration::from_secs(1_800_000_000);
    /// # let certificate = Certificate::generate(&*provider, &mut seed.rng(), now_unix)?;
    /// let mut config = lariat_peer::Config::new(provider, seed, certificate, now_unix);
    /// assert_eq!(config.check(), Ok(()));
    /// config.dtls_groups.clear();
    /// assert_eq!(config.check(), Err(ConfigError::NoGroup(Version::Dtls13)));
    /// # Ok::<(), lariat_dtls::CertificateError>(())
    /// ```
    pub fn check(&self) -> Result<(), ConfigError> {
        self.dtls().check()
    }

    /// The part of it that DTLS needs.
    pub(crate) fn dtls(&self) -> DtlsConfig {
        let (provider, seed) = (self.provider.clone(), self.seed.split("dtls"));
        let mut config = DtlsConfig::new(provider, seed, self.certificate.clone());
        config.versions.clone_from(&self.dtls_versions);
        config.groups.clone_from(&self.dtls_groups);
        config.srtp_profiles = self.srtp_profiles.iter().copied().filter_map(Profile::id).collect();
        config.key_log.clone_from(&self.key_log);
        config
    }
}
