//! RE-CONFIG (RFC 6525 §3.1, §4): of its parameters those that reset outgoing streams.
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |  type = 130   |     flags     |            length             |
//! +---------------+---------------+-------------------------------+
//! |   type = 13, outgoing reset   |       length = 16 + 2 N       |
//! +-------------------------------+-------------------------------+
//! |                    request sequence number                    |
//! +---------------------------------------------------------------+
//! |                    response sequence number                   |
//! +---------------------------------------------------------------+
//! |                   sender's last assigned TSN                  |
//! +-------------------------------+-------------------------------+
//! |        stream 1 .. N          |                               |
//! +-------------------------------+-------------------------------+
//! |    type = 16, response        |        length = 12 or 20      |
//! +-------------------------------+-------------------------------+
//! |                    response sequence number                   |
//! +---------------------------------------------------------------+
//! |                            result                             |
//! +---------------------------------------------------------------+
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Serial32};

use super::{RawChunk, encode, kind};
use crate::error::ParseError;
use crate::parameter::{self, Parameter, walk};

const OUTGOING_RESET: u16 = 13;
const RESPONSE: u16 = 16;

/// A request to reset streams of the sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResetRequest {
    pub(crate) sequence: Serial32,
    pub(crate) response_sequence: Serial32,
    pub(crate) last_tsn: Serial32,
    /// The streams; none means all.
    pub(crate) streams: Vec<u16>,
}

impl ResetRequest {
    fn parse(value: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(value);
        let mut request = Self {
            sequence: Serial32::new(reader.u32()?),
            response_sequence: Serial32::new(reader.u32()?),
            last_tsn: Serial32::new(reader.u32()?),
            streams: Vec::with_capacity(reader.remaining() / 2),
        };
        while !reader.is_empty() {
            request.streams.push(reader.u16()?);
        }
        Ok(request)
    }

    /// Appends a RE-CONFIG chunk with this request.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        encode(out, kind::RECONFIG, 0, |out| {
            parameter::encode(out, OUTGOING_RESET, |out| {
                out.extend_from_slice(&self.sequence.get().to_be_bytes());
                out.extend_from_slice(&self.response_sequence.get().to_be_bytes());
                out.extend_from_slice(&self.last_tsn.get().to_be_bytes());
                for stream in &self.streams {
                    out.extend_from_slice(&stream.to_be_bytes());
                }
            });
        });
    }
}

/// What became of a request (RFC 6525 §4.4, table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResetResult {
    NothingToDo,
    Performed,
    Denied,
    InProgress,
    BadSequence,
    /// Any other error.
    Failed(u32),
}

impl ResetResult {
    const fn from_wire(value: u32) -> Self {
        match value {
            0 => Self::NothingToDo,
            1 => Self::Performed,
            2 => Self::Denied,
            5 => Self::BadSequence,
            6 => Self::InProgress,
            other => Self::Failed(other),
        }
    }

    const fn wire(self) -> u32 {
        match self {
            Self::NothingToDo => 0,
            Self::Performed => 1,
            Self::Denied => 2,
            Self::BadSequence => 5,
            Self::InProgress => 6,
            Self::Failed(other) => other,
        }
    }
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResetResponse {
    pub(crate) sequence: Serial32,
    pub(crate) result: ResetResult,
}

impl ResetResponse {
    fn parse(value: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(value);
        let sequence = Serial32::new(reader.u32()?);
        let result = ResetResult::from_wire(reader.u32()?);
        // The two TSNs of an answer to an SSN/TSN reset, which we never ask for.
        if !reader.is_empty() {
            reader.take(8)?;
            reader.finish()?;
        }
        Ok(Self { sequence, result })
    }

    /// Appends a RE-CONFIG chunk with this answer.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        encode(out, kind::RECONFIG, 0, |out| {
            parameter::encode(out, RESPONSE, |out| {
                out.extend_from_slice(&self.sequence.get().to_be_bytes());
                out.extend_from_slice(&self.result.wire().to_be_bytes());
            });
        });
    }
}

/// One parameter of a RE-CONFIG chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReconfigParameter {
    Request(ResetRequest),
    Response(ResetResponse),
    /// A request for something that we do not do; it is denied by its sequence number.
    Other(Serial32),
}

impl ReconfigParameter {
    /// Reads the one or two parameters of a chunk.
    pub(crate) fn parse_all(chunk: RawChunk<'_>) -> Result<Vec<Self>, ParseError> {
        let mut parameters = Vec::new();
        for parameter in walk(chunk.value) {
            // rfc6525 §3.1: there are at most two.
            if parameters.len() == 2 {
                return Err(ParseError::TooMany);
            }
            parameters.push(Self::parse(&parameter?)?);
        }
        Ok(parameters)
    }

    fn parse(parameter: &Parameter<'_>) -> Result<Self, ParseError> {
        Ok(match parameter.typ {
            OUTGOING_RESET => Self::Request(ResetRequest::parse(parameter.value)?),
            RESPONSE => Self::Response(ResetResponse::parse(parameter.value)?),
            _ => Self::Other(Serial32::new(Reader::new(parameter.value).u32()?)),
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Result<Vec<ReconfigParameter>, ParseError> {
        ReconfigParameter::parse_all(RawChunk::read(&mut Reader::new(bytes)).unwrap())
    }

    #[test]
    fn a_request_is_laid_out_as_the_rfc_draws_it() {
        let bytes = [130, 0, 0, 22, 0, 13, 0, 18, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 7, 0, 2, 0, 0];
        let request = ResetRequest {
            sequence: Serial32::new(9),
            response_sequence: Serial32::new(8),
            last_tsn: Serial32::new(7),
            streams: vec![2],
        };
        let mut out = vec![];
        request.encode(&mut out);
        // The padding of the last parameter counts in neither length when it is left to the chunk.
        assert_eq!(parse(&bytes), Ok(vec![ReconfigParameter::Request(request.clone())]));
        assert_eq!(parse(&out), Ok(vec![ReconfigParameter::Request(request)]));
    }

    #[test]
    fn malformed_parameters_are_rejected() {
        for value in [
            &[0, 13, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1][..],
            &[0, 13, 0, 17, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9],
            &[0, 16, 0, 8, 0, 0, 0, 1],
            &[0, 16, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
            &[0, 14, 0, 4],
        ] {
            let chunk = RawChunk { kind: kind::RECONFIG, flags: 0, value };
            assert!(ReconfigParameter::parse_all(chunk).is_err(), "{value:?}");
        }
        let three = [0, 16, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1].repeat(3);
        let chunk = RawChunk { kind: kind::RECONFIG, flags: 0, value: &three };
        assert_eq!(ReconfigParameter::parse_all(chunk), Err(ParseError::TooMany));
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(
            sequence: u32, response: u32, last: u32, result: u32,
            streams in prop::collection::vec(any::<u16>(), 0..20),
        ) {
            let request = ResetRequest {
                sequence: Serial32::new(sequence),
                response_sequence: Serial32::new(response),
                last_tsn: Serial32::new(last),
                streams,
            };
            let mut out = vec![];
            request.encode(&mut out);
            prop_assert_eq!(parse(&out), Ok(vec![ReconfigParameter::Request(request)]));
            let response = ResetResponse {
                sequence: Serial32::new(response),
                result: ResetResult::from_wire(result),
            };
            out.clear();
            response.encode(&mut out);
            prop_assert_eq!(parse(&out), Ok(vec![ReconfigParameter::Response(response)]));
        }
    }
}
