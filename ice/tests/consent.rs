//! Consent freshness (RFC 7675).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::script::{Script, id_of, nominates};
use common::{ALICE, BOB, Net, Packet, addr, config, deliver, events};
use lariat_base::Instant;
use lariat_ice::{Dropped, Event, FailureReason, Role, State};
use lariat_stun::{Attribute, Class, ErrorCode};

const SECOND: Duration = Duration::from_secs(1);

fn connected() -> Script {
    let mut script = Script::connected(config(1, Role::Controlling));
    script.agent.end_of_remote_candidates(script.now);
    script.run(SECOND);
    assert_eq!(script.agent.state(), State::Completed);
    events(&mut script.agent);
    script
}

/// The checks sent from `from` on.
fn since(script: &Script, from: Instant) -> Vec<(Instant, Packet)> {
    script.checks().into_iter().filter(|(at, _)| *at >= from).collect()
}

#[test]
fn consent_is_asked_for_every_four_to_six_seconds_with_new_ids() {
    // rfc7675 §5.1.
    let mut script = connected();
    let start = script.now;
    script.run(SECOND * 600);
    let checks = since(&script, start);
    let gaps: Vec<Duration> = checks.windows(2).map(|two| two[1].0 - two[0].0).collect();
    assert!(gaps.len() >= 95, "{}", gaps.len());
    assert!(gaps.iter().all(|gap| (4 * SECOND..=6 * SECOND).contains(gap)), "{gaps:?}");
    let distinct: BTreeSet<Duration> = gaps.iter().copied().collect();
    assert!(distinct.len() > 90, "each interval is drawn anew");
    let ids: BTreeSet<_> = checks.iter().map(|(_, check)| *id_of(check).as_bytes()).collect();
    assert_eq!(ids.len(), checks.len());
    assert!(checks.iter().all(|(_, check)| !nominates(check)));
    assert_eq!(script.agent.state(), State::Completed);
}

#[test]
fn consent_expires_thirty_seconds_after_the_last_answer() {
    // rfc7675 §5.1, adversarial I11.
    let mut script = connected();
    let last = script.agent.last_response().unwrap();
    script.answers = false;
    let instant = Duration::from_nanos(1);
    script.run(last + 30 * SECOND - script.now - instant);
    assert!(script.agent.selected_pair(script.now).is_some(), "not before");
    assert_eq!(script.agent.state(), State::Disconnected);
    script.run(instant * 2);
    assert_eq!(script.agent.selected_pair(script.now), None);
    assert_eq!(script.agent.failure(), Some(FailureReason::ConsentExpired));
    assert!(!script.agent.is_validated(script.local, script.remote));
    let told = events(&mut script.agent);
    let end = [Event::RestartNeeded, Event::ConsentLost, Event::StateChanged(State::Failed)];
    assert_eq!(told, [&[Event::StateChanged(State::Disconnected)][..], &end].concat());
    let sent = script.sent.len();
    script.run(SECOND * 600);
    assert_eq!(script.sent.len(), sent, "and nothing is sent any more");
    assert_eq!(script.agent.poll_timeout(), None);
}

#[test]
fn one_lost_answer_is_no_disconnection() {
    let mut script = connected();
    let mut asked = script.checks().len();
    script.answers = false;
    for round in 0..50 {
        script.run(SECOND);
        let checks = script.checks();
        // Every other check is answered.
        if let Some((_, check)) = checks.get(asked) {
            if asked.is_multiple_of(2) {
                let answer = script.success(check);
                script.deliver(&answer);
            }
            asked += 1;
        }
        assert_eq!(script.agent.state(), State::Completed, "round {round}");
    }
}

#[test]
fn an_answer_ends_a_disconnection() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.end_of_candidates();
    net.nominate();
    net.run_for(SECOND);
    net.lose(|_| true);
    net.run_for(SECOND * 20);
    assert!(net.both(|agent| agent.state() == State::Disconnected));
    assert!(net.both(|agent| agent.selected_pair(net.now).is_some()), "consent is not lost yet");
    net.lose_none();
    net.run_for(SECOND * 7);
    assert!(net.both(|agent| agent.state() == State::Completed));
    assert_eq!(net.selections(ALICE).len(), 1, "the pair never changed");
    net.run_for(SECOND * 120);
    assert_eq!(
        net.states(ALICE),
        [
            State::Checking,
            State::Connected,
            State::Completed,
            State::Disconnected,
            State::Completed
        ]
    );
}

#[test]
fn only_an_authentic_answer_to_an_open_request_keeps_consent() {
    // adversarial I11: wrong MESSAGE-INTEGRITY, replayed ids, wrong addresses.
    let mut script = connected();
    let genuine = script.success(&script.last_check());
    script.answers = false;
    let last = script.agent.last_response().unwrap();
    let end = last + 30 * SECOND;
    while script.now < end {
        script.run(SECOND);
        let check = script.last_check();
        let mapped = Attribute::XorMappedAddress(check.source);
        let forged = Script::response(&check, Class::Success, mapped, "wrongpasswordwrongpassword");
        let mut unknown = script.success(&check);
        unknown.payload[8] ^= 1;
        for packet in [forged, genuine.clone(), unknown] {
            script.deliver(&packet);
        }
    }
    let dropped = script.agent.dropped();
    assert!(dropped.get(Dropped::Integrity) >= 20);
    assert!(dropped.get(Dropped::UnknownTransaction) >= 20, "replays");
    assert_eq!(script.agent.failure(), Some(FailureReason::ConsentExpired));
}

#[test]
fn an_answer_from_another_address_does_not_keep_consent() {
    // rfc7675 §5.1: from the peer's transport address.
    let mut script = connected();
    script.answers = false;
    for _ in 0..31 {
        script.run(SECOND);
        let mut answer = script.success(&script.last_check());
        answer.source = addr("192.0.2.66:6000");
        script.deliver(&answer);
    }
    assert_eq!(script.agent.failure(), Some(FailureReason::ConsentExpired));
    assert!(script.agent.dropped().get(Dropped::Asymmetric) >= 4);
}

#[test]
fn an_answer_to_an_earlier_consent_check_counts() {
    // rfc7675 §5.1: it need not be the latest request that is answered.
    let mut script = connected();
    script.answers = false;
    let start = script.now;
    script.run(SECOND * 13);
    let checks = since(&script, start);
    assert!(checks.len() >= 2);
    let answer = script.success(&checks[0].1);
    script.deliver(&answer);
    assert_eq!(script.agent.last_response(), Some(script.now));
    assert_eq!(script.agent.state(), State::Completed);
}

#[test]
fn lost_consent_does_not_come_back() {
    // rfc7675 §5.1: neither by a late answer nor by the peer's checks.
    let mut script = connected();
    script.answers = false;
    script.run(SECOND * 31);
    let late = script.success(&script.last_check());
    script.deliver(&late);
    let check = script.check().with(Attribute::UseCandidate);
    let sent = script.send(&check);
    assert!(sent.iter().all(|packet| !common::script::is_request(packet)));
    script.run(SECOND * 10);
    assert_eq!(script.agent.state(), State::Failed);
    assert_eq!(script.agent.selected_pair(script.now), None);
}

#[test]
fn a_check_that_has_not_left_stays_when_consent_is_gone() {
    let mut script = connected();
    script.answers = false;
    let due = script.agent.poll_timeout().unwrap();
    assert_eq!(due.reason, "consent check");
    script.agent.handle_timeout(due.at);
    script.agent.handle_timeout(due.at + SECOND * 31);
    assert_eq!(script.agent.state(), State::Failed);
    assert!(script.take().is_empty());
}

#[test]
fn who_wakes_up_sends_nothing_first_in_whatever_order_he_asks() {
    // rfc7675 §5.1: the machine slept for two minutes, and nobody has called `handle_timeout` yet.
    for order in 0..3 {
        let mut script = connected();
        script.answers = false;
        // A consent check is queued and has not left.
        let due = script.agent.poll_timeout().unwrap();
        script.agent.handle_timeout(due.at);
        let woken = script.now + 120 * SECOND;
        let mut bytes = Vec::new();
        match order {
            0 => assert_eq!(script.agent.selected_pair(woken), None),
            1 => assert!(script.agent.poll_transmit(woken, &mut bytes).is_none()),
            _ => script.deliver(&Packet { payload: vec![0; 20], ..script.last_check() }).clear(),
        }
        assert!(script.agent.poll_transmit(woken, &mut bytes).is_none(), "order {order}");
        assert_eq!(script.agent.selected_pair(woken), None, "order {order}");
        assert!(bytes.is_empty());
    }
}

#[test]
fn consent_that_ran_out_is_gone_to_the_nanosecond() {
    let script = connected();
    let end = script.agent.last_response().unwrap() + 30 * SECOND;
    let before = Instant::from_nanos(end.as_nanos() - 1);
    assert!(script.agent.selected_pair(before).is_some());
    assert_eq!(script.agent.selected_pair(end), None);
    // Asking changes nothing: who asks with a wrong clock does no harm.
    assert!(script.agent.selected_pair(script.now).is_some());
}

#[test]
fn every_pair_that_works_is_kept_fresh_until_one_is_nominated() {
    let mut script = Script::strangers(config(1, Role::Controlled));
    script.introduce();
    let other = addr("192.0.2.2:7000");
    script.send(&script.check());
    script.send(&script.check().from(other));
    script.run(SECOND * 120);
    assert!(script.agent.pairs().all(|pair| pair.responses_received > 15));
    // So a nomination, however late, takes effect at once.
    script.answers = false;
    script.send(&script.check().from(other).with(Attribute::UseCandidate));
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, other);
}

#[test]
fn a_403_ends_consent_at_once() {
    // rfc7675 §5.2.
    const FORBIDDEN: ErrorCode<'_> = ErrorCode { code: 403, reason: "Forbidden" };
    let mut script = connected();
    script.answers = false;
    let start = script.now;
    script.run(SECOND * 7);
    let check = since(&script, start).pop().unwrap().1;
    let attribute = Attribute::ErrorCode(FORBIDDEN);
    let forged = Script::response(&check, Class::Error, attribute, "wrongpasswordwrongpassword");
    script.deliver(&forged);
    assert!(script.agent.selected_pair(script.now).is_some());
    let revoked = script.error(&check, FORBIDDEN);
    script.deliver(&revoked);
    assert_eq!(script.agent.selected_pair(script.now), None);
    assert_eq!(script.agent.failure(), Some(FailureReason::ConsentRevoked));
}

#[test]
fn pairs_that_are_not_used_are_left_alone() {
    // rfc8445 §11: once pairs are selected, keepalives are sent on those only.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(ALICE, "192.0.2.1:5001");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.end_of_candidates();
    net.nominate();
    net.run_for(SECOND * 3);
    let sent = net.sent.len();
    net.run_for(SECOND * 60);
    let pair = net.agents[ALICE].selected_pair(net.now).unwrap();
    assert!(net.sent[sent..].len() > 20);
    assert!(net.sent[sent..].iter().all(|(_, packet)| {
        [packet.source, packet.destination].contains(&pair.local)
            && [packet.source, packet.destination].contains(&pair.remote)
    }));
}

#[test]
fn a_spare_pair_is_checked_again_before_it_is_used() {
    // It worked minutes ago; the peer nominates it now.
    let mut script = Script::strangers(config(1, Role::Controlled));
    script.introduce();
    let spare = addr("192.0.2.2:7000");
    script.send(&script.check().from(spare));
    script.run(Duration::from_millis(100));
    script.send(&script.check().with(Attribute::UseCandidate));
    script.run(SECOND * 90);
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, script.remote);
    script.answers = false;
    let better = script.check().from(spare).with(Attribute::UseCandidate);
    script.send(&better);
    script.run(Duration::from_millis(100));
    let nominated = script.agent.pairs().filter(|pair| pair.nominated).count();
    assert_eq!(nominated, 1, "not before it has answered");
    let check = script.last_check();
    assert_eq!(check.destination, spare);
    let answer = script.success(&check);
    deliver(&mut script.agent, script.now, &answer);
    assert_eq!(script.agent.pairs().filter(|pair| pair.nominated).count(), 2);
}

#[test]
fn a_path_that_loses_a_fifth_each_way_keeps_its_consent() {
    // Of consent checks alone, six in a row would go unanswered several times in this time.
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "198.51.100.1:6000");
    net.exchange_credentials();
    net.connect();
    net.link.loss = 0.2;
    net.run_for(SECOND * 3_600 * 3);
    assert!(net.both(|agent| agent.selected_pair(net.now).is_some()), "{}", net.explain());
}
