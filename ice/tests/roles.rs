//! Who controls, and who nominates what (RFC 8445 §7.3.1.1 and §8).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::script::{Script, error_of, nominates};
use common::{Packet, addr, config, events};
use lariat_ice::{Candidate, Event, FailureReason, PairState, Role, State};
use lariat_stun::{Attribute, Class, ErrorCode, Message};

const SECOND: Duration = Duration::from_secs(1);

fn tie_breaker(packet: &Packet) -> u64 {
    let message = Message::parse(&packet.payload).unwrap();
    let found = message.attributes().find_map(|attribute| match attribute {
        Attribute::IceControlling(tie) | Attribute::IceControlled(tie) => Some(tie),
        _ => None,
    });
    found.expect("rfc8445 §7.1.3: every check says its role")
}

fn is_role(attribute: &Attribute<'_>) -> bool {
    matches!(attribute, Attribute::IceControlling(_) | Attribute::IceControlled(_))
}

#[test]
fn a_check_says_all_that_the_rfc_demands() {
    // rfc8445 §7.1.1 to §7.2.4.
    for (role, preference) in [(Role::Controlling, 65_535), (Role::Controlled, 1)] {
        let mut script = Script::strangers(config(1, role));
        let local = Candidate::host(addr("192.0.2.1:5001")).with_local_preference(preference);
        script.agent.add_local_candidate(script.now, local).unwrap();
        script.introduce();
        let remote = Candidate::host(script.remote);
        script.agent.add_remote_candidate(script.now, remote).unwrap();
        script.answers = false;
        script.run(Duration::from_millis(200));
        let (_, check) = script
            .checks()
            .into_iter()
            .find(|(_, packet)| packet.source.port() == 5001)
            .expect("a check from each base");
        let message = Message::parse(&check.payload).unwrap();
        assert!(message.has_fingerprint());
        let ours = &script.agent.local_credentials().ufrag;
        assert_eq!(message.username(), Some(format!("peer:{ours}").as_str()));
        let prflx = (110 << 24) | (u32::from(preference) << 8) | 255;
        assert_eq!(message.priority(), Some(prflx));
        assert!(!message.use_candidate(), "not yet, and never when controlled");
        let controlling =
            message.attributes().any(|attribute| matches!(attribute, Attribute::IceControlling(_)));
        assert_eq!(controlling, role == Role::Controlling);
    }
}

#[test]
fn an_equal_tie_breaker_is_refused_by_the_controlling_and_taken_by_the_controlled() {
    // rfc8445 §7.3.1.1, adversarial I4.
    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    script.run(SECOND);
    let tie = tie_breaker(&script.last_check());
    let check = script.check().without(is_role).with(Attribute::IceControlling(tie));
    let answer = script.send(&check);
    assert_eq!(error_of(&answer[0]), Some(487));
    assert_eq!(script.agent.role(), Role::Controlling);

    let mut script = Script::new(config(1, Role::Controlled));
    script.answers = false;
    script.run(SECOND);
    let tie = tie_breaker(&script.last_check());
    let check = script.check().without(is_role).with(Attribute::IceControlled(tie));
    let answer = script.send(&check);
    assert_eq!(error_of(&answer[0]), None);
    assert_eq!(script.agent.role(), Role::Controlling);
    assert!(events(&mut script.agent).contains(&Event::RoleChanged(Role::Controlling)));
}

#[test]
fn a_refusal_makes_us_check_again_in_the_other_role() {
    // rfc8445 §7.2.5.1.
    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    script.run(Duration::from_millis(10));
    let first = script.last_check();
    let refusal = script.error(&first, ErrorCode::ROLE_CONFLICT);
    script.deliver(&refusal);
    assert_eq!(script.agent.role(), Role::Controlled);
    script.run(Duration::from_millis(100));
    let second = script.last_check();
    assert_ne!(tie_breaker(&first), tie_breaker(&second));
    let message = Message::parse(&second.payload).unwrap();
    assert!(message.attributes().any(|a| matches!(a, Attribute::IceControlled(_))));
    assert_ne!(common::script::id_of(&first), common::script::id_of(&second));
}

#[test]
fn a_peer_that_always_refuses_makes_us_give_up() {
    // adversarial I4: Failed(RoleConflict) after at most 8 flips.
    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    let mut answered = 0;
    for _ in 0..100 {
        script.run(Duration::from_millis(100));
        let checks = script.checks();
        for (_, check) in &checks[answered..] {
            let refusal = script.error(check, ErrorCode::ROLE_CONFLICT);
            script.deliver(&refusal);
        }
        answered = checks.len();
    }
    assert_eq!(script.agent.failure(), Some(FailureReason::RoleConflict));
    let events = events(&mut script.agent);
    let flips = events.iter().filter(|event| matches!(event, Event::RoleChanged(_))).count();
    assert_eq!(flips, 8);
    assert_eq!(events.last(), Some(&Event::StateChanged(State::Failed)));
    assert!(script.checks().len() < 20);
}

#[test]
fn a_lite_peer_only_answers_and_is_told_what_to_use() {
    // rfc8445 §6.1.1: the full agent controls.
    let mut config = config(1, Role::Controlled);
    config.remote_lite = true;
    let mut script = Script::connected(config);
    assert_eq!(script.agent.role(), Role::Controlling);
    assert!(script.agent.pairs().all(|pair| pair.nominated));
    assert_eq!(script.checks().iter().filter(|(_, packet)| nominates(packet)).count(), 1);
    script.run(SECOND * 120);
    assert!(script.agent.selected_pair(script.now).is_some());
}

#[test]
fn a_peer_that_turns_out_lite_makes_us_control() {
    let mut script = Script::strangers(config(1, Role::Controlled));
    script.agent.set_remote_lite(true);
    assert_eq!(script.agent.role(), Role::Controlling);
    script.introduce();
    script.agent.set_remote_lite(false);
    script.agent.set_role(Role::Controlled);
    assert_eq!(script.agent.role(), Role::Controlling);
}

/// A browser as controlling agent: USE-CANDIDATE in every check, on every path.
fn aggressive(ports: &[u16]) -> Script {
    let mut script = Script::strangers(config(1, Role::Controlled));
    script.introduce();
    for port in ports {
        let source = addr(&format!("192.0.2.2:{port}"));
        // The higher the port, the higher the priority.
        let priority = Attribute::Priority(0x6e00_0000 + u32::from(*port));
        let check = script
            .check()
            .from(source)
            .without(|attribute| matches!(attribute, Attribute::Priority(_)))
            .with(priority)
            .with(Attribute::UseCandidate);
        script.send(&check);
        script.run(Duration::from_millis(100));
    }
    script
}

#[test]
fn of_aggressively_nominated_pairs_the_best_wins() {
    // rfc8445 §8.1.1: whichever order they come in.
    for ports in [[6_001, 6_002, 6_003], [6_003, 6_002, 6_001], [6_002, 6_003, 6_001]] {
        let script = aggressive(&ports);
        assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, addr("192.0.2.2:6003"));
        assert_eq!(script.agent.pairs().filter(|pair| pair.nominated).count(), 3);
    }
}

#[test]
fn when_the_best_nominated_path_goes_silent_the_next_one_is_used() {
    let mut script = aggressive(&[6_001, 6_002]);
    script.answers = false;
    script.run(SECOND);
    let mut answered = script.checks().len();
    // From now on only the worse path answers.
    for round in 0..600 {
        if round == 170 {
            assert_eq!(
                script.agent.selected_pair(script.now).unwrap().remote,
                addr("192.0.2.2:6001")
            );
            let left = script.agent.pairs().find(|pair| pair.remote.port() == 6_002).unwrap();
            assert_eq!(left.state, PairState::Succeeded, "not yet lost");
            assert!(!left.nominated, "it has to be nominated anew");
        }
        script.run(Duration::from_millis(100));
        let checks = script.checks();
        for (_, check) in &checks[answered..] {
            if check.destination.port() == 6_001 {
                let answer = script.success(check);
                script.deliver(&answer);
            }
        }
        answered = checks.len();
    }
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, addr("192.0.2.2:6001"));
    let events = events(&mut script.agent);
    assert!(!events.contains(&Event::ConsentLost), "one path of two is no loss");
    assert!(!events.contains(&Event::StateChanged(State::Failed)));

    // rfc7675 §5.1: the lost path does not come back, by a late answer or by another nomination.
    let late = script.checks().into_iter().rfind(|(_, check)| check.destination.port() == 6_002);
    let answer = script.success(&late.unwrap().1);
    script.deliver(&answer);
    let check = script.check().from(addr("192.0.2.2:6002")).with(Attribute::UseCandidate);
    let sent = script.send(&check);
    let lost = addr("192.0.2.2:6002");
    let asks = |packet: &Packet| common::script::is_request(packet) && packet.destination == lost;
    assert!(!sent.iter().any(asks));
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, addr("192.0.2.2:6001"));
}

#[test]
fn after_a_nomination_only_better_pairs_are_checked() {
    // rfc8445 §8.1.2, and what a browser that nominates aggressively needs.
    let mut script = aggressive(&[6_001]);
    script.answers = false;
    for (port, preference) in [(7_001, 1), (7_002, 65_535)] {
        let remote = Candidate::host(addr(&format!("192.0.2.2:{port}")));
        let remote = remote.with_local_preference(preference);
        let mut remote = remote;
        if port == 7_001 {
            remote.priority = 1;
        }
        script.agent.add_remote_candidate(script.now, remote).unwrap();
    }
    script.run(SECOND * 3);
    let to = |port: u16| {
        script.checks().iter().filter(|(_, check)| check.destination.port() == port).count()
    };
    assert_eq!(to(7_001), 0);
    assert!(to(7_002) > 0);
    let text = script.agent.explain().to_string();
    assert!(text.contains("not needed, another pair is nominated"), "{text}");
}

#[test]
fn a_check_under_way_is_not_repeated_in_another_role() {
    // The same transaction id must never stand on two different requests.
    let mut script = Script::new(config(1, Role::Controlling));
    let other = Candidate::host(addr("192.0.2.2:7000"));
    script.agent.add_remote_candidate(script.now, other).unwrap();
    script.answers = false;
    script.run(Duration::from_millis(200));
    let claim = Attribute::IceControlling(u64::MAX);
    script.send(&script.check().without(is_role).with(claim));
    assert_eq!(script.agent.role(), Role::Controlled);
    script.run(SECOND * 5);
    let checks = script.checks();
    assert!(checks.len() > 8);
    for (_, one) in &checks {
        let id = common::script::id_of(one);
        let same = checks.iter().filter(|(_, other)| common::script::id_of(other) == id);
        assert!(same.into_iter().all(|(_, other)| other.payload == one.payload));
    }
}

#[test]
fn a_nomination_waits_for_our_own_check() {
    // rfc8445 §7.3.1.5.
    let mut script = Script::new(config(1, Role::Controlled));
    script.answers = false;
    script.send(&script.check().with(Attribute::UseCandidate));
    script.run(Duration::from_millis(200));
    assert!(script.agent.pairs().all(|pair| !pair.nominated));
    assert_eq!(script.agent.selected_pair(script.now), None);
    let answer = script.success(&script.last_check());
    script.deliver(&answer);
    assert!(script.agent.pairs().all(|pair| pair.nominated));
}

#[test]
fn a_nomination_that_is_refused_fails_the_pair() {
    // rfc8445 §7.2.5.3.4.
    let mut script = Script::new(config(1, Role::Controlling));
    script.run(Duration::from_millis(100));
    script.answers = false;
    script.run(SECOND);
    let nomination = script.last_check();
    assert!(nominates(&nomination));
    let refusal = script.error(&nomination, ErrorCode::BAD_REQUEST);
    script.deliver(&refusal);
    assert_eq!(script.agent.selected_pair(script.now), None);
    let pair = script.agent.pairs().next().unwrap();
    assert!(pair.to_string().contains("refused the check with error 400"), "{pair}");
}

#[test]
fn the_request_of_rfc_5769_is_answered() {
    // rfc5769 §2.1, as the peer's check: password, username and all.
    const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e2074657374\
        20636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020\
        000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
    let mut config = config(1, Role::Controlling);
    config.credentials = Some(common::credentials("evtj", "VOkJxbRl1RmTxUk/WvJxBt"));
    let mut script = Script::strangers(config);
    script.credentials.ufrag = "h6vY".into();
    script.introduce();
    let digits: String = REQUEST.split_whitespace().collect();
    let payload: Vec<u8> = (0..digits.len() / 2)
        .map(|index| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap())
        .collect();
    let packet = Packet { source: script.remote, destination: script.local, payload };
    let sent = script.deliver(&packet);
    let answer = Message::parse(&sent[0].payload).unwrap();
    assert_eq!(answer.class(), Class::Success);
    assert_eq!(answer.xor_mapped_address(), Some(script.remote));
    let key = lariat_stun::IntegrityKey::short_term(
        &*lariat_crypto::ring::provider(),
        "VOkJxbRl1RmTxUk/WvJxBt",
    );
    answer.verify_integrity(&key).unwrap();
    assert!(answer.has_fingerprint());
    assert_eq!(script.agent.remote_candidates().next().unwrap().priority, 0x6e00_01ff);
}

#[test]
fn after_our_nomination_nothing_else_is_checked() {
    // rfc8445 §8.1.1 and §8.1.2: neither what was under way nor what the peer checks, while the
    // pair works.
    let mut script = Script::connected(config(1, Role::Controlling));
    assert!(script.agent.pairs().all(|pair| pair.nominated));
    let other = addr("192.0.2.2:7000");
    let remote = Candidate::host(other);
    script.agent.add_remote_candidate(script.now, remote).unwrap();
    let controlled = script.check().without(is_role).with(Attribute::IceControlled(1));
    let sent = script.send(&controlled.from(other));
    assert_eq!(sent.len(), 1, "the answer, and no check");
    script.run(SECOND * 3);
    assert!(script.checks().iter().all(|(_, check)| check.destination != other));

    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    let remote = Candidate::host(other);
    script.agent.add_remote_candidate(script.now, remote).unwrap();
    let mut answered = 0;
    let mut run = |script: &mut Script, rounds: u32| {
        for _ in 0..rounds {
            script.run(Duration::from_millis(100));
            let checks = script.checks();
            for (_, check) in &checks[answered..] {
                if check.destination == script.remote {
                    let answer = script.success(check);
                    script.deliver(&answer);
                }
            }
            answered = checks.len();
        }
    };
    run(&mut script, 30);
    assert_eq!(script.agent.pairs().filter(|pair| pair.nominated).count(), 1);
    let to_other = |script: &Script| {
        script.checks().iter().filter(|(_, check)| check.destination == other).count()
    };
    let before = to_other(&script);
    assert!(before > 0, "it was under way");
    run(&mut script, 290);
    assert_eq!(to_other(&script), before);
}

#[test]
fn the_pair_in_use_stays_until_one_is_nominated() {
    // Data that hops from path to path arrives out of order.
    let mut script = Script::strangers(config(1, Role::Controlled));
    script.introduce();
    let ports = [6_001_u16, 6_003, 6_002];
    let mut check = script.check().without(|a| matches!(a, Attribute::Priority(_)));
    for port in ports {
        let source = addr(&format!("192.0.2.2:{port}"));
        let priority = Attribute::Priority(0x6e00_0000 + u32::from(port));
        script.send(&check.clone().from(source).with(priority));
        script.run(SECOND);
    }
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, addr("192.0.2.2:6001"));
    check = script.check().with(Attribute::UseCandidate).from(addr("192.0.2.2:6002"));
    script.send(&check);
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, addr("192.0.2.2:6002"));
}

#[test]
fn who_gives_up_control_nominates_no_more() {
    // rfc8445 §7.1.2: a controlled agent never sends USE-CANDIDATE.
    let mut script = Script::new(config(1, Role::Controlling));
    script.run(Duration::from_millis(100));
    script.answers = false;
    script.run(SECOND);
    let nomination = script.last_check();
    assert!(nominates(&nomination));
    let claim = Attribute::IceControlling(u64::MAX);
    script.send(&script.check().without(is_role).with(claim));
    let before = script.checks().len();
    script.run(SECOND * 10);
    assert!(script.checks()[before..].iter().all(|(_, check)| !nominates(check)));
    let answer = script.success(&nomination);
    script.deliver(&answer);
    assert!(script.agent.pairs().all(|pair| !pair.nominated));
}

#[test]
fn only_the_answer_to_the_nomination_nominates() {
    // rfc8445 §7.2.5.3.4: the answer to an earlier check of the pair says nothing about it.
    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    script.run(Duration::from_millis(100));
    let first = script.last_check();
    script.send(&script.check().without(is_role).with(Attribute::IceControlled(1)));
    script.run(Duration::from_millis(100));
    let second = script.last_check();
    let answer = script.success(&second);
    script.deliver(&answer);
    script.run(SECOND);
    let nomination = script.last_check();
    assert!(nominates(&nomination));
    for (check, nominated) in [(first, false), (nomination, true)] {
        let answer = script.success(&check);
        script.deliver(&answer);
        assert!(script.agent.pairs().all(|pair| pair.nominated == nominated));
    }
}
