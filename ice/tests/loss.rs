//! Paths that lose many datagrams, and nominations that get lost.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::call::Call;
use common::script::nominates;
use common::{ALICE, BOB, Net};
use lariat_ice::{Event, Role, State};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_pair_that_answers_is_nominated_until_the_peer_hears_it() {
    // I22. rfc8445 §7.2.5.3.4 would fail the pair: but data flows on it, and checks are answered.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.lose(nominates);
    net.exchange_credentials();
    net.end_of_candidates();
    net.connect();
    for _ in 0..300 {
        net.run_for(SECOND);
        assert!(net.both(|agent| agent.state() == State::Connected), "{}", net.explain());
        assert!(net.both(|agent| agent.selected_pair(net.now).is_some()));
    }
    net.lose_none();
    net.run_for(SECOND * 40);
    assert!(net.both(|agent| agent.state() == State::Completed), "{}", net.explain());
    assert!(net.both(|agent| agent.pairs().all(|pair| pair.nominated)));
}

#[test]
fn a_path_that_loses_a_tenth_is_not_left_though_there_is_another() {
    for seed in 0..40 {
        let role = if seed % 2 == 0 { Role::Controlling } else { Role::Controlled };
        let mut call = Call::with_role(role).seeded(seed);
        for port in 1..=2 {
            call.host(ALICE, &format!("192.0.2.1:{port}"));
            call.host(BOB, &format!("198.51.100.1:{port}"));
        }
        call.begin(true);
        let settled = call.events.each_ref().map(Vec::len);
        let sent = call.sent.len();
        call.link.loss = 0.1;
        call.run(SECOND * 100);
        for who in [ALICE, BOB] {
            let told = &call.events[who][settled[who]..];
            // Others may be checked for a moment; they are not used.
            let calm = |(_, event): &(_, Event)| {
                matches!(event, Event::StateChanged(State::Connected | State::Completed))
            };
            assert!(told.iter().all(calm), "seed {seed}: {told:?}\n{}", call.explain());
        }
        // Silence is frequent there, and each costs a check; on average a little more than one
        // message a second of both sides together.
        assert!(call.sent.len() - sent < 250, "seed {seed}: {}", call.sent.len() - sent);
    }
}

/// Nobody gives up while three of ten datagrams are lost, each way.
fn nobody_gives_up(seeds: std::ops::Range<u64>, paths: u16, time: Duration) {
    for seed in seeds {
        let role = if seed % 2 == 0 { Role::Controlling } else { Role::Controlled };
        let mut call = Call::with_role(role).seeded(seed);
        for port in 1..=paths {
            call.host(ALICE, &format!("192.0.2.1:{port}"));
            call.host(BOB, &format!("198.51.100.1:{port}"));
        }
        call.link.loss = 0.3;
        call.introduce(seed % 3 == 0);
        call.run(time);
        for who in [ALICE, BOB] {
            let agent = &call.agents[who];
            assert!(agent.failure().is_none(), "seed {seed}\n{}", call.explain());
            assert!(agent.selected_pair(call.now).is_some(), "seed {seed}\n{}", call.explain());
            // Of the five datagrams of data that left each second, many were lost indeed.
            let heard = call.heard[who].len() as u64;
            assert!(heard < time.as_secs() * 9 / 2, "seed {seed}: {heard} heard");
        }
    }
}

#[test]
fn at_thirty_percent_loss_no_connection_is_given_up_1() {
    nobody_gives_up(0..1_500, 1, SECOND * 60);
}

#[test]
fn at_thirty_percent_loss_no_connection_is_given_up_2() {
    nobody_gives_up(1_500..3_000, 1, SECOND * 60);
}

#[test]
fn at_thirty_percent_loss_no_connection_of_two_paths_is_given_up() {
    nobody_gives_up(3_000..4_000, 2, SECOND * 60);
}

#[test]
fn at_thirty_percent_loss_long_calls_are_not_given_up() {
    nobody_gives_up(4_000..4_100, 1, SECOND * 600);
}
