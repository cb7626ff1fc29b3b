//! Candidates and credentials in any order (RFC 8838).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::script::Script;
use common::{ALICE, BOB, Net, addr, config, events};
use lariat_ice::{
    Candidate, CandidateError, CandidateKind, CredentialsError, Dropped, Event, PairState, Role,
    State,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn any_order_of_credentials_and_candidates_connects() {
    // Six things happen, in each of their 720 orders.
    let mut order = [0, 1, 2, 3, 4, 5];
    permute(&mut order, 0, &mut |order| {
        let mut net = Net::pair();
        net.host(ALICE, "192.0.2.1:5000");
        net.host(BOB, "192.0.2.2:6000");
        for step in order {
            match step {
                0 => net.tell_credentials(ALICE),
                1 => net.tell_credentials(BOB),
                2 => tell(&mut net, ALICE, "192.0.2.2:6000"),
                3 => tell(&mut net, BOB, "192.0.2.1:5000"),
                4 => net.agents[ALICE].end_of_remote_candidates(net.now),
                _ => net.agents[BOB].end_of_remote_candidates(net.now),
            }
            net.run_for(Duration::from_millis(70));
        }
        net.nominate();
    });
}

fn permute(items: &mut [usize; 6], from: usize, each: &mut dyn FnMut(&[usize; 6])) {
    if from == items.len() {
        return each(items);
    }
    for index in from..items.len() {
        items.swap(from, index);
        permute(items, from + 1, each);
        items.swap(from, index);
    }
}

fn tell(net: &mut Net, who: usize, address: &str) {
    let candidate = Candidate::host(addr(address));
    net.agents[who].add_remote_candidate(net.now, candidate).unwrap();
}

#[test]
fn no_check_leaves_before_the_credentials_are_known() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.run_for(SECOND * 60);
    assert!(net.sent.is_empty());
    assert!(net.both(|agent| agent.state() == State::New && agent.poll_timeout().is_none()));
}

#[test]
fn early_checks_are_answered_at_once_and_acted_upon_later() {
    // rfc8445 §7.3: the answer needs only our own password.
    let mut net = Net::pair();
    net.host(ALICE, "192.0.2.1:5000");
    net.host(BOB, "192.0.2.2:6000");
    tell(&mut net, ALICE, "192.0.2.2:6000");
    net.tell_credentials(ALICE);
    net.run_until(SECOND, |net| net.agents[ALICE].state() == State::Connected);
    let (alice, bob) = (addr("192.0.2.1:5000"), addr("192.0.2.2:6000"));
    assert!(net.agents[BOB].is_validated(bob, alice), "the peer may send already");
    assert_eq!(net.agents[BOB].selected_pair(net.now), None, "we may not");
    net.run_for(SECOND);
    // Bob never hears of Alice's candidate: he learns it from her checks.
    net.tell_credentials(BOB);
    net.nominate();
    let learnt = net.agents[BOB].remote_candidates().next().unwrap();
    assert_eq!((learnt.kind, learnt.address), (CandidateKind::PeerReflexive, alice));
}

#[test]
fn a_trickled_candidate_takes_the_place_of_the_peer_reflexive_one() {
    // adversarial I15; rfc8838 §11: the same pair, and nothing flaps.
    let mut net = Net::pair();
    net.host(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.nominate();
    let before: Vec<_> = net.agents[BOB].pairs().collect();
    assert_eq!(before[0].remote_kind, CandidateKind::PeerReflexive);
    let told = net.events[BOB].len();

    tell(&mut net, BOB, "192.0.2.1:5000");
    net.run_for(SECOND * 20);
    let after: Vec<_> = net.agents[BOB].pairs().collect();
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].remote_kind, CandidateKind::Host);
    assert!(after[0].nominated && after[0].selected);
    assert!(after[0].requests_sent > before[0].requests_sent, "the same pair, with its counts");
    assert_eq!(net.events[BOB].len(), told, "no event: {:?}", net.events[BOB]);
    let priorities: Vec<u64> =
        net.agents.iter().map(|agent| agent.pairs().next().unwrap().priority).collect();
    assert_eq!(priorities[0], priorities[1], "both see the same priority again");
}

#[test]
fn a_candidate_that_comes_twice_changes_nothing() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    for _ in 0..5 {
        tell(&mut net, BOB, "192.0.2.1:5000");
    }
    let other = Candidate::host(addr("192.0.2.1:5000")).with_local_preference(1);
    net.agents[BOB].add_remote_candidate(net.now, other.clone()).unwrap();
    assert_eq!(net.agents[BOB].remote_candidates().count(), 1);
    assert_ne!(net.agents[BOB].remote_candidates().next().unwrap().priority, other.priority);
    for _ in 0..5 {
        let again = Candidate::host(addr("192.0.2.1:5000"));
        net.agents[ALICE].add_local_candidate(net.now, again).unwrap();
    }
    assert_eq!(net.agents[ALICE].local_candidates().count(), 1);
}

#[test]
fn a_candidate_after_the_last_one_is_still_used() {
    // rfc8838 §14 would have it ignored. That is the one thing sure not to connect.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.end_of_candidates();
    net.lose(|packet| packet.destination == addr("192.0.2.1:5000"));
    net.run_for(SECOND);
    net.lose_none();
    tell(&mut net, ALICE, "192.0.2.2:6000");
    net.nominate();
}

#[test]
fn candidates_of_other_credentials_are_refused_or_forgotten() {
    // rfc8838 §11 and §15: a candidate belongs to one generation.
    let mut script = Script::strangers(config(1, Role::Controlling));
    let line = |port: u16, ufrag: &str| {
        let line = format!("1 1 udp 2130706431 192.0.2.2 {port} typ host ufrag {ufrag}");
        Candidate::parse(&line).unwrap()
    };
    script.agent.add_remote_candidate(script.now, line(1, "peer")).unwrap();
    script.agent.add_remote_candidate(script.now, line(2, "olde")).unwrap();
    script.introduce();
    assert_eq!(script.agent.pairs().count(), 1);
    assert_eq!(script.agent.dropped().get(Dropped::ForeignCandidate), 1);
    let late = script.agent.add_remote_candidate(script.now, line(3, "olde"));
    assert_eq!(late, Err(CandidateError::ForeignUfrag));
}

#[test]
fn credentials_are_set_once() {
    let mut script = Script::new(config(1, Role::Controlling));
    script.introduce();
    let other = common::credentials("other", "anotherpasswordof24chars");
    let refused = script.agent.set_remote_credentials(script.now, other);
    assert_eq!(refused, Err(CredentialsError::AlreadySet));
    assert_eq!(script.agent.remote_credentials().unwrap().ufrag, "peer");
    let mut fresh = Script::strangers(config(1, Role::Controlling));
    let short = common::credentials("other", "tooshort");
    let refused = fresh.agent.set_remote_credentials(fresh.now, short);
    assert_eq!(refused, Err(CredentialsError::Pwd));
    assert_eq!(fresh.agent.state(), State::New);
}

#[test]
fn the_last_candidate_ends_the_wait_for_a_better_pair() {
    let mut script = Script::new(config(1, Role::Controlling));
    script.run(Duration::from_millis(100));
    assert!(script.agent.pairs().all(|pair| !pair.nominated), "a better one may come");
    script.agent.end_of_remote_candidates(script.now);
    script.run(Duration::from_millis(100));
    assert!(script.agent.pairs().all(|pair| pair.nominated));
    assert_eq!(script.agent.state(), State::Completed);
}

#[test]
fn the_role_may_change_before_the_checks_and_not_after() {
    let mut script = Script::strangers(config(1, Role::Controlling));
    script.agent.set_role(Role::Controlled);
    assert_eq!(script.agent.role(), Role::Controlled);
    script.introduce();
    script.agent.set_role(Role::Controlling);
    assert_eq!(script.agent.role(), Role::Controlled);
}

#[test]
fn a_host_candidate_takes_over_the_pair_of_its_reflexive_one() {
    // rfc8445 §6.1.2.4: of redundant pairs the one of higher priority stays.
    let mut script = Script::strangers(config(1, Role::Controlling));
    let (inside, outside) = (addr("10.0.0.1:5000"), addr("203.0.113.1:40000"));
    let remote = Candidate::host(script.remote);
    script.agent.add_remote_candidate(script.now, remote).unwrap();
    let pair = |script: &Script| {
        let found: Vec<_> = script.agent.pairs().filter(|pair| pair.local == inside).collect();
        assert_eq!(found.len(), 1);
        found[0]
    };
    let reflexive = Candidate::server_reflexive(outside, inside);
    script.agent.add_local_candidate(script.now, reflexive).unwrap();
    let before = pair(&script);
    assert_eq!(before.local_kind, CandidateKind::ServerReflexive);
    script.agent.add_local_candidate(script.now, Candidate::host(inside)).unwrap();
    let after = pair(&script);
    assert_eq!(after.local_kind, CandidateKind::Host);
    assert!(after.priority > before.priority);
}

#[test]
fn a_local_candidate_that_comes_late_is_paired() {
    // rfc8838 §10.
    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    let late = Candidate::host(addr("192.0.2.1:5001"));
    script.agent.add_local_candidate(script.now, late).unwrap();
    assert_eq!(script.agent.pairs().count(), 2);
    script.run(SECOND);
    assert!(script.agent.pairs().all(|pair| pair.state == PairState::InProgress));
    assert!(events(&mut script.agent).contains(&Event::StateChanged(State::Checking)));
}
