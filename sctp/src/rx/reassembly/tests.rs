//! Reassembly by itself.

use lariat_base::Serial32;
use proptest::prelude::*;

use super::*;

const B: u8 = DataFlags::BEGIN.0;
const E: u8 = DataFlags::END.0;
const U: u8 = DataFlags::UNORDERED.0;

fn tsn(offset: u64) -> Tsn {
    Tsn::initial(Serial32::new(u32::MAX - 3)).plus(offset)
}

fn chunk(offset: u64, stream: u16, ssn: u16, flags: u8, payload: &[u8]) -> Incoming {
    Incoming {
        tsn: tsn(offset),
        stream,
        ssn: Serial16::new(ssn),
        ppid: Ppid::BINARY,
        flags: DataFlags(flags),
        payload: Bytes::copy_from_slice(payload),
    }
}

fn add(reassembly: &mut Reassembly, chunk: Incoming) {
    reassembly.add(chunk).unwrap();
}

fn messages(reassembly: &mut Reassembly) -> Vec<Vec<u8>> {
    core::iter::from_fn(|| reassembly.poll().map(|m| m.payload.to_vec())).collect()
}

#[test]
fn ordered_messages_wait_for_their_turn_across_the_wrap() {
    let mut reassembly = Reassembly::new(100);
    reassembly.expect_ssn(1, 65_535);
    add(&mut reassembly, chunk(1, 1, 0, B | E, b"second"));
    add(&mut reassembly, chunk(2, 2, 0, B | E, b"other stream"));
    assert_eq!(messages(&mut reassembly), [b"other stream"]);
    add(&mut reassembly, chunk(0, 1, 65_535, B | E, b"first"));
    assert_eq!(messages(&mut reassembly), [&b"first"[..], b"second"]);
    assert_eq!(reassembly.held(), 0);
}

#[test]
fn a_second_message_with_a_number_that_waits_is_left_out() {
    let mut reassembly = Reassembly::new(100);
    add(&mut reassembly, chunk(1, 1, 1, B | E, b"a"));
    let held = reassembly.held();
    add(&mut reassembly, chunk(2, 1, 1, B | E, &[b'b'; 100]));
    assert_eq!(reassembly.held(), held, "what is held and what is charged are the same");
    add(&mut reassembly, chunk(0, 1, 0, B | E, b"first"));
    assert_eq!(messages(&mut reassembly), [&b"first"[..], b"a"]);
    assert_eq!(reassembly.held(), 0);
}

#[test]
fn unordered_messages_do_not_wait() {
    let mut reassembly = Reassembly::new(100);
    add(&mut reassembly, chunk(5, 1, 77, B | E | U, b"now"));
    assert_eq!(messages(&mut reassembly), [b"now"]);
}

// adversarial C11
#[test]
fn fragments_that_do_not_belong_together_are_a_fault() {
    for (first, second) in [
        (chunk(0, 1, 0, B, b"a"), chunk(1, 1, 0, B, b"b")),
        (chunk(0, 1, 0, B, b"a"), chunk(1, 2, 0, E, b"b")),
        (chunk(0, 1, 0, B, b"a"), chunk(1, 1, 1, E, b"b")),
        (chunk(0, 1, 0, B, b"a"), chunk(1, 1, 0, E | U, b"b")),
        (chunk(0, 1, 0, B, b"a"), chunk(1, 1, 0, B | E, b"b")),
        (chunk(1, 1, 0, E, b"b"), chunk(0, 1, 0, E, b"a")),
    ] {
        let mut reassembly = Reassembly::new(100);
        add(&mut reassembly, first);
        assert_eq!(reassembly.add(second), Err(ReassemblyFault::Mismatch));
    }
}

// adversarial C13
#[test]
fn a_message_one_byte_over_the_limit_is_a_fault() {
    let mut reassembly = Reassembly::new(4);
    add(&mut reassembly, chunk(0, 1, 0, B, b"ab"));
    add(&mut reassembly, chunk(1, 1, 0, E, b"cd"));
    assert_eq!(messages(&mut reassembly), [b"abcd"]);
    add(&mut reassembly, chunk(2, 1, 1, B, b"abc"));
    let fault = reassembly.add(chunk(3, 1, 1, 0, b"de"));
    assert_eq!(fault, Err(ReassemblyFault::TooLong));
}

#[test]
fn a_deferred_reset_holds_what_comes_after_it() {
    let mut reassembly = Reassembly::new(100);
    reassembly.defer(tsn(1), alloc::vec![1]);
    add(&mut reassembly, chunk(2, 1, 0, B | E, b"new"));
    add(&mut reassembly, chunk(0, 1, 0, B | E, b"old"));
    assert_eq!(messages(&mut reassembly), [b"old"]);
    assert_eq!(reassembly.perform_deferred(tsn(0)), None);
    assert_eq!(reassembly.perform_deferred(tsn(1)), Some(alloc::vec![1]));
    assert_eq!(messages(&mut reassembly), [b"new"]);
    assert_eq!(reassembly.held(), 0);
}

proptest! {
    #[test]
    fn any_order_of_arrival_gives_the_same_messages(
        lengths in prop::collection::vec(1_usize..6, 1..8),
        seed: u64,
    ) {
        let mut chunks = Vec::new();
        for (ssn, length) in lengths.iter().enumerate() {
            for part in 0..*length {
                let begin = if part == 0 { B } else { 0 };
                let end = if part + 1 == *length { E } else { 0 };
                let ssn = u16::try_from(ssn).unwrap();
                let at = chunks.len() as u64;
                chunks.push(chunk(at, 1, ssn, begin | end, &[ssn as u8, part as u8]));
            }
        }
        let expected: Vec<Vec<u8>> = lengths
            .iter()
            .enumerate()
            .map(|(ssn, n)| (0..*n).flat_map(|part| [ssn as u8, part as u8]).collect())
            .collect();
        let mut state = seed | 1;
        for i in (1..chunks.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            chunks.swap(i, (state >> 33) as usize % (i + 1));
        }
        let mut reassembly = Reassembly::new(100);
        for chunk in chunks {
            add(&mut reassembly, chunk);
        }
        prop_assert_eq!(messages(&mut reassembly), expected);
        prop_assert_eq!(reassembly.held(), 0);
    }
}
