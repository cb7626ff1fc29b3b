//! One past every limit, and floods.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::script::{Script, class_of, is_request};
use common::{config, deliver, events, transmits};
use lariat_ice::{Candidate, CandidateError, Dropped, Event, Role, State, limits};
use lariat_stun::Class;

const SECOND: Duration = Duration::from_secs(1);

fn controlled() -> Script {
    Script::new(config(1, Role::Controlled))
}

#[test]
fn a_flood_of_candidates_stops_at_the_limit() {
    // adversarial I6.
    let mut script = Script::strangers(config(1, Role::Controlling));
    script.introduce();
    let mut refused = 0;
    for number in 0..100_000_u32 {
        let ip = std::net::Ipv4Addr::from(0x0a00_0000 + number);
        let candidate = Candidate::host(SocketAddr::new(ip.into(), 4_000));
        match script.agent.add_remote_candidate(script.now, candidate) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, CandidateError::TooMany);
                refused += 1;
            }
        }
    }
    assert_eq!(script.agent.remote_candidates().count(), limits::MAX_REMOTE_CANDIDATES);
    assert_eq!(script.agent.pairs().count(), limits::DEFAULT_MAX_PAIRS);
    assert_eq!(refused, 100_000 - limits::MAX_REMOTE_CANDIDATES);
    let told = events(&mut script.agent);
    assert_eq!(told.iter().filter(|event| **event == Event::CandidateLimit).count(), 1);
}

#[test]
fn pairs_are_limited_though_candidates_are_not_too_many() {
    // adversarial I6; rfc8445 §6.1.2.5: the limit is configurable.
    let mut config = config(1, Role::Controlling);
    config.max_pairs = 7;
    let mut script = Script::strangers(config);
    for port in 1..=20 {
        let remote = Candidate::host(SocketAddr::from(([192, 0, 2, 9], port)));
        script.agent.add_remote_candidate(script.now, remote.with_local_preference(port)).unwrap();
    }
    assert_eq!(script.agent.pairs().count(), 7);
    let least = script.agent.pairs().map(|pair| pair.remote.port()).min();
    assert_eq!(least, Some(14), "the best ones stay");
    assert!(events(&mut script.agent).contains(&Event::CandidateLimit));
}

#[test]
fn local_candidates_stop_at_the_limit() {
    let mut script = Script::strangers(config(1, Role::Controlling));
    let mut add = |port: u16| {
        let candidate = Candidate::host(SocketAddr::from(([192, 0, 2, 1], port)));
        script.agent.add_local_candidate(script.now, candidate)
    };
    for port in 1..limits::MAX_LOCAL_CANDIDATES as u16 {
        add(port).unwrap();
    }
    assert_eq!(add(9_999), Err(CandidateError::TooMany));
}

#[test]
fn checks_from_ever_new_addresses_stop_at_the_limit() {
    // adversarial I6, with the credentials: each would be a peer-reflexive candidate.
    let mut script = controlled();
    script.answers = false;
    for port in 1..=10_000 {
        let source = SocketAddr::from(([198, 51, 100, 1], port));
        let check = script.check().from(source);
        script.send(&check);
        script.now = script.now + Duration::from_millis(30);
    }
    let most = limits::MAX_PEER_REFLEXIVE_CANDIDATES + 1;
    assert!(script.agent.remote_candidates().count() <= most);
    assert!(script.agent.pairs().count() <= most);
    assert!(script.agent.dropped().get(Dropped::CandidateLimit) > 0);
}

#[test]
fn candidates_that_aim_at_a_victim_cost_it_little() {
    // adversarial I7; rfc8445 §19.5.1: the hammer is bounded in number, in pace and in bytes.
    let mut script = Script::strangers(config(1, Role::Controlling));
    for port in 1..=100 {
        let victim = Candidate::host(SocketAddr::from(([203, 0, 113, 7], port)));
        let _ = script.agent.add_remote_candidate(script.now, victim);
    }
    script.answers = false;
    script.introduce();
    script.run(SECOND * 3_600);
    let checks = script.checks();
    assert!(checks.len() <= 7 * limits::DEFAULT_MAX_PAIRS, "{}", checks.len());
    assert!(checks.windows(2).all(|two| two[1].0 - two[0].0 >= Duration::from_millis(50)));
    let most = checks.iter().map(|(_, packet)| packet.payload.len()).max().unwrap();
    // Twenty a second, of so many bytes each: below 20 kbit/s.
    assert!(most <= 120, "{most}");
    assert_eq!(script.agent.state(), State::Failed);
}

#[test]
fn no_configuration_makes_checks_faster_than_every_five_milliseconds() {
    // rfc8445 §14.2 and §14.3: nor repeats one after less than 500 ms.
    let mut config = config(1, Role::Controlling);
    config.pacing = Duration::ZERO;
    config.check_timeout = Duration::ZERO;
    let mut script = Script::strangers(config);
    for port in 1..=50 {
        let remote = Candidate::host(SocketAddr::from(([192, 0, 2, 9], port)));
        script.agent.add_remote_candidate(script.now, remote).unwrap();
    }
    script.answers = false;
    script.introduce();
    script.run(SECOND * 60);
    let checks = script.checks();
    assert!(checks.len() > 300);
    assert!(checks.windows(2).all(|two| two[1].0 - two[0].0 >= Duration::from_millis(5)));
    for port in 1..=50 {
        let one = checks.iter().filter(|(_, check)| check.destination.port() == port);
        let times: Vec<_> = one.map(|(at, _)| *at).collect();
        assert!(times.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(500)));
    }
}

#[test]
fn no_configuration_makes_consent_checks_more_frequent() {
    // rfc7675 §5.1: never below 4 seconds; nor does consent last longer than 30.
    let mut config = config(1, Role::Controlling);
    config.consent_interval = Duration::ZERO;
    config.consent_expiry = SECOND * 3_600;
    let mut script = Script::connected(config);
    script.run(SECOND);
    let from = script.checks().len();
    script.run(SECOND * 120);
    let checks = script.checks();
    assert!(checks.len() - from > 10);
    assert!(checks[from..].windows(2).all(|two| two[1].0 - two[0].0 >= SECOND * 4));
    script.answers = false;
    script.run(SECOND * 31);
    assert_eq!(script.agent.selected_pair(script.now), None);
}

#[test]
fn intervals_without_end_are_harmless() {
    let mut config = config(1, Role::Controlling);
    config.pacing = Duration::MAX;
    config.check_timeout = Duration::MAX;
    config.nomination_delay = Duration::MAX;
    config.patience = Duration::MAX;
    config.consent_interval = Duration::MAX;
    config.disconnected_after = Duration::MAX;
    let mut script = Script::new(config);
    script.run(SECOND);
    assert!(script.agent.selected_pair(script.now).is_some());
    script.run(SECOND * 31);
    assert_eq!(script.agent.selected_pair(script.now), None, "consent still lasts 30 seconds");
}

#[test]
fn no_configuration_repeats_a_check_for_ever() {
    let mut config = config(1, Role::Controlling);
    config.check_transmissions = limits::MAX_CHECK_TRANSMISSIONS + 1;
    let mut script = Script::new(config);
    script.answers = false;
    script.run(SECOND * 20_000);
    assert_eq!(script.checks().len(), limits::MAX_CHECK_TRANSMISSIONS as usize);
    assert_eq!(script.agent.state(), State::Failed);
}

#[test]
fn a_flood_of_valid_checks_is_answered_at_a_bounded_rate() {
    // adversarial I19.
    let mut script = Script::connected(config(1, Role::Controlled));
    script.run(SECOND);
    let packet = script.encode(&script.check());
    let mut answers = 0;
    for _ in 0..100_000 {
        script.now = script.now + Duration::from_micros(10);
        deliver(&mut script.agent, script.now, &packet);
        answers += transmits(&mut script.agent, script.now)
            .iter()
            .filter(|sent| !is_request(sent))
            .count();
    }
    // One second: the burst, and one second's worth.
    assert!(answers <= 2 * limits::RESPONSES_PER_SECOND as usize + 1, "{answers}");
    assert!(answers >= limits::RESPONSES_PER_SECOND as usize);
    assert!(script.agent.dropped().get(Dropped::RateLimited) > 99_000);
    script.run(SECOND * 60);
    assert!(script.agent.selected_pair(script.now).is_some(), "and it goes on as before");
}

#[test]
fn a_driver_that_never_sends_fills_nothing_up() {
    let mut script = controlled();
    for port in 1..=10_000 {
        let source = SocketAddr::from(([198, 51, 100, 1], port));
        let check = script.check().from(source);
        let packet = script.encode(&check);
        deliver(&mut script.agent, script.now, &packet);
        script.now = script.now + Duration::from_millis(20);
    }
    assert!(script.agent.dropped().get(Dropped::QueueFull) > 0);
    assert_eq!(transmits(&mut script.agent, script.now).len(), limits::MAX_QUEUED_TRANSMITS);
}

#[test]
fn early_checks_are_remembered_up_to_a_limit() {
    let mut script = Script::strangers(config(1, Role::Controlled));
    for port in 1..=40 {
        let source = SocketAddr::from(([198, 51, 100, 1], port));
        let check = script.check().from(source);
        let answer = script.send(&check);
        assert_eq!(class_of(&answer[0]), Class::Success);
    }
    let validated = (1..=40)
        .filter(|port| {
            let source = SocketAddr::from(([198, 51, 100, 1], *port));
            script.agent.is_validated(script.local, source)
        })
        .count();
    assert_eq!(validated, limits::MAX_EARLY_CHECKS);
    script.introduce();
    assert_eq!(script.agent.pairs().count(), limits::MAX_EARLY_CHECKS);
}
