//! What can go wrong.

use std::fmt;
use std::io;
use std::sync::Arc;

/// A command of a handle failed; nothing was changed and nothing was lost.
///
/// ```
/// let error = lariat::Error::TooLong { size: 70_000, max: 65_536 };
/// assert_eq!(error.to_string(), "the message has 70000 bytes, and the other side takes 65536");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The connection or the data channel is closed.
    Closed,
    /// The data channel is not open yet, or holds as much as it may: try later, or wait with
    /// [`send`](crate::DataChannel::send).
    WouldBlock,
    /// The message is longer than the other side takes.
    TooLong {
        /// The bytes of the message.
        size: usize,
        /// The bytes that the other side takes.
        max: usize,
    },
    /// The peer refused, and says why.
    Peer(lariat_peer::Error),
    /// The socket could not be opened.
    Socket(Arc<io::Error>),
    /// The operating system could not list its network interfaces.
    Interfaces(Arc<io::Error>),
    /// No local address may be used: everything was filtered away, or the machine has no network.
    NoAddress,
    /// No connection can come of the configuration's part for DTLS.
    Dtls(lariat_dtls::ConfigError),
    /// The certificate could not be made.
    Certificate(lariat_dtls::CertificateError),
    /// The provider has no randomness to give.
    Crypto(lariat_crypto::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::WouldBlock => f.write_str("the data channel takes no more at the moment"),
            Self::TooLong { size, max } => {
                write!(f, "the message has {size} bytes, and the other side takes {max}")
            }
            Self::Peer(error) => error.fmt(f),
            Self::Socket(error) => write!(f, "the socket cannot be opened: {error}"),
            Self::Interfaces(error) => write!(f, "the network interfaces are unknown: {error}"),
            Self::NoAddress => f.write_str("no local address may be used"),
            Self::Dtls(error) => write!(f, "DTLS cannot connect like this: {error}"),
            Self::Certificate(error) => write!(f, "the certificate cannot be made: {error}"),
            Self::Crypto(error) => write!(f, "cryptography failed: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Peer(error) => Some(error),
            Self::Socket(error) | Self::Interfaces(error) => Some(&**error),
            Self::Dtls(error) => Some(error),
            Self::Certificate(error) => Some(error),
            Self::Crypto(error) => Some(error),
            _ => None,
        }
    }
}

impl From<lariat_peer::Error> for Error {
    fn from(error: lariat_peer::Error) -> Self {
        match error {
            lariat_peer::Error::Closed => Self::Closed,
            error => Self::Peer(error),
        }
    }
}
