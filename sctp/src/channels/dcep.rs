//! The Data Channel Establishment Protocol (RFC 8832 §5).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 3    | channel type  |           priority            |
//! +---------------+---------------+-------------------------------+
//! |                     reliability parameter                     |
//! +-------------------------------+-------------------------------+
//! |         label length          |        protocol length        |
//! +-------------------------------+-------------------------------+
//! |                     label, then protocol                      |
//! ```
//!
//! The acknowledgement is one byte, 2.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::{Reader, Writer};

use super::{ChannelConfig, Reliability};
use crate::error::ParseError;

const ACK: u8 = 2;
const OPEN: u8 = 3;

const RELIABLE: u8 = 0;
const MAX_RETRANSMITS: u8 = 1;
const MAX_LIFETIME: u8 = 2;
/// The bit of a channel type that says unordered.
const UNORDERED: u8 = 0x80;

/// RFC 8831 §6.4 calls it "normal".
const PRIORITY: u16 = 256;

/// A message of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dcep {
    Open(ChannelConfig),
    Ack,
}

impl Dcep {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            // More than the one byte is not an acknowledgement that we know, but surely nothing
            // else.
            ACK => Ok(Self::Ack),
            OPEN => open(&mut reader).map(Self::Open),
            _ => Err(ParseError::Value),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        let config = match self {
            Self::Ack => {
                writer.u8(ACK);
                return out;
            }
            Self::Open(config) => config,
        };
        let (kind, parameter) = match config.reliability {
            Reliability::Reliable => (RELIABLE, 0),
            Reliability::MaxRetransmits(count) => (MAX_RETRANSMITS, u32::from(count)),
            Reliability::MaxLifetime(lifetime) => {
                (MAX_LIFETIME, u32::try_from(lifetime.as_millis()).unwrap_or(u32::MAX))
            }
        };
        writer.u8(OPEN);
        writer.u8(if config.ordered { kind } else { kind | UNORDERED });
        writer.u16(PRIORITY);
        writer.u32(parameter);
        debug_assert!(config.label.len().max(config.protocol.len()) <= usize::from(u16::MAX));
        writer.u16(config.label.len() as u16);
        writer.u16(config.protocol.len() as u16);
        writer.bytes(config.label.as_bytes());
        writer.bytes(config.protocol.as_bytes());
        out
    }
}

fn open(reader: &mut Reader<'_>) -> Result<ChannelConfig, ParseError> {
    let kind = reader.u8()?;
    let _priority = reader.u16()?;
    let parameter = reader.u32()?;
    let label_len = usize::from(reader.u16()?);
    let protocol_len = usize::from(reader.u16()?);
    let label = text(reader.take(label_len)?)?;
    let protocol = text(reader.take(protocol_len)?)?;
    reader.finish()?;
    let reliability = match kind & !UNORDERED {
        RELIABLE => Reliability::Reliable,
        // The API counts to 65535; a peer that wants more gets no less.
        MAX_RETRANSMITS => {
            Reliability::MaxRetransmits(u16::try_from(parameter).unwrap_or(u16::MAX))
        }
        MAX_LIFETIME => Reliability::MaxLifetime(Duration::from_millis(u64::from(parameter))),
        _ => return Err(ParseError::Value),
    };
    let ordered = kind & UNORDERED == 0;
    Ok(ChannelConfig { label, protocol, ordered, reliability, negotiated: None })
}

fn text(bytes: &[u8]) -> Result<String, ParseError> {
    core::str::from_utf8(bytes).map(String::from).map_err(|_| ParseError::Value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a browser sends for `createDataChannel("chat", { ordered: false, maxRetransmits: 3 })`.
    const BROWSER: [u8; 16] = [3, 0x81, 1, 0, 0, 0, 0, 3, 0, 4, 0, 0, b'c', b'h', b'a', b't'];

    #[test]
    fn the_open_of_a_browser_is_read_and_written() {
        let open = Dcep::parse(&BROWSER).unwrap();
        let Dcep::Open(config) = &open else { panic!("{open:?}") };
        assert_eq!((config.label.as_str(), config.ordered), ("chat", false));
        assert_eq!(config.reliability, Reliability::MaxRetransmits(3));
        assert_eq!(open.encode(), BROWSER);
        assert_eq!(Dcep::parse(&[2]), Ok(Dcep::Ack));
    }

    // adversarial C23
    #[test]
    fn malformed_messages_are_rejected() {
        assert!(Dcep::parse(&[]).is_err());
        for length in 1..BROWSER.len() {
            assert!(Dcep::parse(&BROWSER[..length]).is_err(), "{length}");
        }
        for (at, value) in [(0, 0x7f), (1, 0x7f), (1, 3), (9, 5), (9, 3), (11, 1), (12, 0xff)] {
            let mut bytes = BROWSER;
            bytes[at] = value;
            assert!(Dcep::parse(&bytes).is_err(), "{at} {value}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(
            label in ".{0,20}", protocol in ".{0,20}", ordered: bool, kind in 0..3, value: u16,
        ) {
            let reliability = match kind {
                0 => Reliability::Reliable,
                1 => Reliability::MaxRetransmits(value),
                _ => Reliability::MaxLifetime(Duration::from_millis(value.into())),
            };
            let config =
                ChannelConfig { label, protocol, ordered, reliability, negotiated: None };
            let open = Dcep::Open(config);
            prop_assert_eq!(Dcep::parse(&open.encode()), Ok(open));
        }
    }
}
