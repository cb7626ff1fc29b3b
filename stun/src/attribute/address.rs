//! XOR-MAPPED-ADDRESS (RFC 8489 §14.2): an address hidden from middleboxes that rewrite what looks
//! like one.
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |0 0 0 0 0 0 0 0|    family     | port, xor the cookie's top    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   address (4 or 16 bytes), xor the cookie and transaction id ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lariat_base::{Reader, Writer};

use crate::error::AttributeFault;
use crate::header::{MAGIC_COOKIE, TransactionId};

const IPV4: u8 = 1;
const IPV6: u8 = 2;
const PORT_MASK: u16 = (MAGIC_COOKIE >> 16) as u16;

pub(super) fn parse_xored(
    reader: &mut Reader<'_>,
    id: TransactionId,
) -> Result<SocketAddr, AttributeFault> {
    let wrong_length = |_| AttributeFault::Length;
    // rfc8489 §14.1: the first byte is to be ignored.
    let _reserved = reader.u8().map_err(wrong_length)?;
    let family = reader.u8().map_err(wrong_length)?;
    let port = reader.u16().map_err(wrong_length)? ^ PORT_MASK;
    let ip = match family {
        IPV4 => {
            let bits = reader.u32().map_err(wrong_length)? ^ MAGIC_COOKIE;
            IpAddr::V4(Ipv4Addr::from_bits(bits))
        }
        IPV6 => {
            let bytes = reader.take_array::<16>().map_err(wrong_length)?;
            IpAddr::V6(Ipv6Addr::from_bits(u128::from_be_bytes(bytes) ^ ipv6_mask(id)))
        }
        _ => return Err(AttributeFault::Value),
    };
    Ok(SocketAddr::new(ip, port))
}

pub(super) fn encode_xored(address: SocketAddr, writer: &mut Writer<'_>, id: TransactionId) {
    writer.u8(0);
    let family = if address.is_ipv4() { IPV4 } else { IPV6 };
    writer.u8(family);
    writer.u16(address.port() ^ PORT_MASK);
    match address.ip() {
        IpAddr::V4(ip) => writer.u32(ip.to_bits() ^ MAGIC_COOKIE),
        IpAddr::V6(ip) => writer.bytes(&(ip.to_bits() ^ ipv6_mask(id)).to_be_bytes()),
    }
}

fn ipv6_mask(id: TransactionId) -> u128 {
    let tail = id.as_bytes().iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    u128::from(MAGIC_COOKIE) << 96 | tail
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(ip: IpAddr, port: u16, id: [u8; 12]) {
            let (address, id) = (SocketAddr::new(ip, port), TransactionId::new(id));
            let mut out = Vec::new();
            encode_xored(address, &mut Writer::new(&mut out), id);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(parse_xored(&mut reader, id), Ok(address));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }
}
