use proptest::prelude::*;

use super::*;

fn fragment(message_seq: u16, length: u32, offset: u32, body: &[u8]) -> Fragment<'_> {
    Fragment { handshake_type: HandshakeType::Certificate, length, message_seq, offset, body }
}

fn insert(
    reassembly: &mut Reassembly,
    message_seq: u16,
    length: u32,
    offset: u32,
    body: &[u8],
) -> Result<Inserted, Dropped> {
    reassembly.insert(Epoch::PLAINTEXT, &fragment(message_seq, length, offset, body))
}

#[test]
fn messages_come_out_in_order_whatever_order_they_came_in() {
    let mut reassembly = Reassembly::default();
    insert(&mut reassembly, 1, 2, 0, b"cd").unwrap();
    assert_eq!(reassembly.take(), None);
    insert(&mut reassembly, 0, 2, 1, b"b").unwrap();
    insert(&mut reassembly, 0, 2, 0, b"a").unwrap();
    assert_eq!(reassembly.take().unwrap().body, b"ab");
    assert_eq!(reassembly.take().unwrap().body, b"cd");
    assert_eq!(reassembly.take(), None);
    assert_eq!(insert(&mut reassembly, 1, 2, 0, b"cd"), Ok(Inserted::Retransmission));
}

#[test]
fn an_empty_message_is_complete_at_once() {
    let mut reassembly = Reassembly::default();
    insert(&mut reassembly, 0, 0, 0, b"").unwrap();
    assert_eq!(reassembly.take().unwrap().body, b"");
}

fn body(reassembly: &mut Reassembly) -> Option<Vec<u8>> {
    reassembly.take().map(|message| message.body)
}

#[test]
fn of_fragments_in_plaintext_that_differ_all_are_kept() {
    // D3, D33
    let mut reassembly = Reassembly::default();
    insert(&mut reassembly, 0, 4, 0, b"ab").unwrap();
    insert(&mut reassembly, 0, 4, 1, b"xcd").unwrap();
    insert(&mut reassembly, 0, 5, 1, b"bcd").unwrap();
    assert_eq!(reassembly.take(), None);
    // What it fits to it completes, whoever wrote the rest.
    insert(&mut reassembly, 0, 4, 0, b"a").unwrap();
    assert_eq!(body(&mut reassembly).unwrap(), b"axcd");
    assert_eq!(insert(&mut reassembly, 0, 4, 1, b"bcd"), Ok(Inserted::Retransmission));
    assert_eq!(reassembly.untried(), Some(0));
    reassembly.rewind(0);
    assert_eq!(body(&mut reassembly).unwrap(), b"abcd");
    assert_eq!(reassembly.untried(), None);
    reassembly.rewind(0);
    assert_eq!(reassembly.take(), None, "both were refused");
    assert_eq!(insert(&mut reassembly, 0, 4, 0, b"ab"), Ok(Inserted::Refused));
    insert(&mut reassembly, 0, 5, 0, b"ab").unwrap();
    insert(&mut reassembly, 0, 5, 4, b"e").unwrap();
    assert_eq!(body(&mut reassembly).unwrap(), b"abcde");
}

#[test]
fn of_authentic_fragments_that_differ_the_first_stays() {
    // D3
    let mut reassembly = Reassembly::default();
    let mut insert = |length, offset, body| {
        reassembly.insert(Epoch::HANDSHAKE, &fragment(0, length, offset, body))
    };
    insert(4, 0, b"ab").unwrap();
    assert_eq!(insert(4, 1, b"xcd"), Err(Dropped::FragmentConflict));
    assert_eq!(insert(5, 1, b"bcd"), Err(Dropped::FragmentConflict));
    insert(4, 1, b"bcd").unwrap();
    assert_eq!(body(&mut reassembly).unwrap(), b"abcd");
    assert!(reassembly.places.is_empty());
}

#[test]
fn a_message_in_the_place_of_one_that_was_taken_waits_until_that_is_gone_back_to() {
    let mut reassembly = Reassembly::default();
    for (seq, bytes) in [(0, b"a"), (1, b"b"), (0, b"x"), (1, b"y")] {
        insert(&mut reassembly, seq, 1, 0, bytes).unwrap();
    }
    assert_eq!(body(&mut reassembly).unwrap(), b"a");
    assert_eq!(body(&mut reassembly).unwrap(), b"b");
    assert_eq!(insert(&mut reassembly, 1, 1, 0, b"z"), Ok(Inserted::Alternative));
    assert_eq!(reassembly.untried(), Some(1));
    reassembly.rewind(1);
    assert_eq!(body(&mut reassembly).unwrap(), b"y");
    // Behind another message all are as good as new.
    reassembly.rewind(0);
    assert_eq!(body(&mut reassembly).unwrap(), b"x");
    assert_eq!(body(&mut reassembly).unwrap(), b"b");
    reassembly.resume(0);
    assert_eq!(body(&mut reassembly).unwrap(), b"a");
    reassembly.settle();
    assert!(reassembly.places.is_empty());
    assert_eq!(insert(&mut reassembly, 0, 1, 0, b"w"), Ok(Inserted::Retransmission));
}

#[test]
fn one_alternative_past_the_limit_takes_the_place_of_one_without_hope_or_is_refused() {
    let mut reassembly = Reassembly::default();
    let limit = u8::try_from(limits::ALTERNATIVES).unwrap();
    for number in 0..limit {
        insert(&mut reassembly, 0, 2, 0, &[number, 0]).unwrap();
    }
    assert_eq!(insert(&mut reassembly, 0, 2, 0, &[limit, 0]), Err(Dropped::FragmentConflict));
    assert_eq!(body(&mut reassembly).unwrap(), [0, 0]);
    reassembly.rewind(0);
    insert(&mut reassembly, 0, 2, 0, &[limit, 0]).unwrap();
    assert_eq!(reassembly.places[&0].len(), limits::ALTERNATIVES);
    for number in 1..=limit {
        assert_eq!(body(&mut reassembly).unwrap(), [number, 0]);
        reassembly.rewind(0);
    }
    // What is not complete goes before what may still be right.
    let mut reassembly = Reassembly::default();
    for number in 0..limit + 3 {
        insert(&mut reassembly, 0, 2, 0, &[number]).unwrap();
    }
    assert_eq!(reassembly.places[&0].len(), limits::ALTERNATIVES);
}

#[test]
fn a_forged_fragment_of_the_longest_message_leaves_room_for_the_genuine_one() {
    // D33
    let limit = u32::try_from(limits::REASSEMBLY_BYTES).unwrap();
    let mut reassembly = Reassembly::default();
    insert(&mut reassembly, 0, limit, 0, b"x").unwrap();
    insert(&mut reassembly, 0, 2, 0, b"a").unwrap();
    assert!(reassembly.held_bytes() <= limits::REASSEMBLY_BYTES);
    insert(&mut reassembly, 0, 2, 1, b"b").unwrap();
    assert_eq!(body(&mut reassembly).unwrap(), b"ab");
    // And what was taken makes room for what is due.
    insert(&mut reassembly, 1, limit, 0, b"c").unwrap();
    assert!(reassembly.held_bytes() <= limits::REASSEMBLY_BYTES);
}

#[test]
fn a_message_one_past_the_window_is_refused() {
    // adversarial D4
    let mut reassembly = Reassembly::default();
    assert_eq!(insert(&mut reassembly, 15, 1, 0, b"a"), Ok(Inserted::OutOfOrder));
    assert_eq!(insert(&mut reassembly, 16, 1, 0, b"a"), Err(Dropped::MessageWindow));
    assert_eq!(insert(&mut reassembly, 1_000, 1, 0, b"a"), Err(Dropped::MessageWindow));
    assert_eq!(insert(&mut reassembly, u16::MAX, 1, 0, b"a"), Err(Dropped::MessageWindow));
}

#[test]
fn a_message_one_past_the_byte_limit_is_refused() {
    // adversarial D3
    let limit = u32::try_from(limits::REASSEMBLY_BYTES).unwrap();
    let mut reassembly = Reassembly::default();
    assert_eq!(insert(&mut reassembly, 0, limit + 1, 0, b"a"), Err(Dropped::ReassemblyFull));
    assert_eq!(insert(&mut reassembly, 0, (1 << 24) - 1, 0, b"a"), Err(Dropped::ReassemblyFull));
    assert_eq!(insert(&mut reassembly, 0, limit, 0, b"a"), Ok(Inserted::InOrder));
    assert_eq!(insert(&mut reassembly, 1, 1, 0, b"a"), Err(Dropped::ReassemblyFull));
}

#[test]
fn the_message_that_is_due_displaces_later_ones() {
    let limit = u32::try_from(limits::REASSEMBLY_BYTES).unwrap();
    let mut reassembly = Reassembly::default();
    for seq in 1..=4 {
        insert(&mut reassembly, seq, limit / 4, 0, b"a").unwrap();
    }
    assert_eq!(insert(&mut reassembly, 5, 1, 0, b"a"), Err(Dropped::ReassemblyFull));
    insert(&mut reassembly, 0, 1, 0, b"a").unwrap();
    assert!(reassembly.take().is_some());
    assert_eq!(reassembly.places.len(), 1 + 3, "the last one made room");
}

#[test]
fn an_authentic_fragment_displaces_one_in_plaintext() {
    let mut reassembly = Reassembly::default();
    insert(&mut reassembly, 0, 1, 0, b"x").unwrap();
    reassembly.insert(Epoch::PROTECTED, &fragment(0, 1, 0, b"a")).unwrap();
    assert_eq!(insert(&mut reassembly, 0, 1, 0, b"x"), Err(Dropped::FragmentConflict));
    assert_eq!(reassembly.take().unwrap().body, b"a");
}

proptest! {
    #[test]
    fn any_cover_of_a_message_completes_it(
        body in prop::collection::vec(any::<u8>(), 1..200),
        cuts in prop::collection::vec((0..200_usize, 1..50_usize), 0..40),
    ) {
        let mut reassembly = Reassembly::default();
        let length = u32::try_from(body.len()).unwrap();
        let mut covered = alloc::vec![false; body.len()];
        let pieces = cuts.into_iter().chain((0..body.len()).rev().map(|offset| (offset, 1)));
        for (offset, piece) in pieces {
            let end = (offset + piece).min(body.len());
            let part = body.get(offset..end).filter(|part| !part.is_empty());
            let Some(part) = part else { continue };
            let whole = covered.iter().all(|covered| *covered);
            if whole {
                break;
            }
            prop_assert!(reassembly.take().is_none());
            insert(&mut reassembly, 0, length, u32::try_from(offset).unwrap(), part).unwrap();
            covered[offset..end].fill(true);
        }
        prop_assert_eq!(reassembly.take().map(|message| message.body), Some(body));
    }
}
