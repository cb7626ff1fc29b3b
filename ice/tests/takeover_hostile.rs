//! Attempts to make the pair in use hop, or to make us send for it; and peers that do not follow.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::call::Call;
use common::script::{Script, is_request, nominates};
use common::{ALICE, BOB, Packet, addr, config, events};
use lariat_ice::{Candidate, Event, FailureReason, Role, State, limits};
use lariat_stun::{Attribute, ErrorCode};

const SECOND: Duration = Duration::from_secs(1);

fn two_paths(role: Role) -> Call {
    let mut call = Call::with_role(role);
    for port in [1, 2] {
        call.host(ALICE, &format!("192.0.2.1:{port}"));
        call.host(BOB, &format!("198.51.100.1:{port}"));
    }
    call.begin(true);
    call
}

fn switches(call: &Call, who: usize) -> usize {
    call.count_events(who, |event| matches!(event, Event::SelectedPairChanged(_)))
}

/// The STUN messages sent to others than the two agents' own addresses.
fn sent_to(call: &Call, target: std::net::SocketAddr) -> usize {
    call.sent.iter().filter(|(_, packet)| packet.destination == target).count()
}

#[test]
fn a_path_that_comes_and_goes_does_not_make_the_pair_hop() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut call = two_paths(role);
        let before = [switches(&call, ALICE), switches(&call, BOB)];
        let start = call.now;
        // Whoever sits on the paths lets one through at a time, in turns of three seconds.
        for round in 0..60_u16 {
            let alive = 1 + round % 2;
            call.kill(move |way| way.ports.0 != alive);
            call.run(SECOND * 3);
        }
        let time = call.now - start;
        let most = limits::MAX_SWITCH_BURST as u64
            + time.as_secs() * 1_000 / limits::SWITCH_INTERVAL_MILLIS
            + 1;
        for who in [ALICE, BOB] {
            let count = (switches(&call, who) - before[who]) as u64;
            assert!(count <= most, "{count} of {most}\n{}", call.explain());
        }
        // It costs checks, and not many: the two sides and all pairs together.
        let per_second = call.sent.len() as u64 / time.as_secs();
        assert!(per_second < 25, "{per_second}");
        call.lose_none();
        call.run(SECOND * 10);
        assert!(call.agents.iter().all(|agent| agent.selected_pair(call.now).is_some()));
    }
}

#[test]
fn replays_and_spoofed_sources_change_nothing_and_get_little() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut call = two_paths(role);
        let selected = |call: &Call| {
            call.agents.each_ref().map(|agent| agent.selected_pair(call.now).unwrap())
        };
        let before = selected(&call);
        let recorded: Vec<Packet> = call.sent.iter().map(|(_, packet)| packet.clone()).collect();
        let stranger = addr("203.0.113.66:666");
        let events = call.events.each_ref().map(Vec::len);
        let sent = call.sent.len();
        // Every message that was ever sent, twenty times a second, as it was and from elsewhere.
        for round in 0..1_200 {
            let packet = &recorded[round % recorded.len()];
            call.replay(packet, packet.source);
            call.replay(packet, stranger);
            call.run(Duration::from_millis(50));
        }
        assert_eq!(selected(&call), before);
        for who in [ALICE, BOB] {
            let hops = |(_, event): &&(_, Event)| matches!(event, Event::SelectedPairChanged(_));
            assert_eq!(call.events[who][events[who]..].iter().filter(hops).count(), 0);
            assert!(call.longest_gap(who, call.now) < SECOND);
        }
        let checks = |(_, packet): &&(_, Packet)| is_request(packet);
        let checks = call.sent[sent..].iter().filter(checks).count();
        // Sixty seconds: at most one a second of the pair in use, the consent checks, and the
        // stranger's own.
        let most = 2 * (60 + 15) + 2 * limits::MAX_UNANSWERED_CHECKS_PER_ADDRESS as usize;
        assert!(checks <= most, "{checks}");
        let aimed = |(_, packet): &&(_, Packet)| packet.destination == stranger;
        let aimed = call.sent[sent..].iter().filter(aimed).map(|(_, packet)| packet.payload.len());
        let received: usize = recorded.iter().cycle().take(1_200).map(|p| p.payload.len()).sum();
        assert!(aimed.sum::<usize>() <= received * 2, "an answer to each, and few checks");
        assert!(sent_to(&call, stranger) > 0);
    }
}

#[test]
fn a_pause_in_talking_costs_a_check_and_no_pair() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut call = two_paths(role);
        let before = [switches(&call, ALICE), switches(&call, BOB)];
        let sent = call.sent.len();
        for _ in 0..20 {
            call.talks = false;
            call.run(SECOND * 3);
            call.talks = true;
            call.resume();
            call.run(SECOND * 3);
        }
        assert_eq!([switches(&call, ALICE), switches(&call, BOB)], before);
        let checks = call.sent[sent..].iter().filter(|(_, packet)| is_request(packet)).count();
        // Each side: one for each pause, and consent for two minutes.
        assert!(checks <= 2 * (20 + 30) + 20, "{checks}");
        assert_eq!(call.count_events(ALICE, |event| *event == Event::RestartNeeded), 0);
    }
}

#[test]
fn without_another_path_the_owner_is_told_to_restart_and_then_of_the_end() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut call = Call::with_role(role);
        call.host(ALICE, "192.0.2.1:1");
        call.host(BOB, "198.51.100.1:1");
        call.begin(true);
        call.lose(|_| true);
        let start = call.now;
        call.run(SECOND * 100);
        for who in [ALICE, BOB] {
            let told = |wanted: &Event| {
                let mut all = call.events[who].iter().filter(|(_, event)| event == wanted);
                let at = all.next().map(|(at, _)| *at - start);
                assert!(all.next().is_none(), "told once");
                at.unwrap()
            };
            let restart = told(&Event::RestartNeeded);
            assert!((SECOND * 5..SECOND * 8).contains(&restart), "{restart:?}");
            let lost = told(&Event::ConsentLost);
            assert!((SECOND * 23..=SECOND * 31).contains(&lost), "{lost:?}");
            assert_eq!(call.agents[who].failure(), Some(FailureReason::ConsentExpired));
            let text = call.agents[who].explain().to_string();
            assert!(!text.contains("works, and is not used"), "{text}");
        }
    }
}

/// A call on `old` that dies; on `new` the peer answers, and sends no traffic. Returns what the
/// owner is told in the ten seconds after.
fn leave(script: &mut Script, answer: impl Fn(&Script, &Packet) -> Packet) -> Vec<Event> {
    let (old, new) = (addr("192.0.2.2:6000"), addr("192.0.2.2:7000"));
    for (remote, preference) in [(old, 60_000), (new, 1)] {
        let candidate = Candidate::host(remote).with_local_preference(preference);
        script.agent.add_remote_candidate(script.now, candidate).unwrap();
    }
    script.run(SECOND * 5);
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, old);
    for _ in 0..10 {
        script.run(Duration::from_millis(200));
        script.agent.on_traffic(script.now, script.local, old);
    }
    script.answers = false;
    let mut answered = script.checks().len();
    let mut told = Vec::new();
    for _ in 0..100 {
        script.run(Duration::from_millis(100));
        let checks = script.checks();
        for (_, check) in &checks[answered..] {
            if check.destination == new {
                let answer = answer(script, check);
                script.deliver(&answer);
            }
        }
        answered = checks.len();
        told.extend(events(&mut script.agent));
    }
    assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, new);
    told
}

#[test]
fn a_peer_that_does_not_come_along_is_told_of() {
    // rfc8445 §8.1.1: the peer need not take a second nomination.
    let mut script = Script::strangers(config(1, Role::Controlling));
    script.introduce();
    let told = leave(&mut script, Script::success);
    assert_eq!(told.iter().filter(|event| **event == Event::RestartNeeded).count(), 1);
    assert!(matches!(script.agent.state(), State::Connected | State::Completed));
    let text = script.agent.explain().to_string();
    assert!(text.contains("works, and is nominated"), "{text}");
}

#[test]
fn a_peer_that_refuses_a_second_nomination_keeps_the_pair_that_works() {
    let mut script = Script::strangers(config(1, Role::Controlling));
    script.introduce();
    let told = leave(&mut script, |script, check| {
        if nominates(check) {
            script.error(check, ErrorCode::BAD_REQUEST)
        } else {
            script.success(check)
        }
    });
    assert!(told.contains(&Event::RestartNeeded));
    let nominations = script.checks().iter().filter(|(_, check)| nominates(check)).count();
    assert_eq!(nominations, 2, "one for each pair, and none again");
    assert!(matches!(script.agent.state(), State::Connected | State::Completed));
}

#[test]
fn an_agent_without_an_address_waits_for_another_and_then_says_why_it_failed() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut call = Call::with_role(role);
        call.host(ALICE, "192.0.2.1:1");
        call.host(BOB, "198.51.100.1:1");
        call.begin(true);
        call.run(SECOND * 40);
        let gone = addr("192.0.2.1:1");
        call.unplug(ALICE, gone);
        assert_eq!(call.agents[ALICE].selected_pair(call.now), None);
        assert!(!call.agents[ALICE].is_validated(gone, addr("198.51.100.1:1")));
        // Another network, three seconds later; Bob learns of it from the checks.
        call.run(SECOND * 3);
        call.host(ALICE, "203.0.113.1:1");
        let from = call.now;
        call.run(SECOND * 20);
        for who in [ALICE, BOB] {
            let gap = call.longest_gap(who, from);
            assert!(gap <= SECOND * 2, "{role}: {gap:?}\n{}", call.explain());
        }
        // And then none comes.
        call.unplug(ALICE, addr("203.0.113.1:1"));
        call.run(SECOND * 10);
        assert_eq!(call.agents[ALICE].failure(), Some(FailureReason::AddressRemoved));
    }
}

#[test]
fn what_goes_on_in_an_outage_can_be_read() {
    let mut call = two_paths(Role::Controlling);
    call.lose(|_| true);
    call.run(SECOND * 3);
    let text = call.agents[ALICE].explain().to_string();
    for line in [
        "the pair in use does not answer; all others are checked again",
        "worked, and the peer does not answer at present",
        "checked, no answer yet",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("in reserve"), "{text}");
}

#[test]
fn a_pair_that_took_over_and_dies_too_gives_way_to_the_first() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut call = two_paths(role);
        for dead in [1, 2, 1, 2] {
            call.kill(move |way| way.ports.0 == dead);
            // Within the 30 seconds in which consent for the other lasts.
            let from = call.now;
            call.run(SECOND * 12);
            for who in [ALICE, BOB] {
                let gap = call.longest_gap(who, from);
                assert!(gap <= SECOND * 2, "{role}, {dead}: {gap:?}\n{}", call.explain());
            }
        }
    }
}

#[test]
fn the_traffic_of_a_controlling_peer_is_followed_only_where_it_answers() {
    // Its nomination was lost, or it makes none; or somebody carries its datagrams elsewhere.
    for answers in [true, false] {
        let mut script = Script::strangers(config(1, Role::Controlled));
        script.introduce();
        let (old, new) = (addr("192.0.2.2:6000"), addr("192.0.2.2:7000"));
        script.send(&script.check().from(new));
        script.send(&script.check().from(old).with(Attribute::UseCandidate));
        script.run(SECOND * 20);
        assert_eq!(script.agent.selected_pair(script.now).unwrap().remote, old);
        script.answers = answers;
        for _ in 0..6 {
            script.agent.on_traffic(script.now, script.local, new);
            script.run(Duration::from_millis(200));
        }
        let used = script.agent.selected_pair(script.now).unwrap().remote;
        assert_eq!(used, if answers { new } else { old });
        assert!(script.checks().last().is_some_and(|(_, check)| check.destination == new));
    }
}
