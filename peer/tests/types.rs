//! What the types themselves promise.

use core::panic::UnwindSafe;

use lariat_peer::{Error, Event, FailureReason, Peer, SessionDescription, Stats};

#[test]
fn everything_may_move_to_another_thread() {
    const fn is_send<T: Send>() {}
    is_send::<Peer>();
    is_send::<Event>();
    is_send::<Error>();
    is_send::<Stats>();
    is_send::<SessionDescription>();
}

#[test]
fn what_a_peer_says_survives_a_panic() {
    const fn is_unwind_safe<T: UnwindSafe>() {}
    is_unwind_safe::<Error>();
    is_unwind_safe::<FailureReason>();
}

#[test]
fn events_and_errors_are_small() {
    assert!(size_of::<Event>() <= 128, "{}", size_of::<Event>());
    assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    assert!(size_of::<FailureReason>() <= 32, "{}", size_of::<FailureReason>());
    // A peer lies in a map or a task; what grows is behind pointers.
    assert!(size_of::<Peer>() <= 8_192, "{}", size_of::<Peer>());
}
