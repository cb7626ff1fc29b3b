//! Addresses as `c=`, `o=` and `a=rtcp` write them.

use alloc::string::String;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::Field;

/// A network type, an address type and an address (RFC 8866 §5.7).
///
/// WebRTC takes its addresses from ICE; this one is a place holder most of the time.
///
/// ```
/// use lariat_sdp::Connection;
///
/// assert_eq!(Connection::unspecified().to_string(), "IN IP4 0.0.0.0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// `IN`.
    pub network_type: String,
    /// `IP4` or `IP6`.
    pub address_type: String,
    /// The address, a host name, or an address with the suffixes of multicast.
    pub address: String,
}

impl Connection {
    /// `IN IP4 0.0.0.0`: the address is not known yet, or nobody's business.
    pub fn unspecified() -> Self {
        Self { network_type: "IN".into(), address_type: "IP4".into(), address: "0.0.0.0".into() }
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let network_type = value.word().token(Field::NetworkType)?.into();
        let address_type = value.word().token(Field::AddressType)?.into();
        let address = value.word().text(Field::Address)?.into();
        value.finish()?;
        Ok(Self { network_type, address_type, address })
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.network_type, self.address_type, self.address)
    }
}
