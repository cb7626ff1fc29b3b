//! The life of a track through renegotiation.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use lariat_peer::{Direction, Event, MediaKind, SessionDescription, TransceiverId};
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Begins,
    Muted,
    Unmuted,
    Ends,
}

/// What a side was told of tracks since it was last asked.
fn told(pair: &mut Pair, side: usize) -> Vec<(TransceiverId, Told)> {
    let events = core::mem::take(&mut pair.side(side).events);
    let told = events.into_iter().filter_map(|event| match event {
        Event::Track { transceiver, .. } => Some((transceiver, Told::Begins)),
        Event::TrackMuted(id) => Some((id, Told::Muted)),
        Event::TrackUnmuted(id) => Some((id, Told::Unmuted)),
        Event::TrackEnded(id) => Some((id, Told::Ends)),
        _ => None,
    });
    told.collect()
}

fn add(pair: &mut Pair, side: usize, direction: Direction) -> TransceiverId {
    pair.with(side, |peer, _| peer.add_transceiver(MediaKind::Audio, direction)).unwrap()
}

fn connected(direction: Direction) -> (Pair, TransceiverId, TransceiverId) {
    let mut pair = Pair::new(1, Link::default());
    let ours = add(&mut pair, 0, direction);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    let told = told(&mut pair, 1);
    assert!(matches!(told[..], [(_, Told::Begins)]), "{told:?}");
    (pair, ours, told[0].0)
}

#[test]
fn a_track_is_muted_and_unmuted_with_its_direction_and_stays_the_same() {
    let (mut pair, ours, theirs) = connected(Direction::SendOnly);
    for (direction, expected) in [
        (Direction::Inactive, Some(Told::Muted)),
        (Direction::RecvOnly, None),
        (Direction::SendRecv, Some(Told::Unmuted)),
        (Direction::SendOnly, None),
        (Direction::Inactive, Some(Told::Muted)),
        (Direction::SendOnly, Some(Told::Unmuted)),
    ] {
        pair.with(0, |peer, _| peer.set_direction(ours, direction)).unwrap();
        // An offer alone changes nothing.
        let offer = pair.with(0, |peer, now| {
            let offer = peer.create_offer().unwrap();
            peer.set_local_description(now, &offer).unwrap();
            peer.set_local_description(now, &SessionDescription::rollback()).unwrap();
            offer
        });
        pair.with(1, |peer, now| peer.set_remote_description(now, &offer)).unwrap();
        pair.with(1, |peer, now| peer.set_remote_description(now, &SessionDescription::rollback()))
            .unwrap();
        assert_eq!(told(&mut pair, 1), []);
        pair.negotiate(0);
        let expected: Vec<_> = expected.into_iter().map(|told| (theirs, told)).collect();
        assert_eq!(told(&mut pair, 1), expected, "{direction:?}");
        assert_eq!(told(&mut pair, 0), []);
    }
}

#[test]
fn a_track_ends_when_either_side_stops_its_transceiver() {
    for (stopping, is_muted) in [(0, false), (1, false), (0, true), (1, true)] {
        let (mut pair, ours, theirs) = connected(Direction::SendOnly);
        if is_muted {
            pair.with(0, |peer, _| peer.set_direction(ours, Direction::Inactive)).unwrap();
            pair.negotiate(0);
            assert_eq!(told(&mut pair, 1), [(theirs, Told::Muted)]);
        }
        let id = if stopping == 0 { ours } else { theirs };
        pair.with(stopping, |peer, _| peer.stop_transceiver(id)).unwrap();
        // Whoever stops it has stopped it.
        let at_once = if stopping == 1 { vec![(theirs, Told::Ends)] } else { vec![] };
        assert_eq!(told(&mut pair, 1), at_once);
        pair.negotiate(stopping);
        let later = if stopping == 0 { vec![(theirs, Told::Ends)] } else { vec![] };
        assert_eq!(told(&mut pair, 1), later);
        // What comes next is of another transceiver, and another track.
        add(&mut pair, 0, Direction::SendOnly);
        pair.negotiate(0);
        let next = told(&mut pair, 1);
        assert!(!next.is_empty());
        assert!(next.iter().all(|(id, told)| *id != theirs && *told == Told::Begins), "{next:?}");
    }
}

#[test]
fn a_track_of_a_rejected_section_ends_and_a_new_agreement_begins_another() {
    let mut pair = Pair::new(2, Link::default());
    // Something else keeps the transport.
    pair.open_channel(0, "x");
    let ours = add(&mut pair, 0, Direction::SendRecv);
    let theirs = add(&mut pair, 1, Direction::SendRecv);
    pair.negotiate(0);
    pair.run_until(MINUTE, |pair| pair.is_connected());
    assert_eq!(told(&mut pair, 0), [(ours, Told::Begins)]);
    assert_eq!(told(&mut pair, 1), [(theirs, Told::Begins)]);
    // They stop theirs: the section is rejected, and ours, which was not stopped, has none.
    pair.with(1, |peer, _| peer.stop_transceiver(theirs)).unwrap();
    assert_eq!(told(&mut pair, 1), [(theirs, Told::Ends)]);
    pair.negotiate(1);
    assert_eq!(told(&mut pair, 0), [(ours, Told::Ends)]);
    add(&mut pair, 1, Direction::SendRecv);
    pair.negotiate(0);
    assert_eq!(told(&mut pair, 0), [(ours, Told::Begins)]);
}

#[test]
fn the_end_of_a_connection_ends_every_track_once() {
    for is_closed in [true, false] {
        let mut pair = Pair::new(3, Link::default());
        let [ours, theirs] = [0, 1].map(|side| add(&mut pair, side, Direction::SendRecv));
        pair.negotiate(0);
        pair.run_until(MINUTE, |pair| pair.is_connected());
        assert_eq!(told(&mut pair, 0), [(ours, Told::Begins)]);
        assert_eq!(told(&mut pair, 1), [(theirs, Told::Begins)]);
        pair.with(0, |peer, _| peer.set_direction(ours, Direction::RecvOnly)).unwrap();
        pair.negotiate(0);
        assert_eq!(told(&mut pair, 1), [(theirs, Told::Muted)]);
        if is_closed {
            pair.with(0, |peer, now| peer.close(now));
        } else {
            pair.simulation().set_link(Link { loss: 1.0, ..Link::default() });
        }
        pair.run_until(MINUTE * 2, |pair| (0..2).all(|side| pair.peer(side).is_closed()));
        assert_eq!(told(&mut pair, 0), [(ours, Told::Ends)]);
        assert_eq!(told(&mut pair, 1), [(theirs, Told::Ends)]);
    }
}
