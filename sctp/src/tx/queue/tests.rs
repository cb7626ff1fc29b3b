//! The queue by itself.

use alloc::vec::Vec;

use super::*;

fn message(length: usize) -> Outgoing {
    let payload = Bytes::from(alloc::vec![7; length]);
    Outgoing { ppid: Ppid::BINARY, unordered: false, counted: true, payload }
}

/// A window that never matters.
const WINDOW: usize = 1 << 30;

fn take(queue: &mut SendQueue, max: usize) -> Option<Fragment> {
    queue.peek(&Share::new(WINDOW), WINDOW)?;
    queue.take(max)
}

fn order(queue: &mut SendQueue) -> Vec<u16> {
    core::iter::from_fn(|| take(queue, 1_000).map(|fragment| fragment.stream)).collect()
}

#[test]
fn streams_take_turns_message_by_message() {
    let mut queue = SendQueue::default();
    for _ in 0..3 {
        queue.push(1, message(10));
    }
    queue.push(2, message(10));
    queue.push(3, message(10));
    queue.push(3, message(10));
    assert_eq!(order(&mut queue), [1, 2, 3, 1, 3, 1]);
    assert_eq!(queue.charged(), 0);
}

#[test]
fn nothing_comes_between_the_parts_of_a_message() {
    let mut queue = SendQueue::default();
    queue.push(1, message(2_500));
    queue.push(2, message(10));
    assert_eq!(order(&mut queue), [1, 1, 1, 2]);
}

#[test]
fn sequence_numbers_count_ordered_messages_per_stream_and_wrap() {
    let mut queue = SendQueue::default();
    queue.set_next_ssn(1, 65_535);
    queue.push(1, message(1));
    queue.push(1, Outgoing { unordered: true, ..message(1) });
    queue.push(1, message(1));
    let ssns: Vec<_> =
        core::iter::from_fn(|| take(&mut queue, 9)).map(|fragment| fragment.ssn.get()).collect();
    assert_eq!(ssns, [65_535, 0, 0]);
}

#[test]
fn a_low_mark_is_reported_once_per_crossing() {
    let mut queue = SendQueue::default();
    queue.set_low_threshold(1, 100);
    queue.push(1, message(300));
    take(&mut queue, 150);
    assert_eq!(queue.poll_low(), None);
    take(&mut queue, 100);
    take(&mut queue, 10);
    assert_eq!(queue.poll_low(), Some(1));
    assert_eq!(queue.poll_low(), None);
}

#[test]
fn what_the_user_did_not_send_does_not_count_as_buffered() {
    let mut queue = SendQueue::default();
    queue.push(1, Outgoing { counted: false, ..message(20) });
    assert_eq!(queue.buffered(1), 0);
    queue.close(1);
    assert!(!queue.has_drained(), "but it is sent before a reset");
    take(&mut queue, 20);
    assert!(queue.has_drained());
    assert_eq!(queue.poll_low(), None);
}

#[test]
fn a_discarded_stream_finishes_the_message_that_is_under_way() {
    let mut queue = SendQueue::default();
    queue.push(1, message(20));
    queue.push(1, message(20));
    queue.push(2, message(20));
    take(&mut queue, 10);
    queue.discard(1);
    queue.close(1);
    assert!(!queue.has_drained());
    assert_eq!(order(&mut queue), [1, 2]);
    assert_eq!(queue.pause_drained(9), [1]);
}

#[test]
fn a_message_whose_turn_has_come_but_is_not_begun_is_discarded() {
    let mut queue = SendQueue::default();
    queue.push(1, message(20));
    assert_eq!(queue.peek(&Share::new(WINDOW), WINDOW), Some(20));
    queue.discard(1);
    assert_eq!(queue.peek(&Share::new(WINDOW), WINDOW), None);
    assert_eq!((queue.charged(), queue.buffered(1)), (0, 0));
}

#[test]
fn a_reset_waits_for_the_queue_and_starts_the_numbers_again() {
    let mut queue = SendQueue::default();
    queue.push(1, message(5));
    queue.close(1);
    assert!(!queue.has_drained());
    take(&mut queue, 5);
    assert_eq!(queue.pause_drained(9), [1]);
    queue.push(1, message(5));
    assert!(take(&mut queue, 5).is_none(), "nothing is sent before the answer");
    queue.resume(1);
    assert_eq!(take(&mut queue, 5).unwrap().ssn.get(), 0);
}
