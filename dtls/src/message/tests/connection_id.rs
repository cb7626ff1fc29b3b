//! The messages and the extension about connection identifiers. Nobody has published any; these are
//! written by hand from the RFCs' text.

use super::*;
use crate::connection_id::ConnectionIdUsage;

fn id(bytes: &[u8]) -> ConnectionId {
    ConnectionId::new(bytes).unwrap()
}

#[test]
fn the_extension_is_read_and_written() {
    // rfc9146 §3
    for (bytes, expected) in [(&[0][..], &[][..]), (&[1, 100], &[100]), (&[2, 1, 2], &[1, 2])] {
        assert_eq!(ConnectionId::parse(bytes), Ok(id(expected)));
        let mut out = Vec::new();
        id(expected).encode(&mut out);
        assert_eq!(out, bytes);
    }
    assert_eq!(ConnectionId::CODE_POINT, 54);
    for bytes in [&[][..], &[1], &[0, 0], &[1, 2, 3]] {
        assert!(ConnectionId::parse(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn the_messages_are_read() {
    let two = [0, 5, 1, 7, 2, 8, 9, 1];
    let cids = vec![id(&[7]), id(&[8, 9])];
    let spare = ConnectionIdUsage::Spare;
    assert_eq!(NewConnectionId::parse(&two), Ok(NewConnectionId { cids, usage: spare }));
    let none = NewConnectionId { cids: vec![], usage: spare };
    assert_eq!(NewConnectionId::parse(&[0, 0, 1]), Ok(none), "legal in answer to a request");
    let invalid = ParseError::Invalid;
    assert_eq!(NewConnectionId::parse(&[0, 0, 2]), Err(invalid("usage")));
    assert_eq!(NewConnectionId::parse(&[0, 3, 1, 7, 0, 1]), Err(invalid("cids")));
    for length in 0..two.len() {
        assert!(NewConnectionId::parse(&two[..length]).is_err());
    }
    assert!(NewConnectionId::parse(&[&two[..], &[0]].concat()).is_err());
    assert_eq!(RequestConnectionId::parse(&[9]), Ok(RequestConnectionId { count: 9 }));
    assert!(RequestConnectionId::parse(&[]).is_err());
    assert!(RequestConnectionId::parse(&[9, 0]).is_err());
}

#[test]
fn identifiers_past_the_limit_are_read_and_not_kept() {
    // rfc9147 §9
    let many = |count: usize| {
        let cids = (0..count).map(|n| id(&[1, u8::try_from(n % 256).unwrap()])).collect();
        let mut out = Vec::new();
        NewConnectionId { cids, usage: ConnectionIdUsage::Spare }.encode(&mut out);
        NewConnectionId::parse(&out).unwrap().cids.len()
    };
    for count in [limits::CONNECTION_IDS, limits::CONNECTION_IDS + 1, 20_000] {
        assert_eq!(many(count), limits::CONNECTION_IDS);
    }
    assert_eq!(many(limits::CONNECTION_IDS - 1), limits::CONNECTION_IDS - 1);
}

proptest! {
    #[test]
    fn what_is_written_about_identifiers_is_read(
        cids in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 1..256),
            0..=limits::CONNECTION_IDS,
        ),
        immediate: bool,
        count: u8,
    ) {
        let cids = cids.iter().map(|bytes| id(bytes)).collect();
        let usage =
            if immediate { ConnectionIdUsage::Immediate } else { ConnectionIdUsage::Spare };
        let message = NewConnectionId { cids, usage };
        let mut out = Vec::new();
        message.encode(&mut out);
        prop_assert_eq!(NewConnectionId::parse(&out), Ok(message));
        let mut out = Vec::new();
        RequestConnectionId { count }.encode(&mut out);
        prop_assert_eq!(RequestConnectionId::parse(&out), Ok(RequestConnectionId { count }));
    }

    #[test]
    fn arbitrary_bytes_never_panic_the_parsers(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        if let Ok(read) = NewConnectionId::parse(&bytes) {
            prop_assert!(read.cids.len() <= limits::CONNECTION_IDS);
        }
        let _ = (ConnectionId::parse(&bytes), RequestConnectionId::parse(&bytes));
    }
}
