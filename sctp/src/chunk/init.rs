//! INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! | type = 1 or 2 |     flags     |            length             |
//! +---------------+---------------+-------------------------------+
//! |                         initiate tag                          |
//! +---------------------------------------------------------------+
//! |               advertised receiver window credit               |
//! +-------------------------------+-------------------------------+
//! |       outbound streams        |        inbound streams        |
//! +-------------------------------+-------------------------------+
//! |                          initial TSN                          |
//! +---------------------------------------------------------------+
//! |                          parameters                           |
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Serial32};

use super::{RawChunk, encode, kind};
use crate::error::ParseError;
use crate::limits::MAX_REPORTED_BYTES;
use crate::parameter::{self, Parameter, walk};

const IPV4_ADDRESS: u16 = 5;
const IPV6_ADDRESS: u16 = 6;
const STATE_COOKIE: u16 = 7;
const UNRECOGNIZED_PARAMETER: u16 = 8;
const COOKIE_PRESERVATIVE: u16 = 9;
const HOST_NAME_ADDRESS: u16 = 11;
const SUPPORTED_ADDRESS_TYPES: u16 = 12;
/// RFC 5061 §4.2.7.
const SUPPORTED_EXTENSIONS: u16 = 0x8008;

/// Which of the two chunks it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InitKind {
    Init,
    InitAck,
}

/// An INIT or INIT ACK chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Init {
    pub(crate) kind: InitKind,
    pub(crate) initiate_tag: u32,
    pub(crate) a_rwnd: u32,
    pub(crate) outbound_streams: u16,
    pub(crate) inbound_streams: u16,
    pub(crate) initial_tsn: Serial32,
    /// The chunk types that the sender supports beyond RFC 9260.
    pub(crate) extensions: Vec<u8>,
    /// The state cookie, in an INIT ACK.
    pub(crate) cookie: Option<Vec<u8>>,
    /// Whether it has a host name, over which the receiver must abort (§3.3.2, note 3).
    pub(crate) has_host_name: bool,
    /// What the sender of an INIT ACK did not recognise in our INIT, or what we report to it;
    /// encoded parameters.
    pub(crate) unrecognized: Vec<u8>,
}

impl Init {
    /// Reads it. Unknown parameters that ask for a report are collected in `unrecognized`.
    pub(crate) fn parse(chunk: RawChunk<'_>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(chunk.value);
        let mut init = Self {
            kind: if chunk.kind == kind::INIT { InitKind::Init } else { InitKind::InitAck },
            initiate_tag: reader.u32()?,
            a_rwnd: reader.u32()?,
            outbound_streams: reader.u16()?,
            inbound_streams: reader.u16()?,
            initial_tsn: Serial32::new(reader.u32()?),
            extensions: Vec::new(),
            cookie: None,
            has_host_name: false,
            unrecognized: Vec::new(),
        };
        // The whole list is walked even where a parameter says to stop: a list that is malformed
        // further on makes the chunk malformed, whatever comes first.
        let mut stopped = false;
        for parameter in walk(reader.rest()) {
            let parameter = parameter?;
            if !stopped {
                stopped = !init.take(&parameter);
            }
        }
        Ok(init)
    }

    /// Takes one parameter in, and says whether the next is to be looked at.
    fn take(&mut self, parameter: &Parameter<'_>) -> bool {
        match parameter.typ {
            STATE_COOKIE => {
                self.cookie.get_or_insert_with(|| parameter.value.to_vec());
            }
            SUPPORTED_EXTENSIONS if self.extensions.is_empty() => {
                self.extensions = parameter.value.to_vec();
            }
            HOST_NAME_ADDRESS => self.has_host_name = true,
            // rfc8261 §6: over DTLS there is one path, whatever addresses are listed.
            IPV4_ADDRESS
            | IPV6_ADDRESS
            | COOKIE_PRESERVATIVE
            | SUPPORTED_ADDRESS_TYPES
            | SUPPORTED_EXTENSIONS
            | UNRECOGNIZED_PARAMETER => {}
            _ => {
                // rfc9260 §3.2.1: the two high bits say whether to report it and whether to go on.
                if parameter.reported_if_unknown() {
                    self.report(parameter);
                }
                return parameter.continues_if_unknown();
            }
        }
        true
    }

    fn report(&mut self, parameter: &Parameter<'_>) {
        let length = parameter.value.len().saturating_add(8);
        if self.unrecognized.len().saturating_add(length) <= MAX_REPORTED_BYTES {
            parameter.encode(&mut self.unrecognized);
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let kind = match self.kind {
            InitKind::Init => kind::INIT,
            InitKind::InitAck => kind::INIT_ACK,
        };
        encode(out, kind, 0, |out| {
            out.extend_from_slice(&self.initiate_tag.to_be_bytes());
            out.extend_from_slice(&self.a_rwnd.to_be_bytes());
            out.extend_from_slice(&self.outbound_streams.to_be_bytes());
            out.extend_from_slice(&self.inbound_streams.to_be_bytes());
            out.extend_from_slice(&self.initial_tsn.get().to_be_bytes());
            if let Some(cookie) = &self.cookie {
                Parameter { typ: STATE_COOKIE, value: cookie }.encode(out);
            }
            if !self.extensions.is_empty() {
                Parameter { typ: SUPPORTED_EXTENSIONS, value: &self.extensions }.encode(out);
            }
            // rfc9260 §3.2.2: each parameter that was not recognised goes back in one of its own.
            for parameter in walk(&self.unrecognized).map_while(Result::ok) {
                parameter::encode(out, UNRECOGNIZED_PARAMETER, |out| parameter.encode(out));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Result<Init, ParseError> {
        Init::parse(RawChunk::read(&mut Reader::new(bytes)).unwrap())
    }

    fn with_parameters(parameters: &[u8]) -> Vec<u8> {
        let mut out = vec![];
        encode(&mut out, kind::INIT, 0, |out| {
            out.extend_from_slice(&[0, 0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 9, 0, 0, 0, 1]);
            out.extend_from_slice(parameters);
        });
        out
    }

    #[test]
    fn the_init_of_a_browser_is_read() {
        // Chrome's: a window of 5 MiB, 65535 streams, FORWARD-TSN, RE-CONFIG.
        let bytes = [
            1, 0, 0, 0x20, 0xde, 0xad, 0xbe, 0xef, 0, 0x50, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3,
            4, 0xc0, 0, 0, 4, 0x80, 8, 0, 6, 0x82, 0xc0, 0, 0,
        ];
        let init = parse(&bytes).unwrap();
        assert_eq!(init.a_rwnd, 5 << 20);
        assert_eq!(init.extensions, [0x82, 0xc0]);
        assert_eq!(init.unrecognized, [0xc0, 0, 0, 4]);
    }

    // adversarial C4
    #[test]
    fn unknown_parameters_follow_their_high_bits() {
        let extensions = [0x80, 8, 0, 5, 0x82, 0, 0, 0];
        for (unknown, seen, reported) in [
            ([0x0f, 0xff, 0, 4], false, false),
            ([0x4f, 0xff, 0, 4], false, true),
            ([0x8f, 0xff, 0, 4], true, false),
            ([0xcf, 0xff, 0, 4], true, true),
        ] {
            let init = parse(&with_parameters(&[&unknown[..], &extensions].concat())).unwrap();
            assert_eq!(!init.extensions.is_empty(), seen, "{unknown:?}");
            assert_eq!(init.unrecognized == unknown, reported, "{unknown:?}");
        }
    }

    // adversarial C4
    #[test]
    fn a_malformed_list_is_rejected_even_behind_a_parameter_that_stops() {
        assert!(parse(&with_parameters(&[0x0f, 0xff, 0, 4, 0, 7, 0, 200])).is_err());
        for length in 0..4 {
            assert!(parse(&with_parameters(&[0, 7, 0, length])).is_err());
        }
    }

    #[test]
    fn fixed_fields_cut_short_are_rejected() {
        for length in 0..16 {
            let chunk = RawChunk { kind: 1, flags: 0, value: &[1; 16][..length] };
            assert_eq!(Init::parse(chunk), Err(ParseError::Truncated));
        }
    }

    #[test]
    fn reports_are_bounded() {
        let parameters = [0xcf, 0xff, 0, 4].repeat(200);
        let init = parse(&with_parameters(&parameters)).unwrap();
        assert!(init.unrecognized.len() <= MAX_REPORTED_BYTES);
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(
            ack: bool, initiate_tag: u32, a_rwnd: u32, outbound_streams: u16,
            inbound_streams: u16, tsn: u32,
            extensions in prop::collection::vec(any::<u8>(), 0..9),
            cookie in prop::option::of(prop::collection::vec(any::<u8>(), 0..99)),
        ) {
            let init = Init {
                kind: if ack { InitKind::InitAck } else { InitKind::Init },
                initiate_tag, a_rwnd, outbound_streams, inbound_streams,
                initial_tsn: Serial32::new(tsn),
                extensions, cookie,
                has_host_name: false,
                unrecognized: vec![],
            };
            let mut out = vec![];
            init.encode(&mut out);
            prop_assert_eq!(parse(&out), Ok(init));
        }
    }
}
