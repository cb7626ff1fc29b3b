//! The examples of the RFCs, read and written back.

use lariat_sdp::{Direction, Line, RidDirection, Session};

macro_rules! examples {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("data/", $name, ".sdp")))),*]
    };
}

const EXAMPLES: &[(&str, &str)] = examples![
    "rfc3264-02",
    "rfc4585-02",
    "rfc8829-06",
    "rfc8829-08",
    "rfc8829-10",
    "rfc8839-08",
    "rfc8853-05",
    "rfc8853-07",
    "rfc8866-03",
    "rfc8866-13",
    "rfc9143-01",
    "rfc9143-04",
];

fn example(name: &str) -> Session {
    let found = EXAMPLES.iter().find(|(own, _)| *own == name);
    let (_, text) = found.expect("an example of this name");
    Session::parse(text).expect("examples are well-formed")
}

#[test]
fn every_example_is_written_back_as_it_was() {
    for (name, text) in EXAMPLES {
        let session = Session::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = session.write().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(written, *text, "{name}");
        assert_eq!(Session::parse(&written), Ok(session), "{name}");
    }
}

#[test]
fn lines_that_webrtc_has_no_use_for_are_kept() {
    let session = example("rfc8866-03");
    let letters: String = session
        .lines
        .iter()
        .filter_map(|line| match line {
            Line::Other { letter, .. } => Some(*letter),
            _ => None,
        })
        .collect();
    assert_eq!(letters, "iuep");
    assert!(session.lines.contains(&Line::Timing { start: 0, stop: 0 }));
}

#[test]
fn a_direction_at_the_session_is_the_default_for_its_media() {
    // rfc8866 §6.7
    let session = example("rfc8866-13");
    let directions = session.media.iter().map(|media| session.direction(media));
    assert!(directions.eq([Direction::SendRecv, Direction::Inactive, Direction::Inactive]));
    assert_eq!(session.media[1].direction(), Direction::SendRecv, "without the session's");
}

#[test]
fn a_zero_port_is_no_refusal_inside_a_bundle() {
    // rfc9143 §6, §7.3.5
    let offer = example("rfc9143-04");
    assert!(offer.bundle().eq(["foo", "bar"]));
    let bar = offer.media_by_mid("bar").unwrap();
    assert_eq!(bar.port, 0);
    assert!(!bar.is_rejected());
}

#[test]
fn alternatives_and_pauses_of_simulcast_are_understood() {
    // rfc8853 §5.6.2
    let session = example("rfc8853-07");
    let bar = session.media_by_mid("bar").unwrap();
    let streams = bar.simulcast().unwrap().streams(RidDirection::Send);
    let third: Vec<_> = streams[2].iter().map(|it| (it.rid.as_str(), it.paused)).collect();
    assert_eq!(third, [("4", true), ("3", false)]);
    let first = bar.rids().next().unwrap();
    assert_eq!(first.payload_types, [100]);
    assert_eq!(first.restrictions[0], ("max-width".into(), Some("1280".into())));
    assert!(bar.feedback(103).eq(["ccm pause nowait"]));
}

#[test]
fn the_examples_of_jsep_carry_ice_where_it_is_needed() {
    // rfc8829 §7.2: what is only usable inside its bundle has no transport of its own.
    let session = example("rfc8829-08");
    let [audio, data] = session.media.as_slice() else { panic!("two media descriptions") };
    assert_eq!(session.ice_credentials(audio).map(|it| it.ufrag), Some("ATEn"));
    assert_eq!(session.ice_credentials(data), None);
    assert!(session.ice_options(data).eq(["trickle", "ice2"]));
    assert!(!data.is_rejected());
    // rfc8829 §7.1: candidates in the description itself.
    for media in &example("rfc8829-06").media {
        assert!(session.ice_options(media).eq(["trickle", "ice2"]));
        assert_eq!(media.candidates().count(), 2);
        assert!(media.candidates().all(|candidate| candidate.ends_with(" typ host")));
    }
}
