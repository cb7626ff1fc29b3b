//! What a connection is made from.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lariat_crypto::{NamedGroup, Provider, ring};
use lariat_dtls::{Certificate, KeyLog, Version};

/// What a connection is made from; the [default](Self::default) is right for most.
///
/// ```
/// use lariat::{Configuration, Loopback};
///
/// let mut configuration = Configuration::default();
/// // Only this machine: for tests and demos.
/// configuration.bind = "127.0.0.1:0".parse()?;
/// configuration.loopback = Loopback::Always;
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Configuration {
    /// The cryptography.
    pub provider: Arc<dyn Provider>,
    /// Who we are, for instance by [`Certificate::from_pem`]; `None` makes a certificate that is
    /// used once.
    pub certificate: Option<Certificate>,
    /// The versions of DTLS that are spoken, in any order: of those that both sides have, the
    /// newest one is taken. All by default.
    pub dtls_versions: Vec<Version>,
    /// The key exchange groups of DTLS, the preferred one first. By default X25519MLKEM768, which
    /// is for version 1.3 alone, X25519, P-256, P-384. Each version that is spoken needs one.
    /// Without one that the other side has, there is no connection.
    pub dtls_groups: Vec<NamedGroup>,
    /// Where the socket is bound. The unspecified IPv6 address stands for both IP versions, and
    /// for IPv4 alone on a machine without IPv6. Port 0 lets the operating system choose.
    pub bind: SocketAddr,
    /// Whether loopback addresses become candidates.
    pub loopback: Loopback,
    /// Which local addresses may become candidates; `None` is all of them.
    pub address_filter: Option<AddressFilter>,
    /// How many data channels the other side may have open at once; 256 by default. Past that they
    /// are closed again, and [`Event::ChannelsRefused`](crate::Event::ChannelsRefused) says so.
    pub max_incoming_channels: usize,
    /// How long [`PeerConnection::close`](crate::PeerConnection::close) delivers what was accepted
    /// before it gives up; 10 s by default.
    pub close_timeout: Duration,
    /// Gets **every secret** of the connection, for looking for mistakes: see
    /// [`KeyLogFile`](crate::KeyLogFile). None by default, whatever the environment says.
    pub key_log: Option<Arc<dyn KeyLog>>,
}

/// Decides which local addresses become candidates.
pub type AddressFilter = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Whether loopback addresses become candidates.
///
/// ```
/// assert_eq!(lariat::Loopback::default(), lariat::Loopback::IfAlone);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loopback {
    /// Never.
    Never,
    /// Only on a machine that has no other address.
    #[default]
    IfAlone,
    /// Also beside others, after them.
    Always,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            provider: ring::provider(),
            certificate: None,
            dtls_versions: lariat_dtls::Config::VERSIONS.to_vec(),
            dtls_groups: lariat_dtls::Config::GROUPS.to_vec(),
            bind: SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            loopback: Loopback::default(),
            address_filter: None,
            max_incoming_channels: 256,
            close_timeout: lariat_peer::limits::CLOSE_TIMEOUT,
            key_log: None,
        }
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("provider", &self.provider)
            .field("dtls_versions", &self.dtls_versions)
            .field("dtls_groups", &self.dtls_groups)
            .field("bind", &self.bind)
            .field("loopback", &self.loopback)
            .field("max_incoming_channels", &self.max_incoming_channels)
            .field("close_timeout", &self.close_timeout)
            .field("key_log", &self.key_log)
            .finish_non_exhaustive()
    }
}
