//! Whatever a stranger, or a peer that has gone bad, can send.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::script::{Check, Script, class_of, error_of, id_of, is_request};
use common::{ALICE, BOB, Net, Packet, addr, config, deliver, events, transmits};
use lariat_base::Instant;
use lariat_crypto::ring;
use lariat_ice::{
    Agent, Candidate, CandidateError, Dropped, Event, PairFailure, PairState, ParseError, Role,
    State, Unsupported, limits,
};
use lariat_stun::{
    Attribute, AttributeType, Class, ErrorCode, IntegrityKey, Message, MessageBuilder, Method,
    TransactionId,
};

const SECOND: Duration = Duration::from_secs(1);

fn controlled() -> Script {
    Script::new(config(1, Role::Controlled))
}

/// What must not change when something is dropped.
fn fingerprint(agent: &Agent) -> (State, Role, usize, usize, Option<SocketAddr>) {
    let remotes = agent.remote_candidates().count();
    let selected = agent.pairs().find(|pair| pair.selected).map(|pair| pair.remote);
    (agent.state(), agent.role(), agent.pairs().count(), remotes, selected)
}

fn assert_dropped(script: &mut Script, packet: &Packet, reason: Dropped) {
    let before = fingerprint(&script.agent);
    let count = script.agent.dropped().get(reason);
    let total = script.agent.dropped().total();
    let sent = script.deliver(packet);
    assert!(sent.is_empty(), "{reason:?}: nothing is sent");
    assert_eq!(script.agent.dropped().get(reason), count + 1, "{reason:?}");
    assert_eq!(script.agent.dropped().total(), total + 1, "counted once");
    assert_eq!(fingerprint(&script.agent), before, "{reason:?}");
}

/// Sends a check and returns the answer to it.
fn ask(script: &mut Script, check: &Check<'_>) -> Packet {
    let sent = script.send(check);
    sent.into_iter().find(|packet| !is_request(packet)).expect("an answer")
}

#[test]
fn a_check_with_a_wrong_integrity_is_silently_dropped() {
    // adversarial I1: before and after the connection, from known and from new addresses.
    for mut script in [controlled(), Script::connected(config(1, Role::Controlled))] {
        script.run(SECOND);
        for source in [script.remote, addr("198.51.100.66:1")] {
            let mut check = script.check().from(source).with(Attribute::UseCandidate);
            check.password = "anotherpasswordof24chars".into();
            let packet = script.encode(&check);
            assert_dropped(&mut script, &packet, Dropped::Integrity);
        }
    }
}

#[test]
fn a_check_without_integrity_or_fingerprint_is_silently_dropped() {
    let mut script = controlled();
    script.run(SECOND);
    let mut check = script.check();
    check.fingerprint = false;
    let packet = script.encode(&check);
    assert_dropped(&mut script, &packet, Dropped::NoFingerprint);

    let mut payload = Vec::new();
    MessageBuilder::new(Class::Request, Method::BINDING, script.next_id())
        .attribute(Attribute::Username(&check.username))
        .encode(&mut payload, None, true)
        .unwrap();
    let packet = Packet { source: script.remote, destination: script.local, payload };
    assert_dropped(&mut script, &packet, Dropped::Integrity);
}

#[test]
fn a_check_for_or_from_foreign_credentials_is_silently_dropped() {
    // rfc8445 §7.3: the first part of the username must be ours.
    let mut script = controlled();
    script.run(SECOND);
    let ours = script.agent.local_credentials().ufrag.clone();
    for username in
        ["olde:peer", "peer", "", ":", &format!("{ours}:other"), &format!("x{ours}:peer")]
    {
        let check = Check { username: (*username).into(), ..script.check() };
        let packet = script.encode(&check);
        assert_dropped(&mut script, &packet, Dropped::ForeignUfrag);
    }
}

#[test]
fn an_indication_changes_nothing_and_keeps_no_consent() {
    // adversarial I3.
    let mut script = Script::connected(config(1, Role::Controlling));
    script.run(SECOND);
    script.answers = false;
    for _ in 0..60 {
        script.run(SECOND / 2);
        let mut payload = Vec::new();
        let id = script.next_id();
        MessageBuilder::new(Class::Indication, Method::BINDING, id)
            .encode(&mut payload, None, true)
            .unwrap();
        let packet = Packet { source: script.remote, destination: script.local, payload };
        script.deliver(&packet);
    }
    script.run(SECOND);
    assert_eq!(script.agent.dropped().get(Dropped::Indication), 60);
    assert_eq!(script.agent.state(), State::Failed);
}

#[test]
fn a_role_conflict_without_end_is_cut_short() {
    // adversarial I4: the peer claims our role with an ever larger tie-breaker.
    let mut script = controlled();
    script.answers = false;
    for round in 0..40_u64 {
        let role = script.agent.role();
        let claim = match role {
            Role::Controlling => Attribute::IceControlling(u64::MAX),
            Role::Controlled => Attribute::IceControlled(0),
        };
        let check = script.check();
        let check = check.without(|a| matches!(a, Attribute::IceControlling(_))).with(claim);
        script.send(&check);
        script.run(Duration::from_millis(100 + round));
    }
    assert_eq!(script.agent.failure(), Some(lariat_ice::FailureReason::RoleConflict));
    let told = events(&mut script.agent);
    let flips = told.iter().filter(|event| matches!(event, Event::RoleChanged(_))).count();
    assert_eq!(flips, limits::MAX_ROLE_SWITCHES as usize);
}

#[test]
fn an_unauthenticated_role_conflict_is_ignored() {
    // adversarial I5.
    let mut script = Script::new(config(1, Role::Controlling));
    script.answers = false;
    script.run(Duration::from_millis(10));
    let check = script.last_check();
    let conflict = Attribute::ErrorCode(ErrorCode::ROLE_CONFLICT);
    let forged = Script::response(&check, Class::Error, conflict, "anotherpasswordof24chars");
    assert_dropped(&mut script, &forged, Dropped::Integrity);
    let mut payload = Vec::new();
    MessageBuilder::new(Class::Error, Method::BINDING, id_of(&check))
        .attribute(conflict)
        .encode(&mut payload, None, true)
        .unwrap();
    let bare = Packet { payload, ..forged };
    assert_dropped(&mut script, &bare, Dropped::Integrity);
    // The true answer still counts.
    let answer = script.success(&check);
    script.deliver(&answer);
    assert!(script.agent.selected_pair(script.now).is_some());
}

#[test]
fn candidates_at_impossible_addresses_are_refused_with_a_reason() {
    // adversarial I8.
    let mut script = Script::strangers(config(1, Role::Controlling));
    for (address, error) in [
        ("192.0.2.9:0", CandidateError::Port),
        ("0.0.0.0:5", CandidateError::Address),
        ("[::]:5", CandidateError::Address),
        ("224.0.0.251:5", CandidateError::Address),
        ("[ff02::fb]:5", CandidateError::Address),
        ("255.255.255.255:5", CandidateError::Address),
        ("[::ffff:192.0.2.9]:5", CandidateError::Address),
        ("[fe80::1]:5", CandidateError::LinkLocalWithoutScope),
        ("192.0.2.1:5000", CandidateError::OwnAddress),
    ] {
        let candidate = Candidate::host(addr(address));
        let refused = script.agent.add_remote_candidate(script.now, candidate);
        assert_eq!(refused, Err(error), "{address}");
    }
    assert_eq!(script.agent.remote_candidates().count(), 0);
    for line in ["1 1 udp 1 192.0.2.9 0 typ host", "1 1 udp 1 192.0.2.9 65536 typ host"] {
        assert_eq!(Candidate::parse(line), Err(ParseError::Port));
    }
}

#[test]
fn a_remote_loopback_candidate_is_not_checked_from_the_network() {
    // adversarial I8: services that only this machine reaches are no business of the peer's.
    let mut script = Script::strangers(config(1, Role::Controlling));
    let loopback = Candidate::host(addr("127.0.0.1:22"));
    script.agent.add_remote_candidate(script.now, loopback).unwrap();
    assert_eq!(script.agent.pairs().count(), 0);
}

#[test]
fn names_are_never_resolved_here() {
    // adversarial I9: the agent says what it is, and the owner decides.
    for (name, why) in [
        ("1f4712db-ea17-4bcf-a596-105139dfd8bf.local", Unsupported::Mdns),
        ("metadata.internal", Unsupported::HostName),
    ] {
        let line = format!("1 1 udp 1 {name} 5000 typ host");
        assert_eq!(Candidate::parse(&line), Err(ParseError::Unsupported(why)));
    }
    // What a name resolves to is judged like any address.
    let mut script = Script::strangers(config(1, Role::Controlling));
    let line = "1 1 udp 1 evil.local 5000 typ host";
    let resolved = Candidate::parse_resolved(line, "0.0.0.0".parse().unwrap()).unwrap();
    let refused = script.agent.add_remote_candidate(script.now, resolved);
    assert_eq!(refused, Err(CandidateError::Address));
}

#[test]
fn a_candidate_line_reveals_only_what_was_put_in() {
    // adversarial I10: the agent adds no address of its own to what the owner signals.
    let mut script = Script::strangers(config(1, Role::Controlling));
    let hidden = addr("0.0.0.0:9");
    let reflexive = Candidate::server_reflexive(addr("203.0.113.1:40000"), hidden);
    script.agent.add_local_candidate(script.now, reflexive).unwrap();
    let line = script
        .agent
        .local_candidates()
        .map(ToString::to_string)
        .find(|line| line.contains("srflx"))
        .unwrap();
    assert!(line.contains("raddr 0.0.0.0 rport 9") && !line.contains("192.0.2.1"), "{line}");
}

#[test]
fn after_consent_is_gone_nothing_is_validated_or_sent() {
    // adversarial I11; tests/consent.rs has the details.
    let mut script = Script::connected(config(1, Role::Controlling));
    script.run(SECOND);
    script.answers = false;
    script.run(SECOND * 31);
    assert_eq!(script.agent.selected_pair(script.now), None);
    assert!(!script.agent.is_validated(script.local, script.remote));
}

#[test]
fn data_is_accepted_from_validated_pairs_only() {
    // adversarial I12.
    let mut script = Script::strangers(config(1, Role::Controlled));
    let (local, remote) = (script.local, script.remote);
    let third = addr("198.51.100.66:1");
    assert!(!script.agent.is_validated(local, remote));
    script.introduce();
    let candidate = Candidate::host(remote);
    script.agent.add_remote_candidate(script.now, candidate).unwrap();
    assert!(!script.agent.is_validated(local, remote), "being told of an address is not enough");
    script.answers = false;
    let mut forged = script.check();
    forged.password = "anotherpasswordof24chars".into();
    script.send(&forged);
    assert!(!script.agent.is_validated(local, remote));
    script.send(&script.check());
    assert!(script.agent.is_validated(local, remote), "rfc8445 §12: the peer may send now");
    assert_eq!(script.agent.selected_pair(script.now), None, "we may not");
    let answer = script.success(&script.last_check());
    script.deliver(&answer);
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, remote);
    assert!(!script.agent.is_validated(local, third));
    assert!(!script.agent.is_validated(addr("192.0.2.1:5001"), remote));
}

#[test]
fn a_refused_check_validates_nothing() {
    let mut script = controlled();
    script.answers = false;
    let third = addr("198.51.100.66:1");
    let check = script.check().from(third).without(|a| matches!(a, Attribute::Priority(_)));
    let answer = ask(&mut script, &check);
    assert_eq!(error_of(&answer), Some(400));
    assert!(!script.agent.is_validated(script.local, third));
    assert_eq!(script.agent.remote_candidates().count(), 1);
}

#[test]
fn a_nomination_by_the_controlled_side_is_ignored() {
    // adversarial I16.
    let mut script = Script::new(config(1, Role::Controlling));
    script.run(Duration::from_millis(200));
    let check = script
        .check()
        .without(|a| matches!(a, Attribute::IceControlling(_)))
        .with(Attribute::IceControlled(7))
        .with(Attribute::UseCandidate);
    let answer = ask(&mut script, &check);
    assert_eq!(class_of(&answer), Class::Success);
    assert!(script.agent.pairs().all(|pair| !pair.nominated));
}

#[test]
fn nominations_a_thousand_times_a_second_change_little() {
    // adversarial I16: two pairs, nominated in turn.
    let mut script = Script::connected(config(1, Role::Controlled));
    events(&mut script.agent);
    let other = addr("192.0.2.2:6001");
    for round in 0..5_000 {
        let source = if round % 2 == 0 { script.remote } else { other };
        let check = script.check().from(source).with(Attribute::UseCandidate);
        script.send(&check);
        script.now = script.now + Duration::from_millis(1);
    }
    let told = events(&mut script.agent);
    let changes =
        told.iter().filter(|event| matches!(event, Event::SelectedPairChanged(_))).count();
    assert!(changes <= 2, "{changes}");
    assert_eq!(script.agent.pairs().count(), 2);
}

#[test]
fn unknown_attributes_that_must_be_understood_are_refused() {
    // adversarial I16: a malformed or unknown nomination; rfc8489 §6.3.1.
    let mut script = controlled();
    script.answers = false;
    let unknown = Attribute::Other { attribute_type: AttributeType(0x7fff), value: &[1, 2, 3] };
    let check = script.check().from(addr("198.51.100.66:1")).with(unknown);
    let answer = ask(&mut script, &check);
    assert_eq!(error_of(&answer), Some(420));
    let message = Message::parse(&answer.payload).unwrap();
    let listed = message.attributes().find_map(|attribute| match attribute {
        Attribute::UnknownAttributes(types) => types.iter().next(),
        _ => None,
    });
    assert_eq!(listed, Some(AttributeType(0x7fff)));
    assert_eq!(script.agent.remote_candidates().count(), 1);
    // One that need not be understood is no hindrance: Chromium's GOOG-NETWORK-INFO.
    let optional =
        Attribute::Other { attribute_type: AttributeType(0xc057), value: &[0, 1, 0, 10] };
    let check = script.check().with(optional);
    let answer = ask(&mut script, &check);
    assert_eq!(class_of(&answer), Class::Success);
}

#[test]
fn priorities_foundations_and_components_out_of_range_are_skipped() {
    // adversarial I18.
    let mut script = controlled();
    script.answers = false;
    for priority in [0, 0x8000_0000, u32::MAX] {
        let check = script
            .check()
            .from(addr("198.51.100.66:1"))
            .without(|a| matches!(a, Attribute::Priority(_)))
            .with(Attribute::Priority(priority));
        let answer = ask(&mut script, &check);
        assert_eq!(error_of(&answer), Some(400), "{priority}");
        let mut candidate = Candidate::host(addr("192.0.2.9:5"));
        candidate.priority = priority;
        let refused = script.agent.add_remote_candidate(script.now, candidate);
        assert_eq!(refused, Err(CandidateError::Priority));
    }
    assert_eq!(script.agent.dropped().get(Dropped::Priority), 3);
    for component in [0, 2, 3, 257] {
        let mut candidate = Candidate::host(addr("192.0.2.9:5"));
        candidate.component = component;
        let refused = script.agent.add_remote_candidate(script.now, candidate);
        assert_eq!(refused, Err(CandidateError::Component));
    }
    for foundation in ["", "f:", &"f".repeat(33)] {
        let mut candidate = Candidate::host(addr("192.0.2.9:5"));
        candidate.foundation = (*foundation).into();
        let refused = script.agent.add_remote_candidate(script.now, candidate);
        assert_eq!(refused, Err(CandidateError::Foundation));
    }
    assert_eq!(script.agent.remote_candidates().count(), 1);
}

#[test]
fn a_jump_of_a_year_fires_every_timer_once() {
    // adversarial I20.
    let year = SECOND * 86_400 * 365;
    let mut script = Script::connected(config(1, Role::Controlling));
    script.run(SECOND);
    events(&mut script.agent);
    script.now = script.now + year;
    for _ in 0..3 {
        script.agent.handle_timeout(script.now);
    }
    assert_eq!(script.agent.state(), State::Failed);
    let told = events(&mut script.agent);
    assert_eq!(told, [Event::ConsentLost, Event::StateChanged(State::Failed)]);

    let mut script = controlled();
    script.answers = false;
    script.run(SECOND);
    script.now = script.now + year;
    let sent = script.sent.len();
    script.agent.handle_timeout(script.now);
    script.take();
    assert!(script.sent.len() <= sent + 1, "one check, not a year of them");
}

#[test]
fn the_end_of_time_overflows_nothing() {
    // adversarial I20.
    let mut script = controlled();
    script.answers = false;
    script.now = Instant::from_nanos(u64::MAX);
    for _ in 0..10 {
        script.agent.handle_timeout(script.now);
        script.take();
    }
    script.send(&script.check());
}

#[test]
fn time_that_stands_still_or_goes_back_does_no_harm() {
    // adversarial I20.
    let mut script = Script::connected(config(1, Role::Controlling));
    script.run(SECOND);
    let sent = script.sent.len();
    let (state, due) = (script.agent.state(), script.agent.poll_timeout());
    for now in [Instant::ZERO, script.now, Instant::from_millis(1), script.now] {
        for _ in 0..100 {
            script.agent.handle_timeout(now);
        }
    }
    script.take();
    assert_eq!(script.sent.len(), sent);
    assert_eq!((script.agent.state(), script.agent.poll_timeout()), (state, due));
}

#[test]
fn steps_of_one_nanosecond_send_no_more_than_the_pace_allows() {
    // adversarial I20.
    let mut script = controlled();
    script.answers = false;
    for _ in 0..10_000 {
        script.now = script.now + Duration::from_nanos(1);
        script.agent.handle_timeout(script.now);
    }
    script.take();
    assert_eq!(script.checks().len(), 1);
}

#[test]
fn an_answer_between_other_addresses_fails_the_check() {
    // rfc8445 §7.2.5.2.1.
    for wrong_side in [0, 1] {
        let mut script = controlled();
        let second = Candidate::host(addr("192.0.2.1:5001"));
        script.agent.add_local_candidate(script.now, second).unwrap();
        script.answers = false;
        script.run(Duration::from_millis(10));
        let check = script.last_check();
        let mut answer = script.success(&check);
        if wrong_side == 0 {
            answer.source = addr("192.0.2.66:6000");
        } else {
            answer.destination = addr("192.0.2.1:5001");
        }
        script.deliver(&answer);
        let pair = script.agent.pairs().find(|pair| pair.local == check.source).unwrap();
        assert_eq!(pair.state, PairState::Failed(PairFailure::Asymmetric));
        assert_eq!(script.agent.selected_pair(script.now), None);
    }
}

#[test]
fn malformed_and_strange_datagrams_are_counted_by_their_kind() {
    let mut script = Script::connected(config(1, Role::Controlled));
    script.run(SECOND);
    let (source, destination) = (script.remote, script.local);
    let packet = |payload: Vec<u8>| Packet { source, destination, payload };
    assert_dropped(&mut script, &packet(Vec::new()), Dropped::Malformed);
    assert_dropped(&mut script, &packet(vec![0; 20]), Dropped::Malformed);
    let genuine = script.encode(&script.check());
    for length in 0..genuine.payload.len() {
        let cut = packet(genuine.payload[..length].to_vec());
        assert_dropped(&mut script, &cut, Dropped::Malformed);
    }
    let elsewhere = Packet { destination: addr("192.0.2.1:9"), ..genuine.clone() };
    assert_dropped(&mut script, &elsewhere, Dropped::UnknownLocal);
    let nowhere = Packet { source: addr("0.0.0.0:9"), ..genuine };
    assert_dropped(&mut script, &nowhere, Dropped::Address);
    let mut allocate = Vec::new();
    MessageBuilder::new(Class::Request, Method::new(3).unwrap(), TransactionId::new([1; 12]))
        .encode(&mut allocate, None, true)
        .unwrap();
    assert_dropped(&mut script, &packet(allocate), Dropped::Method);
}

#[test]
fn no_change_of_one_byte_gets_through() {
    // Each byte of a check, changed: nothing is learnt from any of them.
    let mut script = controlled();
    script.answers = false;
    let check = script.check().from(addr("198.51.100.66:1"));
    let genuine = script.encode(&check);
    let before = fingerprint(&script.agent);
    for at in 0..genuine.payload.len() {
        let mut changed = genuine.clone();
        changed.payload[at] ^= 0x41;
        deliver(&mut script.agent, script.now, &changed);
    }
    assert_eq!(fingerprint(&script.agent), before);
    assert!(transmits(&mut script.agent, script.now).iter().all(is_request));
}

#[test]
fn an_answer_that_lacks_the_mapped_address_fails_the_check() {
    let mut script = controlled();
    script.answers = false;
    script.run(Duration::from_millis(10));
    let check = script.last_check();
    let software = Attribute::Software("no address");
    let answer = Script::response(&check, Class::Success, software, &script.credentials.pwd);
    script.deliver(&answer);
    let pair = script.agent.pairs().next().unwrap();
    assert_eq!(pair.state, PairState::Failed(PairFailure::BadResponse));
    assert_eq!(script.agent.dropped().get(Dropped::BadResponse), 1);
}

#[test]
fn a_peer_that_checks_faster_than_it_answers_is_still_found() {
    // Every check of the peer cancels ours (rfc8445 §7.3.1.4). With a long way to go, the answers
    // must still find a request that they belong to.
    let mut script = controlled();
    script.answers = false;
    let mut asked = 0;
    for _ in 0..60 {
        script.send(&script.check());
        script.run(Duration::from_millis(50));
        let checks = script.checks();
        // Answers take two seconds.
        let due = |at: Instant| script.now - at >= SECOND * 2;
        while let Some((at, check)) = checks.get(asked)
            && due(*at)
        {
            let answer = script.success(check);
            deliver(&mut script.agent, script.now, &answer);
            asked += 1;
        }
    }
    assert!(script.agent.selected_pair(script.now).is_some(), "{}", script.agent.explain());
}

#[test]
fn a_stranger_who_knows_everything_but_the_passwords_gets_nothing() {
    // The whole exchange is replayed from another address, in both directions.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.nominate();
    net.run_for(SECOND);
    let recorded = net.sent.clone();
    let before: Vec<_> = net.agents.iter().map(|agent| agent.selected_pair(net.now)).collect();
    for (_, mut packet) in recorded {
        let who = if packet.destination.port() == 5_000 { ALICE } else { BOB };
        packet.source = addr("198.51.100.66:666");
        net.inject(who, &packet);
    }
    net.run_for(SECOND * 60);
    // A replayed check is authentic, so it makes a peer-reflexive candidate; but nobody answers
    // there.
    let after: Vec<_> = net.agents.iter().map(|agent| agent.selected_pair(net.now)).collect();
    assert_eq!(before, after);
    let key = IntegrityKey::short_term(&*ring::provider(), "anotherpasswordof24chars");
    assert!(net.sent.iter().all(|(_, packet)| {
        Message::parse(&packet.payload).unwrap().verify_integrity(&key).is_err()
    }));
}
