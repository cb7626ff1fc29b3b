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

#[test]
fn of_overlapping_fragments_that_differ_the_first_stays() {
    // adversarial D3
    let mut reassembly = Reassembly::default();
    insert(&mut reassembly, 0, 4, 0, b"ab").unwrap();
    assert_eq!(insert(&mut reassembly, 0, 4, 1, b"xcd"), Err(Dropped::FragmentConflict));
    assert_eq!(insert(&mut reassembly, 0, 5, 1, b"bcd"), Err(Dropped::FragmentConflict));
    insert(&mut reassembly, 0, 4, 1, b"bcd").unwrap();
    assert_eq!(reassembly.take().unwrap().body, b"abcd");
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
    assert_eq!(reassembly.partial.len(), 3, "the last one made room");
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
