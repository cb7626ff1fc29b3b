//! Connection identifiers (RFC 9146, RFC 9147 §9).

use alloc::vec::Vec;
use core::fmt;

use lariat_base::Reader;

use crate::record::AnyRecord;

/// A name for an association, 0 to 255 bytes, which records bear so that they are known by it when
/// they come from another address.
///
/// Each side chooses what the other one is to send. An empty one means that records to whoever
/// chose it bear none.
///
/// ```
/// use lariat_dtls::ConnectionId;
///
/// let id = ConnectionId::new([0x0a, 0xb1])?;
/// assert_eq!((id.len(), id.to_string().as_str()), (2, "0ab1"));
/// assert!(ConnectionId::new([0; 256]).is_err());
///
/// // A record of DTLS 1.3 that bears it; the server gives all of its identifiers two bytes.
/// let datagram = [0x3f, 0x0a, 0xb1, 0, 7, 0, 1, 9];
/// assert_eq!(ConnectionId::of_datagram(&datagram, id.len()), Some(id));
/// # Ok::<(), lariat_dtls::ConnectionIdError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(Vec<u8>);

impl ConnectionId {
    /// How long one can be, in bytes.
    pub const MAX_LEN: usize = 255;

    /// One with these bytes.
    ///
    /// # Errors
    /// [`ConnectionIdError::TooLong`] if there are more than 255.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, ConnectionIdError> {
        let bytes = bytes.into();
        if bytes.len() > Self::MAX_LEN { Err(ConnectionIdError::TooLong) } else { Ok(Self(bytes)) }
    }

    /// The one that the first record of a datagram bears, if it bears one, when those of the
    /// receiver all have `length` bytes. The header does not say how long it is.
    ///
    /// With it a server finds the [`Connection`](crate::Connection) of a datagram that comes from
    /// an unknown address. Nothing about it is authentic before the connection has said so.
    pub fn of_datagram(datagram: &[u8], length: usize) -> Option<Self> {
        let bytes = match AnyRecord::read(&mut Reader::new(datagram), length).ok()? {
            AnyRecord::Plain(record) => record.cid,
            AnyRecord::Ciphertext(record) => record.cid,
        };
        if bytes.is_empty() { None } else { Self::new(bytes).ok() }
    }

    /// How many bytes it has.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl AsRef<[u8]> for ConnectionId {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({self})")
    }
}

/// What the receiver of new identifiers is to do with them (RFC 9147 §9).
///
/// ```
/// use lariat_dtls::ConnectionIdUsage;
///
/// assert_ne!(ConnectionIdUsage::Immediate, ConnectionIdUsage::Spare);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionIdUsage {
    /// Use one of them from now on.
    Immediate,
    /// Keep them for when it goes on from another address.
    Spare,
}

/// Why something about connection identifiers was refused. Nothing was changed.
///
/// ```
/// use lariat_dtls::ConnectionIdError;
///
/// assert!(ConnectionIdError::WrongLength { expected: 8 }.to_string().contains("8 bytes"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionIdError {
    /// It is longer than 255 bytes.
    TooLong,
    /// The handshake is not complete, or the connection is over.
    NotConnected,
    /// That direction has no identifiers, or the version is 1.2, where they never change.
    NotNegotiated,
    /// All of ours must be as long as the first one, because records do not say how long theirs is.
    WrongLength {
        /// That length, in bytes.
        expected: usize,
    },
    /// The peer was given this one already.
    Repeated,
    /// The peer is to use a new one immediately, and was given none.
    NoneGiven,
    /// The peer would have more than this to choose from that it has not used yet.
    TooMany {
        /// The crate's limit.
        max: usize,
    },
    /// The message before it is not acknowledged, or not answered (RFC 9147 §5.8.4, §9).
    Outstanding,
    /// The peer has given us none that was not used yet.
    NoSpare,
}

impl fmt::Display for ConnectionIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("a connection identifier has at most 255 bytes"),
            Self::NotConnected => f.write_str("the handshake is not complete"),
            Self::NotNegotiated => f.write_str("there are no connection identifiers to change"),
            Self::WrongLength { expected } => {
                write!(f, "our connection identifiers have {expected} bytes each")
            }
            Self::Repeated => f.write_str("the peer was given this connection identifier already"),
            Self::NoneGiven => f.write_str("no connection identifier to use immediately"),
            Self::TooMany { max } => {
                write!(f, "the peer keeps at most {max} connection identifiers")
            }
            Self::Outstanding => f.write_str("the message before it is not answered"),
            Self::NoSpare => f.write_str("the peer has given no spare connection identifier"),
        }
    }
}

impl core::error::Error for ConnectionIdError {}
