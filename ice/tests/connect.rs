//! Two agents find each other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::script::{Script, nominates};
use common::{ALICE, BOB, Net, addr, config};
use lariat_ice::{Agent, Candidate, CandidateKind, Event, FailureReason, Role, State};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn two_hosts_connect_and_complete() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.end_of_candidates();
    net.run_until(SECOND, |net| net.both(|agent| agent.state() == State::Completed));
    for who in [ALICE, BOB] {
        assert_eq!(net.selections(who).len(), 1);
        assert!(net.agents[who].pairs().all(|pair| pair.nominated));
        assert_eq!(net.agents[who].rtt(), Some(Duration::from_millis(40)));
    }
}

#[test]
fn data_may_flow_after_one_round_trip() {
    // rfc8445 §12.1: on any valid pair, before nomination.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    let start = net.now;
    net.connect();
    assert_eq!(net.now - start, net.link.delay * 2);
    assert!(net.both(|agent| agent.is_validated(
        agent.selected_pair(net.now).unwrap().local,
        agent.selected_pair(net.now).unwrap().remote
    )));
}

#[test]
fn every_combination_of_roles_connects_and_ends_with_one_of_each() {
    // rfc8445 §7.3.1.1, adversarial I4.
    let roles = [Role::Controlling, Role::Controlled];
    for (alice, bob) in roles.into_iter().flat_map(|a| roles.map(|b| (a, b))) {
        for seed in 0..20 {
            let mut net = Net::new(config(seed, alice), config(seed + 100, bob));
            net.host_known(ALICE, "192.0.2.1:5000");
            net.host_known(BOB, "192.0.2.2:6000");
            net.exchange_credentials();
            net.end_of_candidates();
            net.nominate();
            net.run_for(SECOND);
            assert!(net.both(|agent| agent.state() == State::Completed), "{}", net.explain());
            assert_eq!(net.agents[ALICE].role(), net.agents[BOB].role().opposite());
        }
    }
}

#[test]
fn ipv6_connects() {
    let mut net = Net::pair();
    net.host_known(ALICE, "[2001:db8::1]:5000");
    net.host_known(BOB, "[2001:db8::2]:6000");
    net.exchange_credentials();
    net.nominate();
    assert_eq!(
        net.agents[ALICE].selected_pair(net.now).unwrap().remote,
        addr("[2001:db8::2]:6000")
    );
}

#[test]
fn dual_stack_prefers_ipv6_and_pairs_no_families() {
    // rfc8445 §6.1.2.2, rfc8421 §4.
    let mut net = dual_stack();
    net.end_of_candidates();
    net.nominate();
    assert_eq!(net.agents[ALICE].pairs().count(), 2);
    for agent in &net.agents {
        assert!(agent.selected_pair(net.now).unwrap().local.is_ipv6());
    }
}

#[test]
fn a_family_that_does_not_get_through_is_no_obstacle() {
    let mut net = dual_stack();
    net.lose(|packet| packet.source.is_ipv6());
    net.nominate();
    net.run_for(SECOND);
    for agent in &net.agents {
        assert!(agent.selected_pair(net.now).unwrap().local.is_ipv4());
    }
}

fn dual_stack() -> Net {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(ALICE, "[2001:db8::1]:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.host_known(BOB, "[2001:db8::2]:6000");
    net.exchange_credentials();
    net
}

#[test]
fn an_agent_behind_a_nat_becomes_peer_reflexive() {
    // rfc8445 §7.2.5.3.1 and §7.3.1.3.
    let mut net = Net::pair();
    net.behind_nat(ALICE, "10.0.0.1:5000", "203.0.113.1");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.nominate();
    let outside = addr("203.0.113.1:40000");
    let learnt = |agent: &Agent, local: bool| {
        let candidates: Vec<Candidate> = if local {
            agent.local_candidates().cloned().collect()
        } else {
            agent.remote_candidates().cloned().collect()
        };
        candidates.iter().any(|candidate| {
            candidate.kind == CandidateKind::PeerReflexive && candidate.address == outside
        })
    };
    assert!(learnt(&net.agents[ALICE], true));
    assert!(learnt(&net.agents[BOB], false));
    let pair = net.agents[ALICE].selected_pair(net.now).unwrap();
    assert_eq!(pair.local, addr("10.0.0.1:5000"), "sent from the base");
    let seen: Vec<_> = net.agents.iter().map(|agent| agent.pairs().next().unwrap()).collect();
    assert_eq!(seen[0].mapped, Some(outside));
    assert_eq!(seen[0].priority, seen[1].priority, "both see the same priority");
}

#[test]
fn two_agents_behind_nats_connect_by_their_reflexive_candidates() {
    let mut net = Net::pair();
    net.behind_nat(ALICE, "10.0.0.1:5000", "203.0.113.1");
    net.behind_nat(BOB, "10.0.0.2:6000", "198.51.100.1");
    for (who, inside, outside) in [
        (ALICE, "10.0.0.1:5000", "203.0.113.1:40000"),
        (BOB, "10.0.0.2:6000", "198.51.100.1:40000"),
    ] {
        let reflexive = Candidate::server_reflexive(addr(outside), addr(inside));
        net.agents[who].add_local_candidate(net.now, reflexive.clone()).unwrap();
        net.agents[1 - who].add_remote_candidate(net.now, Candidate::host(addr(inside))).unwrap();
        net.agents[1 - who].add_remote_candidate(net.now, reflexive).unwrap();
    }
    net.exchange_credentials();
    net.nominate();
    assert_eq!(
        net.agents[ALICE].selected_pair(net.now).unwrap().remote,
        addr("198.51.100.1:40000")
    );
    assert_eq!(net.agents[ALICE].pairs().count(), 2, "a reflexive candidate is its base's pair");
}

#[test]
fn twenty_percent_loss_never_keeps_two_agents_apart() {
    for seed in 0..100 {
        let mut net = Net::pair().seeded(seed);
        net.link.loss = 0.2;
        net.host_known(ALICE, "192.0.2.1:5000");
        net.host_known(BOB, "192.0.2.2:6000");
        net.exchange_credentials();
        net.connect();
        net.nominate();
        net.run_for(SECOND * 20);
        assert!(net.both(|agent| agent.selected_pair(net.now).is_some()), "seed {seed}");
    }
}

#[test]
fn a_repeated_check_tells_no_round_trip_time() {
    // rfc8489 §6.2.1: nobody knows which transmission is answered.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    let from = net.now + Duration::from_millis(400);
    net.lose(|_| true);
    net.exchange_credentials();
    net.run_until(SECOND, |net| net.now >= from);
    net.lose_none();
    net.run_until(SECOND, |net| net.agents[ALICE].selected_pair(net.now).is_some());
    assert_eq!(net.agents[ALICE].rtt(), None);
    net.run_for(SECOND * 7);
    assert_eq!(net.agents[ALICE].rtt(), Some(Duration::from_millis(40)));
}

#[test]
fn two_runs_with_the_same_seed_are_identical() {
    let run = || {
        let mut net = Net::pair().seeded(5);
        net.link.loss = 0.2;
        for (who, port) in [(ALICE, 5000), (ALICE, 5001), (BOB, 6000), (BOB, 6001)] {
            net.host_known(who, &format!("192.0.2.{}:{port}", who + 1));
        }
        net.exchange_credentials();
        net.run_for(SECOND * 60);
        (net.sent, net.events)
    };
    let (first, second) = (run(), run());
    assert!(first.0.len() > 30);
    assert_eq!(first.0, second.0);
    assert_eq!(first.1, second.1);
}

#[test]
fn checks_keep_the_pace() {
    // rfc8445 §14.2: Ta between any two checks, whatever waits, and whether new or repeated.
    let mut net = Net::pair();
    for port in 0..6 {
        net.host_known(ALICE, &format!("192.0.2.1:{}", 5_000 + port));
        net.host_known(BOB, &format!("192.0.2.2:{}", 6_000 + port));
    }
    net.lose(|_| true);
    net.exchange_credentials();
    net.run_for(SECOND * 20);
    let times: Vec<_> = net
        .sent
        .iter()
        .filter(|(_, packet)| packet.source.port() < 6_000)
        .map(|(at, _)| *at)
        .collect();
    assert!(times.len() > 100);
    assert!(times.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(50)));
}

#[test]
fn the_controlling_agent_nominates_one_pair_the_best() {
    // rfc8445 §8.1.1: one and only one.
    let mut net = Net::pair();
    for (who, port) in [(ALICE, 5000), (ALICE, 5001), (BOB, 6000), (BOB, 6001)] {
        let preference = if port % 2 == 0 { 1_000 } else { 50_000 };
        let host = addr(&format!("192.0.2.{}:{port}", who + 1));
        let candidate = Candidate::host(host).with_local_preference(preference);
        net.add_address(who, host);
        net.agents[who].add_local_candidate(net.now, candidate.clone()).unwrap();
        net.agents[1 - who].add_remote_candidate(net.now, candidate).unwrap();
    }
    net.exchange_credentials();
    net.nominate();
    net.run_for(SECOND * 5);
    let mut nominated: Vec<_> = net
        .sent
        .iter()
        .filter(|(_, packet)| nominates(packet))
        .map(|(_, packet)| (packet.source, packet.destination))
        .collect();
    nominated.dedup();
    assert_eq!(nominated, [(addr("192.0.2.1:5001"), addr("192.0.2.2:6001"))]);
    for agent in &net.agents {
        assert_eq!(agent.pairs().filter(|pair| pair.nominated).count(), 1);
        assert!(agent.pairs().next().unwrap().selected, "the best pair is in use");
    }
}

#[test]
fn a_better_pair_that_works_soon_after_is_nominated_instead() {
    let mut net = dual_stack();
    // IPv6 gets through only with its second transmission.
    let from = net.now + Duration::from_millis(300);
    net.run_for(Duration::from_millis(1));
    net.lose(|packet| packet.source.is_ipv6());
    while net.now < from {
        net.run_for(Duration::from_millis(10));
    }
    assert!(net.agents[ALICE].selected_pair(net.now).unwrap().local.is_ipv4());
    net.lose_none();
    net.nominate();
    assert!(net.agents[ALICE].selected_pair(net.now).unwrap().local.is_ipv6(), "{}", net.explain());
}

#[test]
fn no_pair_in_common_fails_after_the_patience_of_rfc_8863() {
    // rfc8863 §4: not before, even though there is nothing to check.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "[2001:db8::2]:6000");
    net.exchange_credentials();
    net.end_of_candidates();
    net.run_for(Duration::from_millis(39_400));
    assert!(net.both(|agent| agent.state() == State::Checking));
    net.run_for(Duration::from_millis(200));
    assert!(net.both(|agent| agent.failure() == Some(FailureReason::NoPairs)));
    assert_eq!(net.states(ALICE), [State::Checking, State::Failed]);
    assert!(net.both(|agent| agent.poll_timeout().is_none()));
}

#[test]
fn a_dead_network_fails_every_pair_and_says_so() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.lose(|_| true);
    net.exchange_credentials();
    net.run_for(SECOND * 41);
    let reason = FailureReason::AllPairsFailed;
    assert!(net.both(|agent| agent.failure() == Some(reason)));
    let text = net.agents[ALICE].explain().to_string();
    assert!(text.contains("no answer to any transmission of the check"), "{text}");
    assert_eq!(net.agents[ALICE].pairs().next().unwrap().requests_sent, 7);
}

#[test]
fn why_nothing_works_is_said() {
    // Nobody tells of any candidate; and checks that arrive while ours do not.
    let mut net = Net::pair();
    net.host(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.run_for(SECOND * 41);
    let failures = net.agents.each_ref().map(Agent::failure);
    let reasons = [FailureReason::NoLocalCandidates, FailureReason::NoRemoteCandidates];
    assert_eq!(failures, reasons.map(Some));

    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.lose(|packet| packet.source.port() == 6_000);
    net.exchange_credentials();
    // The peer's checks end, and ours are begun anew no longer.
    net.run_for(SECOND * 200);
    let failures = net.agents.each_ref().map(Agent::failure);
    assert_eq!(failures, [FailureReason::AllPairsFailed, FailureReason::Unanswered].map(Some));
}

#[test]
fn a_path_that_opens_late_still_connects() {
    // A candidate learnt from the peer's check revives a pair that had failed (rfc8445 §7.3.1.4).
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.run_for(SECOND * 30);
    net.agents[ALICE]
        .add_remote_candidate(net.now, Candidate::host(addr("192.0.2.2:6000")))
        .unwrap();
    net.nominate();
}

#[test]
fn closing_ends_everything_at_once() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.connect();
    let agent = &mut net.agents[ALICE];
    agent.close();
    agent.close();
    assert_eq!(agent.state(), State::Closed);
    assert_eq!(agent.poll_timeout(), None);
    assert_eq!(agent.selected_pair(net.now), None);
    assert!(!agent.is_validated(addr("192.0.2.1:5000"), addr("192.0.2.2:6000")));
    let sent = net.sent.len();
    net.run_for(SECOND * 40);
    assert_eq!(net.states(ALICE).last(), Some(&State::Closed));
    assert!(net.sent[sent..].iter().all(|(_, packet)| packet.source == addr("192.0.2.2:6000")));
    assert_eq!(net.states(BOB).last(), Some(&State::Failed), "the peer notices by consent");
    let closed = Candidate::host(addr("192.0.2.7:1"));
    assert_eq!(
        net.agents[ALICE].add_local_candidate(net.now, closed),
        Err(lariat_ice::CandidateError::Closed)
    );
}

#[test]
fn an_agent_may_move_between_threads_and_events_are_small() {
    fn is_send<T: Send + Sync>() {}
    is_send::<Agent>();
    assert!(size_of::<Event>() <= 80);
}

#[test]
fn flow_labels_and_needless_scopes_make_no_other_address() {
    let mut script = Script::strangers(config(1, Role::Controlling));
    let labelled = |port: u16, flow: u32| {
        let ip = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
        std::net::SocketAddr::V6(std::net::SocketAddrV6::new(ip, port, flow, flow))
    };
    let now = script.now;
    script.agent.add_local_candidate(now, Candidate::host(labelled(1, 7))).unwrap();
    script.agent.add_remote_candidate(now, Candidate::host(labelled(2, 8))).unwrap();
    script.introduce();
    let check = script.take().pop().unwrap();
    assert_eq!((check.source, check.destination), (labelled(1, 0), labelled(2, 0)));
    let mut answer = script.success(&check);
    answer.source = labelled(2, 9);
    answer.destination = labelled(1, 10);
    script.deliver(&answer);
    assert!(script.agent.is_validated(labelled(1, 3), labelled(2, 4)));
}
