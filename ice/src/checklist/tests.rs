use alloc::vec::Vec;

use super::*;
use crate::CandidateKind;
use crate::pair::PairFailure;

fn end(address: &str, priority: u32) -> End {
    End { address: address.parse().unwrap(), kind: CandidateKind::Host, priority }
}

fn new_pair(checklist: &mut Checklist, local: End, remote: End) -> PairId {
    match checklist.insert(Role::Controlling, local, remote) {
        Inserted::New(id) => id,
        other => panic!("{other:?}"),
    }
}

fn numbered(number: u16, priority: u32) -> End {
    End {
        address: SocketAddr::from(([192, 0, 2, 1], 1_000 + number)),
        kind: CandidateKind::Host,
        priority,
    }
}

#[test]
fn pairs_stand_in_order_of_priority() {
    // rfc8445 §6.1.2.3.
    let mut checklist = Checklist::new(10);
    let local = end("10.0.0.1:1", 100);
    for (number, priority) in [(1, 5), (2, 9), (3, 7)] {
        new_pair(&mut checklist, local, numbered(number, priority));
    }
    let priorities: Vec<u32> = checklist.iter().map(|pair| pair.remote.priority).collect();
    assert_eq!(priorities, [9, 7, 5]);
}

#[test]
fn only_addresses_that_go_together_are_paired() {
    // rfc8445 §6.1.2.2.
    let mut checklist = Checklist::new(10);
    for (local, remote) in [
        ("10.0.0.1:1", "[2001:db8::1]:1"),
        ("[2001:db8::1]:1", "10.0.0.1:1"),
        ("192.0.2.1:1", "192.0.2.1:1"),
    ] {
        let inserted = checklist.insert(Role::Controlling, end(local, 1), end(remote, 1));
        assert_eq!(inserted, Inserted::Incompatible, "{local} {remote}");
    }
}

#[test]
fn only_addresses_within_reach_of_each_other_are_worth_checking() {
    // rfc8445 §6.1.2.2, adversarial I8.
    for (local, remote, worth) in [
        ("10.0.0.1:1", "192.0.2.1:1", true),
        ("[fe80::1%3]:1", "[fe80::2%3]:1", true),
        ("[fe80::1%3]:1", "[2001:db8::1]:1", false),
        ("[2001:db8::1]:1", "[fe80::1%3]:1", false),
        ("127.0.0.1:1", "127.0.0.1:2", true),
        ("127.0.0.1:1", "192.0.2.1:1", true),
        ("192.0.2.1:1", "127.0.0.1:1", false),
        ("[2001:db8::1]:1", "[::1]:1", false),
    ] {
        let (from, to) = (local.parse().unwrap(), remote.parse().unwrap());
        assert_eq!(is_worth_checking(from, to), worth, "{local} {remote}");
    }
}

#[test]
fn a_redundant_pair_is_not_added() {
    // rfc8445 §6.1.2.4.
    let mut checklist = Checklist::new(10);
    let id = new_pair(&mut checklist, end("10.0.0.1:1", 1), end("192.0.2.1:1", 1));
    let again = checklist.insert(Role::Controlling, end("10.0.0.1:1", 2), end("192.0.2.1:1", 2));
    assert_eq!(again, Inserted::Known(id));
    assert_eq!(checklist.len(), 1);
}

#[test]
fn one_pair_too_many_pushes_out_the_worst_or_stays_out() {
    // rfc8445 §6.1.2.5, rfc8838 §11.
    let mut checklist = Checklist::new(3);
    let local = end("10.0.0.1:1", 100);
    for number in 1..=3 {
        new_pair(&mut checklist, local, numbered(number, u32::from(number) * 10));
    }
    let inserted = checklist.insert(Role::Controlling, local, numbered(9, 5));
    assert_eq!(inserted, Inserted::Full);
    new_pair(&mut checklist, local, numbered(10, 25));
    assert_eq!(checklist.len(), 3);
    assert!(checklist.iter().all(|pair| pair.remote.priority != 10), "the worst is gone");
}

#[test]
fn a_failed_pair_makes_room_before_a_waiting_one() {
    let mut checklist = Checklist::new(2);
    let local = end("10.0.0.1:1", 100);
    let good = new_pair(&mut checklist, local, numbered(1, 90));
    let waiting = new_pair(&mut checklist, local, numbered(2, 10));
    checklist.by_id_mut(good).unwrap().fail(PairFailure::Timeout);
    let new = new_pair(&mut checklist, local, numbered(3, 5));
    assert!(checklist.by_id(good).is_none());
    assert!(checklist.by_id(waiting).is_some() && checklist.by_id(new).is_some());
}

#[test]
fn a_pair_without_consent_is_never_forgotten() {
    // rfc7675 §5.1: or it would be tried again with the same credentials.
    let mut checklist = Checklist::new(1);
    let local = end("10.0.0.1:1", 100);
    let lost = new_pair(&mut checklist, local, numbered(1, 1));
    checklist.by_id_mut(lost).unwrap().fail(PairFailure::ConsentExpired);
    let inserted = checklist.insert(Role::Controlling, local, numbered(2, 90));
    assert_eq!(inserted, Inserted::Full);
}

#[test]
fn triggered_checks_go_first_and_in_their_order() {
    // rfc8445 §6.1.4.2.
    let mut checklist = Checklist::new(10);
    let local = end("10.0.0.1:1", 100);
    let ids: Vec<PairId> = (1..=3)
        .map(|number| new_pair(&mut checklist, local, numbered(number, u32::from(number))))
        .collect();
    checklist.trigger(ids[0]);
    checklist.trigger(ids[1]);
    checklist.trigger(ids[0]);
    let spending = Spending::new(crate::CheckBudget::default());
    let bounds = Bounds { floor: None, spending: &spending };
    let picked = |checklist: &mut Checklist| match checklist.pick(Instant::ZERO, bounds) {
        Some(NextCheck::Start(index)) => checklist.get_mut(index).unwrap().id,
        other => panic!("{other:?}"),
    };
    assert_eq!(picked(&mut checklist), ids[0]);
    assert_eq!(picked(&mut checklist), ids[1]);
    assert_eq!(picked(&mut checklist), ids[2], "ordinary: the best that waits");
}

#[test]
fn a_change_of_role_turns_priorities_round() {
    // rfc8445 §7.3.1.1: recomputed, so that both agents agree again.
    let mut checklist = Checklist::new(10);
    let id = new_pair(&mut checklist, end("10.0.0.1:1", 2), end("192.0.2.1:1", 1));
    let before = checklist.by_id(id).unwrap().priority;
    checklist.on_role_change(Role::Controlled);
    assert_eq!(checklist.by_id(id).unwrap().priority, before - 1);
}
