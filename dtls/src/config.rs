//! What a connection needs to know before it begins.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::Seed;
use lariat_crypto::{NamedGroup, Provider};

use crate::certificate::Certificate;
use crate::connection_id::ConnectionId;
use crate::error::ConfigError;
use crate::event::Version;
use crate::key_log::KeyLog;
use crate::{v12, v13};

/// The configuration of a [`Connection`](crate::Connection).
///
/// ```
/// use core::time::Duration;
/// use lariat_base::Seed;
/// use lariat_crypto::ring;
/// use lariat_dtls::{Certificate, Config};
///
/// let provider = ring::provider();
/// let seed = Seed::new([1; 32]);
/// let now = Duration::from_secs(1_790_000_000); // since 1970
/// let certificate = Certificate::generate(&*provider, &mut seed.split("cert").rng(), now)?;
/// let mut config = Config::new(provider, seed.split("dtls"), certificate);
/// config.srtp_profiles = vec![0x0007, 0x0001]; // AEAD_AES_128_GCM before AES_CM_128_HMAC_SHA1_80
/// # Ok::<(), lariat_dtls::CertificateError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The cryptographic backend.
    pub provider: Arc<dyn Provider>,
    /// Where the hello's random comes from. Must differ from connection to connection.
    pub seed: Seed,
    /// Our certificate and its key.
    pub certificate: Certificate,
    /// The versions that are spoken, in any order: of those in common, the newest one is taken.
    /// All by default.
    pub versions: Vec<Version>,
    /// The key exchange groups, the preferred one first. By default X25519MLKEM768 (which DTLS 1.2
    /// does not have), X25519, P-256, P-384.
    pub groups: Vec<NamedGroup>,
    /// The groups of which a client sends a key with its first hello, if they are among
    /// [`groups`](Self::groups): a server that wants another one costs a round trip. By default
    /// X25519MLKEM768 and X25519. DTLS 1.2 has no use for it. Where the server is known
    /// to stand behind a [`CookieGate`](crate::CookieGate) it is best left empty: there the other
    /// round trip is made anyway, and the first hello fits into one datagram.
    pub key_shares: Vec<NamedGroup>,
    /// The cipher suites by code point, of both versions, the preferred one first; unknown ones
    /// are passed over. By default AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305.
    pub cipher_suites: Vec<u16>,
    /// SRTP protection profiles (RFC 5764 §4.1.2) by code point, the preferred one first. Empty:
    /// no `use_srtp`.
    pub srtp_profiles: Vec<u16>,
    /// What the peer's records to us are to bear (RFC 9146), so that the connection is known by it
    /// when they come from another address. An empty one: nothing, but ours bear what the peer
    /// wants. None, the default: connection identifiers are neither offered nor taken up. Must
    /// differ from connection to connection unless it is empty.
    ///
    /// A server does not take up the offer of a client whose own identifier would leave less than
    /// 128 bytes of the [`mtu`](Self::mtu), and a client does not accept such a server.
    pub connection_id: Option<ConnectionId>,
    /// The longest datagram of the handshake, in bytes of UDP payload; at least 256, at most
    /// 16,384. Application data is the caller's to size. 1,200 by default. A flight that stays
    /// unanswered is repeated in shorter ones
    /// ([`limits::FALLBACK_MTUS`](crate::limits::FALLBACK_MTUS)); what came of it says
    /// [`Connection::max_datagram_size`](crate::Connection::max_datagram_size).
    pub mtu: usize,
    /// How long a handshake may take, 30 s by default: of a client from
    /// [`Connection::start`](crate::Connection::start), of a server from
    /// [`Connection::expect_hello`](crate::Connection::expect_hello) or the first datagram from its
    /// client, whichever is earlier.
    pub handshake_timeout: Duration,
    /// The first retransmission timeout of a flight, between 50 ms and 2 s, 250 ms by default. It
    /// doubles up to 2 s. See also [`Connection::set_rtt`](crate::Connection::set_rtt).
    pub initial_rto: Duration,
    /// Gets **every secret** of the connection, for tests and for looking for mistakes: see
    /// [`KeyLog`]. None by default.
    pub key_log: Option<Arc<dyn KeyLog>>,
}

impl Config {
    /// The default of [`versions`](Self::versions).
    pub const VERSIONS: [Version; 2] = [Version::Dtls13, Version::Dtls12];

    /// The default of [`groups`](Self::groups).
    pub const GROUPS: [NamedGroup; 4] = [
        NamedGroup::X25519MlKem768,
        NamedGroup::X25519,
        NamedGroup::Secp256r1,
        NamedGroup::Secp384r1,
    ];

    /// A configuration with defaults for everything else.
    pub fn new(provider: Arc<dyn Provider>, seed: Seed, certificate: Certificate) -> Self {
        Self {
            provider,
            seed,
            certificate,
            versions: Self::VERSIONS.to_vec(),
            groups: Self::GROUPS.to_vec(),
            key_shares: alloc::vec![NamedGroup::X25519MlKem768, NamedGroup::X25519],
            cipher_suites: v13::cipher_suites().chain(v12::cipher_suites()).collect(),
            srtp_profiles: Vec::new(),
            connection_id: None,
            mtu: 1_200,
            handshake_timeout: Duration::from_secs(30),
            initial_rto: Duration::from_millis(250),
            key_log: None,
        }
    }

    /// Whether a connection can come of this: of every version that is spoken there must be a
    /// cipher suite and a group. A version that is offered without them could be chosen by the
    /// peer, and the handshake would fail for a reason that is not to be seen there.
    ///
    /// # Errors
    /// [`ConfigError`]. A connection fails for the same reason before anything is sent:
    /// [`FailureReason::Config`](crate::FailureReason::Config).
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use lariat_base::Seed;
    /// # use lariat_crypto::ring;
    /// use lariat_dtls::{Certificate, Config, ConfigError, Version};
    ///
    /// # let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
    /// # let now = Duration::from_secs(1_790_000_000);
    /// # let certificate = Certificate::generate(&*provider, &mut seed.rng(), now)?;
    /// let mut config = Config::new(provider, seed, certificate);
    /// config.cipher_suites = vec![0x1301]; // TLS_AES_128_GCM_SHA256, of 1.3 alone
    /// assert_eq!(config.check(), Err(ConfigError::NoCipherSuite(Version::Dtls12)));
    /// config.versions = vec![Version::Dtls13];
    /// assert_eq!(config.check(), Ok(()));
    /// # Ok::<(), lariat_dtls::CertificateError>(())
    /// ```
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.versions.is_empty() {
            return Err(ConfigError::NoVersion);
        }
        for version in Self::VERSIONS.into_iter().filter(|version| self.speaks(*version)) {
            let (is_suite, has_group): (fn(u16) -> bool, _) = match version {
                Version::Dtls12 => (v12::is_cipher_suite, !v12::groups(self).is_empty()),
                Version::Dtls13 => (v13::is_cipher_suite, !self.groups.is_empty()),
            };
            if !self.cipher_suites.iter().any(|suite| is_suite(*suite)) {
                return Err(ConfigError::NoCipherSuite(version));
            }
            if !has_group {
                return Err(ConfigError::NoGroup(version));
            }
        }
        Ok(())
    }

    pub(crate) fn speaks(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }
}
