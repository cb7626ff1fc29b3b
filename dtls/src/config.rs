//! What a connection needs to know before it begins.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::Seed;
use lariat_crypto::Provider;

use crate::certificate::Certificate;

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
    /// SRTP protection profiles (RFC 5764 §4.1.2) by code point, the preferred one first. Empty:
    /// no `use_srtp`.
    pub srtp_profiles: Vec<u16>,
    /// The longest datagram of the handshake, in bytes of UDP payload; at least 256. Application
    /// data is the caller's to size. 1,200 by default.
    pub mtu: usize,
    /// How long a handshake may take from its first message, 30 s by default.
    pub handshake_timeout: Duration,
    /// The first retransmission timeout of a flight, between 50 ms and 2 s, 250 ms by default. It
    /// doubles up to 2 s. See also [`Connection::set_rtt`](crate::Connection::set_rtt).
    pub initial_rto: Duration,
}

impl Config {
    /// A configuration with defaults for everything else.
    pub const fn new(provider: Arc<dyn Provider>, seed: Seed, certificate: Certificate) -> Self {
        Self {
            provider,
            seed,
            certificate,
            srtp_profiles: Vec::new(),
            mtu: 1_200,
            handshake_timeout: Duration::from_secs(30),
            initial_rto: Duration::from_millis(250),
        }
    }
}
