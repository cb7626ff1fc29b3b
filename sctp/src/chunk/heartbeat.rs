//! HEARTBEAT and HEARTBEAT ACK (RFC 9260 §3.3.5, §3.3.6).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! | type = 4 or 5 |     flags     |            length             |
//! +---------------+---------------+-------------------------------+
//! |          type = 1             |            length             |
//! +-------------------------------+-------------------------------+
//! |          heartbeat information, the sender's own matter       |
//! ```

use alloc::vec::Vec;

use super::{RawChunk, encode, kind};
use crate::error::ParseError;
use crate::parameter::{self, walk};

const HEARTBEAT_INFO: u16 = 1;

/// Appends a HEARTBEAT with `info`.
pub(crate) fn encode_heartbeat(out: &mut Vec<u8>, info: &[u8]) {
    encode(out, kind::HEARTBEAT, 0, |out| {
        parameter::encode(out, HEARTBEAT_INFO, |out| out.extend_from_slice(info));
    });
}

/// Appends the answer to a HEARTBEAT: its whole value, unchanged (§8.3).
pub(crate) fn encode_heartbeat_ack(out: &mut Vec<u8>, value: &[u8]) {
    encode(out, kind::HEARTBEAT_ACK, 0, |out| out.extend_from_slice(value));
}

/// The information in a HEARTBEAT or its answer.
pub(crate) fn heartbeat_info<'a>(chunk: &RawChunk<'a>) -> Result<&'a [u8], ParseError> {
    let mut found = None;
    for parameter in walk(chunk.value) {
        let parameter = parameter?;
        if parameter.typ == HEARTBEAT_INFO && found.is_none() {
            found = Some(parameter.value);
        }
    }
    found.ok_or(ParseError::Value)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use lariat_base::Reader;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn information_that_is_missing_or_cut_short_is_rejected() {
        for value in [&[][..], &[0, 2, 0, 4], &[0, 1, 0, 9, 1], &[0, 1, 0, 3]] {
            let chunk = RawChunk { kind: kind::HEARTBEAT, flags: 0, value };
            assert!(heartbeat_info(&chunk).is_err(), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_encoding(info in prop::collection::vec(any::<u8>(), 0..99)) {
            let mut out = vec![];
            encode_heartbeat(&mut out, &info);
            let chunk = RawChunk::read(&mut Reader::new(&out)).unwrap();
            prop_assert_eq!(heartbeat_info(&chunk), Ok(&info[..]));
            let mut answer = vec![];
            encode_heartbeat_ack(&mut answer, chunk.value);
            prop_assert_eq!(&answer[1..], &out[1..]);
        }
    }
}
