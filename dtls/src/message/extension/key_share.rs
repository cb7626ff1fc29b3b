//! key_share (RFC 8446 §4.2.8), in its three forms.
//!
//! ```text
//! in a ClientHello:  client_shares<0..2^16-1>    length(2)
//!                      group(2)
//!                      key_exchange<1..2^16-1>   length(2)
//! in a ServerHello:  group(2), key_exchange as above
//! in a HelloRetryRequest:  selected_group(2)
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::Extension;
use crate::error::ParseError;
use crate::limits;
use crate::message::{read_long, write_long};

/// A public key of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyShare {
    pub(crate) group: u16,
    pub(crate) key: Vec<u8>,
}

impl KeyShare {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let group = reader.u16()?;
        let key = read_long(reader)?;
        if key.is_empty() {
            Err(ParseError::Invalid("key_exchange"))
        } else {
            Ok(Self { group, key })
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u16(self.group);
        write_long(writer, &self.key);
    }
}

/// A client's keys, the preferred one first; none of two keys of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientShares(pub(crate) Vec<KeyShare>);

impl Extension for ClientShares {
    const CODE_POINT: u16 = 51;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let length = usize::from(reader.u16()?);
        let mut list = reader.sub(length)?;
        reader.finish()?;
        let mut shares: Vec<KeyShare> = Vec::new();
        while !list.is_empty() {
            let share = KeyShare::read(&mut list)?;
            // rfc8446 §4.2.8: one for each group.
            if shares.iter().any(|other| other.group == share.group) {
                return Err(ParseError::Invalid("client_shares"));
            }
            if shares.len() == limits::KEY_SHARES {
                return Err(ParseError::TooMany("key shares"));
            }
            shares.push(share);
        }
        Ok(Self(shares))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        let mut list = writer.length_prefixed_u16();
        self.0.iter().for_each(|share| share.write(&mut list));
    }
}

/// The server's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerShare(pub(crate) KeyShare);

impl Extension for ServerShare {
    const CODE_POINT: u16 = ClientShares::CODE_POINT;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let share = KeyShare::read(&mut reader)?;
        reader.finish()?;
        Ok(Self(share))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.0.write(&mut Writer::new(out));
    }
}

/// The group that a server wants a key of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SelectedGroup(pub(crate) u16);

impl Extension for SelectedGroup {
    const CODE_POINT: u16 = ClientShares::CODE_POINT;

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let group = reader.u16()?;
        reader.finish()?;
        Ok(Self(group))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        Writer::new(out).u16(self.0);
    }
}
