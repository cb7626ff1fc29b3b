//! The pair in use stops working, and another one takes over.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::call::Call;
use common::{ALICE, BOB, addr};
use lariat_ice::{Event, Role, State};

const SECOND: Duration = Duration::from_secs(1);

const ROLES: [Role; 2] = [Role::Controlling, Role::Controlled];

/// Alice's role, whether the end of candidates is told, and how long after the begin of the call
/// something happens; by that, where both are between two checks.
#[derive(Clone, Copy, Debug)]
struct Case {
    role: Role,
    full: bool,
    delay: Duration,
    moment: Duration,
}

fn cases() -> impl Iterator<Item = Case> {
    (0..48).map(|number| Case {
        role: ROLES[number % 2],
        full: number % 4 < 2,
        delay: Duration::from_millis([5, 30, 80][number % 3]),
        moment: Duration::from_millis(170 * number as u64),
    })
}

/// Both sides hear each other again within two seconds, for good, and nobody has given up.
fn assert_goes_on(call: &mut Call, case: &str) {
    let from = call.now;
    call.run(SECOND * 40);
    for who in [ALICE, BOB] {
        let gap = call.longest_gap(who, from);
        assert!(gap <= SECOND * 2, "{case}: {who} heard nothing for {gap:?}\n{}", call.explain());
        assert!(
            matches!(call.agents[who].state(), State::Connected | State::Completed),
            "{case}\n{}",
            call.explain()
        );
        let over = |event: &Event| matches!(event, Event::RestartNeeded | Event::ConsentLost);
        assert_eq!(call.count_events(who, over), 0, "{case}\n{}", call.explain());
    }
}

/// Two addresses each, so that there are two paths that share nothing.
fn two_paths(case: Case) -> Call {
    let mut call = Call::with_role(case.role);
    call.link.delay = case.delay;
    for port in [1, 2] {
        call.host(ALICE, &format!("192.0.2.1:{port}"));
        call.host(BOB, &format!("198.51.100.1:{port}"));
    }
    call.begin(case.full);
    call.run(case.moment);
    call
}

/// The ports of the pair in use, Alice's first.
fn ports(call: &Call) -> (u16, u16) {
    let pair = call.agents[ALICE].selected_pair(call.now).unwrap();
    (pair.local.port(), pair.remote.port())
}

#[test]
fn a_nat_that_rebinds_costs_less_than_two_seconds() {
    // To Alice it is her own mapping that changes, to Bob the peer's address.
    for case in cases() {
        let mut call = Call::with_role(case.role);
        call.link.delay = case.delay;
        call.behind_nat(ALICE, "10.0.0.1:5000", "203.0.113.1");
        call.host(BOB, "198.51.100.1:6000");
        call.begin(case.full);
        call.run(case.moment);
        for outside in ["203.0.113.1:40001", "203.0.113.9:40002", "203.0.113.1:40003"] {
            call.network.nat(0).readdress(addr(outside).ip());
            assert_goes_on(&mut call, &format!("{case:?}, {outside}"));
            let pair = call.agents[BOB].selected_pair(call.now).unwrap();
            assert_eq!(pair.remote, addr(outside));
            let seen = call.agents[ALICE].pairs().find(|pair| pair.selected).unwrap();
            assert_eq!(seen.mapped, Some(addr(outside)));
        }
    }
}

#[test]
fn a_path_that_dies_is_left_for_another() {
    for case in cases() {
        let mut call = two_paths(case);
        let (alice, _) = ports(&call);
        // Everything from and to one of Alice's addresses.
        call.kill(move |way| way.ports.0 == alice);
        assert_goes_on(&mut call, &format!("{case:?}"));
        assert_ne!(ports(&call).0, alice);
    }
}

#[test]
fn a_path_that_dies_in_one_direction_is_left_for_another() {
    for case in cases() {
        for from in [ALICE, BOB] {
            let mut call = two_paths(case);
            let dead = ports(&call);
            call.kill(move |way| way.ports == dead && way.from == from);
            assert_goes_on(&mut call, &format!("{case:?}, from {from}"));
            assert_ne!(ports(&call), dead);
        }
    }
}

#[test]
fn an_address_that_is_removed_is_left_at_once() {
    for case in cases() {
        for who in [ALICE, BOB] {
            let mut call = two_paths(case);
            let gone = call.agents[who].selected_pair(call.now).unwrap().local;
            call.unplug(who, gone);
            let sent = call.sent.len();
            assert!(call.agents[who].pairs().all(|pair| pair.local != gone));
            assert_goes_on(&mut call, &format!("{case:?}, of {who}"));
            assert!(call.sent[sent..].iter().all(|(_, packet)| packet.source != gone));
        }
    }
}

#[test]
fn after_two_minutes_of_sleep_a_pair_that_works_is_found() {
    for case in cases() {
        let mut call = two_paths(case);
        let before = ports(&call);
        call.sleep(SECOND * 120);
        let from = call.now;
        call.run(SECOND * 100);
        for who in [ALICE, BOB] {
            let gap = call.longest_gap(who, from);
            assert!(gap <= SECOND * 2, "{case:?}: {gap:?}\n{}", call.explain());
        }
        // rfc7675 §5.1: consent that was lost does not come back.
        assert_ne!(ports(&call), before);
    }
}

#[test]
fn after_a_partition_of_twenty_seconds_the_call_goes_on() {
    // With the same addresses, and with another one that the NAT gave meanwhile.
    for case in cases() {
        for rebinds in [false, true] {
            let mut call = Call::with_role(case.role);
            call.link.delay = case.delay;
            call.behind_nat(ALICE, "10.0.0.1:5000", "203.0.113.1");
            call.host(BOB, "198.51.100.1:6000");
            call.begin(case.full);
            call.run(case.moment);
            call.lose(|_| true);
            call.run(SECOND * 20);
            if rebinds {
                call.network.nat(0).rebind();
            }
            call.lose_none();
            let from = call.now;
            call.run(SECOND * 40);
            for who in [ALICE, BOB] {
                let gap = call.longest_gap(who, from);
                assert!(gap <= SECOND * 2, "{case:?}, {rebinds}: {gap:?}\n{}", call.explain());
            }
        }
    }
}

#[test]
fn a_call_without_traffic_moves_too_if_later() {
    for case in cases() {
        let mut call = Call::with_role(case.role);
        call.link.delay = case.delay;
        call.behind_nat(ALICE, "10.0.0.1:5000", "203.0.113.1");
        call.host(BOB, "198.51.100.1:6000");
        call.begin(case.full);
        call.run(case.moment);
        call.talks = false;
        call.run(SECOND * 20);
        call.network.nat(0).rebind();
        call.run(SECOND * 10);
        call.talks = true;
        call.resume();
        let from = call.now;
        call.run(SECOND * 10);
        for who in [ALICE, BOB] {
            let gap = call.longest_gap(who, from);
            assert!(gap <= SECOND / 2, "{case:?}: {gap:?}\n{}", call.explain());
        }
    }
}
