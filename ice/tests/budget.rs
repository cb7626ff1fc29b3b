//! What a description can make an agent send to addresses that never asked for it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::script::Script;
use common::{config, credentials, deliver};
use lariat_ice::{
    Candidate, CandidateError, CheckBudget, Config, FailureReason, PairFailure, PairState,
    RemotePolicy, Role, limits,
};

const SECOND: Duration = Duration::from_secs(1);

/// An agent that is told of `count` addresses where nobody is, each a machine of its own.
fn aimed(config: Config, count: u8, ufrag: &str) -> Script {
    let mut script = Script::strangers(config);
    script.credentials = credentials(ufrag, "passwordofthepeer22chars");
    script.answers = false;
    script.introduce();
    for last in 1..=count {
        let victim = Candidate::host(SocketAddr::from(([203, 0, 113, last], 53)));
        script.agent.add_remote_candidate(script.now, victim).unwrap();
    }
    script
}

fn bytes(script: &Script) -> usize {
    script.checks().iter().map(|(_, packet)| packet.payload.len()).sum()
}

#[test]
fn a_description_full_of_foreign_addresses_buys_few_checks() {
    // I24: a hundred addresses of third parties, and a fragment that makes checks long.
    for ufrag in ["peer", &"u".repeat(256)] {
        let mut script = aimed(config(1, Role::Controlling), 100, ufrag);
        script.run(SECOND * 3_600);
        let checks = script.checks();
        let (count, bytes) = (checks.len(), bytes(&script));
        assert!(count >= 70 && count <= limits::MAX_UNANSWERED_CHECKS as usize, "{count}");
        // The one that reaches the bound may go past it.
        assert!(bytes < limits::MAX_UNANSWERED_BYTES as usize + 400, "{bytes}");
        let spent = CheckBudget { checks: count as u32, bytes: bytes as u32 };
        assert_eq!(script.agent.unanswered(), spent);
        assert_eq!(script.agent.failure(), Some(FailureReason::AllPairsFailed));
        let text = script.agent.explain().to_string();
        assert!(text.contains("no more checks may be spent on it"), "{text}");
    }
}

#[test]
fn one_foreign_address_gets_less_whatever_its_ports() {
    let mut script = aimed(config(1, Role::Controlling), 0, "peer");
    for port in 1..=100 {
        let victim = Candidate::host(SocketAddr::from(([203, 0, 113, 1], port)));
        script.agent.add_remote_candidate(script.now, victim).unwrap();
    }
    script.run(SECOND * 3_600);
    assert_eq!(script.checks().len(), limits::MAX_UNANSWERED_CHECKS_PER_ADDRESS as usize);
    assert!(bytes(&script) <= limits::MAX_UNANSWERED_BYTES_PER_ADDRESS as usize);
}

#[test]
fn an_answer_frees_what_was_spent_there_and_checks_go_on() {
    let mut script = aimed(config(1, Role::Controlling), 3, "peer");
    script.run(SECOND);
    assert_eq!(script.agent.unanswered().checks, 6);
    let check = script.last_check();
    let answer = script.success(&check);
    deliver(&mut script.agent, script.now, &answer);
    assert_eq!(script.agent.unanswered().checks, 4);
    // Consent and all else to the peer is no part of it, whatever the budget.
    script.agent.set_check_budget(script.now, CheckBudget { checks: 0, bytes: 0 });
    let sent = script.checks().len();
    script.run(SECOND * 29);
    let checks = script.checks();
    assert!(checks.len() > sent + 10);
    assert!(checks[sent..].iter().all(|(_, packet)| packet.destination == check.destination));
}

#[test]
fn an_owner_stops_and_resumes_the_checks_of_strangers() {
    let mut config = config(1, Role::Controlling);
    config.check_budget = CheckBudget { checks: 0, bytes: 0 };
    let mut script = aimed(config, 2, "peer");
    script.run(SECOND * 20);
    assert!(script.checks().is_empty());
    let pair = script.agent.pairs().next().unwrap();
    assert_eq!(pair.why(), "not checked, too many checks have gone unanswered");
    script.agent.set_check_budget(script.now, CheckBudget { checks: 3, bytes: 10_000 });
    script.run(SECOND * 5);
    assert_eq!(script.checks().len(), 3);
    let stinted = PairState::Failed(PairFailure::Budget);
    assert!(script.agent.pairs().any(|pair| pair.state == stinted));
    script.agent.set_check_budget(script.now, CheckBudget::default());
    script.run(SECOND);
    assert!(script.checks().len() > 4);
}

#[test]
fn candidates_that_the_policy_does_not_take_are_refused() {
    let mut config = config(1, Role::Controlling);
    config.remote_policy = RemotePolicy::Public;
    let mut script = aimed(config, 0, "peer");
    for address in ["10.0.0.1:22", "127.0.0.1:22", "169.254.169.254:80", "192.168.1.1:1"] {
        let candidate = Candidate::host(address.parse().unwrap());
        let refused = script.agent.add_remote_candidate(script.now, candidate);
        assert_eq!(refused, Err(CandidateError::Policy), "{address}");
    }
    let candidate = Candidate::host("1.1.1.1:5000".parse().unwrap());
    script.agent.add_remote_candidate(script.now, candidate).unwrap();
    // From where the peer's own check comes, there the peer is.
    let near = "10.0.0.1:22".parse().unwrap();
    script.send(&script.check().from(near));
    script.run(SECOND);
    assert!(script.checks().iter().any(|(_, packet)| packet.destination == near));
}

#[test]
fn a_hundred_dead_pairs_do_not_keep_one_from_its_turn() {
    // I23. rfc8445 §14.1: first checks go before repetitions.
    let mut config = config(1, Role::Controlling);
    config.max_pairs = 101;
    let mut script = Script::strangers(config);
    let second = Candidate::host("192.0.2.1:5001".parse().unwrap());
    script.agent.add_local_candidate(script.now, second).unwrap();
    script.answers = false;
    for last in 1..=50 {
        let dead = Candidate::host(SocketAddr::from(([203, 0, 113, last], 5_000)));
        script.agent.add_remote_candidate(script.now, dead).unwrap();
    }
    let alive: SocketAddr = "198.51.100.1:6000".parse().unwrap();
    let candidate = Candidate::server_reflexive(alive, "10.0.0.1:6000".parse().unwrap());
    script.agent.add_remote_candidate(script.now, candidate).unwrap();
    assert_eq!(script.agent.pairs().count(), 101);
    assert!(script.agent.pairs().take(100).all(|pair| pair.remote != alive));
    let start = script.now;
    script.introduce();
    script.run(Duration::from_millis(50) * 101);
    let checks = script.checks();
    let (at, check) = checks.iter().find(|(_, packet)| packet.destination == alive).unwrap();
    assert!(*at - start <= Duration::from_millis(50) * 100, "{:?}", *at - start);
    let answer = script.success(check);
    deliver(&mut script.agent, script.now, &answer);
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, alive);
}

#[test]
fn a_peer_that_shows_itself_is_found_though_the_budget_is_spent() {
    // And somebody who repeats its check from an address of a third party makes us send little.
    let mut script = aimed(config(1, Role::Controlled), 100, "peer");
    script.run(SECOND * 20);
    assert_eq!(script.agent.unanswered().checks, limits::MAX_UNANSWERED_CHECKS);
    let (peer, third) = ("198.51.100.1:7".parse().unwrap(), "198.51.100.2:7".parse().unwrap());
    for _ in 0..500 {
        script.send(&script.check().from(third));
        script.run(Duration::from_millis(30));
    }
    let to = |script: &Script, target: SocketAddr| {
        script.checks().iter().filter(|(_, packet)| packet.destination == target).count()
    };
    assert_eq!(to(&script, third), limits::MAX_CHECKS_OF_HEARD as usize);
    script.send(&script.check().from(peer));
    script.run(SECOND);
    let check = script.last_check();
    assert_eq!(check.destination, peer);
    let answer = script.success(&check);
    deliver(&mut script.agent, script.now, &answer);
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, peer);
}
