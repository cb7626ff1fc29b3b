//! What an attacker could do with channels (adversarial C15, C23, C25).

mod common;

use std::time::Duration;

use common::by_hand::ByHand;
use common::wire::{Init, chunk, data, parameter, reset, reset_response, u32_at};
use lariat_sctp::{ChannelConfig, Config, Dropped, Event, MessageKind, limits};

const FIRST: u32 = Init::PLAIN.tsn;
const DCEP: u32 = 50;
const TEXT: u32 = 51;
const BINARY: u32 = 53;

fn open(label: &[u8]) -> Vec<u8> {
    let mut message = vec![3, 0, 1, 0, 0, 0, 0, 0];
    message.extend(u16::try_from(label.len()).unwrap_or(u16::MAX).to_be_bytes());
    message.extend([0, 0]);
    message.extend(label);
    message
}

/// The peer is played by the test and sends its messages one after the other.
struct Peer {
    end: ByHand,
    tsn: u32,
}

impl Peer {
    fn new() -> Self {
        Self::with(Config::default())
    }

    /// The end takes as many channels as there can be.
    fn unlimited() -> Self {
        Self::with(Config { max_incoming_channels: usize::MAX, ..Config::default() })
    }

    fn with(config: Config) -> Self {
        Self { end: ByHand::with(config, Init::PLAIN), tsn: FIRST }
    }

    fn say(&mut self, stream: u16, ssn: u16, ppid: u32, payload: &[u8]) {
        self.end.give(&[data(3, self.tsn, stream, ssn, ppid, payload)]);
        self.tsn += 1;
    }

    /// Acknowledges everything, and gives the streams that the end asked to reset and the request's
    /// number.
    fn resets(&mut self) -> Option<(u32, Vec<u16>)> {
        let mut found = None;
        for _ in 0..3 {
            for (kind, _, value) in self.end.sent() {
                if kind == 0 {
                    let ack = common::wire::sack(u32_at(&value, 0), 1 << 20, &[]);
                    self.end.give(&[ack]);
                }
                if kind == 130 {
                    found = common::wire::reset_request(&value).or(found);
                }
            }
        }
        found
    }

    /// An open channel of the peer's.
    fn channel(&mut self, stream: u16) -> lariat_sctp::ChannelId {
        self.say(stream, 0, DCEP, &open(b"x"));
        match self.end.events().as_slice() {
            [Event::ChannelIncoming(id, _), ..] => *id,
            other => panic!("{other:?}"),
        }
    }
}

// adversarial C23
#[test]
fn opens_that_are_not_valid_close_their_stream_alone() {
    let mut utf8 = open(b"ab");
    utf8[13] = 0xff;
    let mut label = open(b"ab");
    label[9] = 3;
    let mut protocol = open(b"ab");
    protocol[11] = 1;
    let mut kind = open(b"");
    kind[1] = 0x7f;
    let mut cases: Vec<(u16, Vec<u8>)> = (1..12).map(|n| (1, open(b"")[..n].to_vec())).collect();
    cases.extend([utf8, label, protocol, kind].map(|message| (1, message)));
    cases.push((2, open(b"even identifiers are ours")));
    cases.push((1, vec![0x7f]));
    for (stream, message) in cases {
        let mut peer = Peer::new();
        let other = peer.channel(9);
        peer.say(stream, 0, DCEP, &message);
        assert_eq!(peer.end.events(), [], "{message:?}");
        let (sequence, streams) = peer.resets().unwrap();
        assert_eq!(streams, [stream], "{message:?}");
        // rfc8832 §6: no acknowledgement was sent; after both resets the stream is free again.
        peer.end.give(&[reset_response(sequence, 1)]);
        peer.end.give(&[reset(FIRST, peer.tsn - 1, &[stream])]);
        if stream == 1 {
            peer.channel(stream);
        }
        peer.say(9, 1, TEXT, b"lives");
        let events = peer.end.events();
        assert!(matches!(events[0], Event::Message { channel, .. } if channel == other));
    }
}

// adversarial C23
#[test]
fn a_second_open_closes_the_channel_and_a_lone_ack_is_ignored() {
    let mut peer = Peer::new();
    peer.channel(1);
    peer.say(3, 0, DCEP, &[2]);
    assert_eq!(peer.end.pair.ends[0].dropped().get(Dropped::Dcep), 1);
    assert_eq!(peer.resets(), None);
    peer.say(1, 1, DCEP, &open(b"again"));
    assert_eq!(peer.resets().unwrap().1, [1]);
    // An OPEN on a channel that is closing is no new channel.
    peer.say(1, 2, DCEP, &open(b"and again"));
    assert_eq!(peer.end.events(), []);
}

// adversarial C23
#[test]
fn labels_are_bounded_in_total() {
    let mut peer = Peer::unlimited();
    let label = vec![b'x'; 1_000];
    let fitting = limits::MAX_INCOMING_LABEL_BYTES / label.len();
    let mut accepted = 0;
    for stream in odd_streams().take(fitting + 1) {
        peer.say(stream, 0, DCEP, &open(&label));
        accepted += peer.end.events().len();
        peer.resets();
    }
    assert_eq!(accepted, fitting);
}

// adversarial C23
#[test]
fn labels_of_closed_channels_count_until_the_owner_knows() {
    let mut peer = Peer::unlimited();
    let label = vec![b'x'; 1_000];
    let fitting = limits::MAX_INCOMING_LABEL_BYTES / label.len();
    for (number, stream) in (0..).zip(odd_streams().take(fitting + 1)) {
        peer.say(stream, 0, DCEP, &open(&label));
        peer.end.give(&[reset(FIRST + number, peer.tsn - 1, &[stream])]);
        let (sequence, streams) = peer.resets().unwrap();
        assert_eq!(streams, [stream]);
        peer.end.give(&[reset_response(sequence, 1)]);
    }
    let events = peer.end.events();
    let count = |kind: fn(&Event) -> bool| events.iter().filter(|event| kind(event)).count();
    assert_eq!(count(|event| matches!(event, Event::ChannelIncoming(..))), fitting);
    assert_eq!(count(|event| matches!(event, Event::ChannelClosed(_))), fitting);
    // They are polled: there is room again.
    peer.say(9_999, 0, DCEP, &open(&label));
    assert_eq!(peer.end.events().len(), 1);
}

fn odd_streams() -> impl Iterator<Item = u16> {
    (1..).step_by(2)
}

// adversarial C25
#[test]
fn messages_of_all_kinds_follow_their_rules() {
    let mut peer = Peer::new();
    let id = peer.channel(1);
    let mut ssn = 0;
    for (ppid, payload, expected) in [
        (TEXT, &b"text"[..], Some((MessageKind::Text, &b"text"[..]))),
        (BINARY, b"\xff", Some((MessageKind::Binary, b"\xff"))),
        (56, b"\0", Some((MessageKind::Text, b""))),
        (57, b"\0", Some((MessageKind::Binary, b""))),
        (56, b"ignored", Some((MessageKind::Text, b""))),
    ] {
        ssn += 1;
        peer.say(1, ssn, ppid, payload);
        let events = peer.end.events();
        let expected = expected.map(|(kind, payload)| Event::Message {
            channel: id,
            kind,
            payload: payload.to_vec().into(),
        });
        assert_eq!(events.first(), expected.as_ref());
        assert_eq!(events.len(), 1);
    }
}

// adversarial C25
#[test]
fn what_is_added_to_an_empty_message_does_not_stay_in_the_window() {
    let mut peer = Peer::new();
    peer.channel(1);
    let mut windows = Vec::new();
    for ssn in 1..=1_000 {
        peer.say(1, ssn, 56, &[0; 1_000]);
        assert_eq!(peer.end.events().len(), 1);
        let sack = common::wire::last_sack(&peer.end.sent());
        windows.extend(sack.map(|(_, window, ..)| window));
    }
    let (first, last) = (windows.first().unwrap(), windows.last().unwrap());
    assert!(first.abs_diff(*last) <= 2_000, "{first} became {last}");
}

// adversarial C11, C25
#[test]
fn unknown_payloads_bad_text_and_data_without_a_channel_close_the_stream() {
    for (stream, ppid, payload, reason) in [
        (1, 52, &b"deprecated"[..], Dropped::Ppid),
        (1, 0, b"none", Dropped::Ppid),
        (1, TEXT, b"\xc3\x28", Dropped::Text),
        (5, TEXT, b"nobody is here", Dropped::Channel),
    ] {
        let mut peer = Peer::new();
        peer.channel(1);
        peer.say(stream, u16::from(stream == 1), ppid, payload);
        assert_eq!(peer.end.events(), []);
        assert_eq!(peer.end.pair.ends[0].dropped().get(reason), 1);
        assert_eq!(peer.resets().unwrap().1, [stream]);
    }
}

// adversarial C15
#[test]
fn reset_requests_out_of_sequence_are_answered_and_change_nothing() {
    let mut peer = Peer::new();
    peer.channel(1);
    for sequence in [FIRST + 1, FIRST.wrapping_sub(1), FIRST + (1 << 31)] {
        peer.end.give(&[reset(sequence, FIRST, &[1])]);
    }
    assert_eq!(peer.end.events(), []);
    assert_eq!(peer.end.pair.ends[0].dropped().get(Dropped::Reset), 3);
    peer.end.sent();
    // The right one, and its copies, which get the same answer.
    for _ in 0..1_000 {
        peer.end.give(&[reset(FIRST, peer.tsn - 1, &[1, 77, 65_535])]);
    }
    let answers: Vec<_> = peer
        .end
        .sent()
        .into_iter()
        .filter(|chunk| chunk.0 == 130 && chunk.2[1] == 16)
        .map(|chunk| u32_at(&chunk.2, 8))
        .collect();
    assert!(!answers.is_empty() && answers.len() < 300, "{}", answers.len());
    assert!(answers.iter().all(|result| *result == 1));
    // Answers to nothing, and requests that nobody serves.
    peer.end.give(&[reset_response(12_345, 1)]);
    peer.end.give(&[chunk(130, 0, &parameter(17, &[0, 0, 3, 0xe9, 0, 1, 0, 0]))]);
    assert!(peer.end.is_alive());
}

// adversarial C15
#[test]
fn a_peer_that_is_at_it_forever_does_not_keep_a_channel() {
    for answer in [Some(6), Some(2), Some(5), None] {
        let mut peer = Peer::new();
        let id = peer.channel(1);
        peer.resets();
        peer.end.pair.ends[0].close(peer.end.pair.now, id);
        let mut closed = false;
        for _ in 0..600 {
            if let (Some((sequence, _)), Some(result)) = (peer.resets(), answer) {
                peer.end.give(&[reset_response(sequence, result)]);
            }
            for (kind, _, value) in peer.end.wait(Duration::from_secs(1)) {
                match (kind, answer) {
                    (130, Some(result)) => {
                        peer.end.give(&[reset_response(u32_at(&value, 4), result)]);
                    }
                    (4, _) => peer.end.give(&[chunk(5, 0, &value)]),
                    _ => {}
                }
            }
            closed |= peer.end.events().contains(&Event::ChannelClosed(id));
        }
        assert!(closed, "{answer:?}");
    }
}

// rfc6525 §5.2.2 E2
#[test]
fn a_reset_waits_for_the_data_before_it() {
    let mut peer = Peer::new();
    let id = peer.channel(1);
    peer.end.sent();
    // The reset arrives before the last message.
    peer.end.give(&[reset(FIRST, peer.tsn, &[1])]);
    let result = |sent: Vec<(u8, u8, Vec<u8>)>| {
        let answer = sent.into_iter().find(|chunk| chunk.0 == 130 && chunk.2[1] == 16);
        answer.map(|chunk| u32_at(&chunk.2, 8))
    };
    assert_eq!(result(peer.end.sent()), Some(6), "in progress");
    peer.say(1, 1, TEXT, b"last");
    let events = peer.end.events();
    assert!(matches!(&events[..], [Event::Message { channel, .. }] if *channel == id));
    assert_eq!(result(peer.end.sent()), Some(1), "performed");
}

// rfc8831 §6.1
#[test]
fn without_stream_reset_a_channel_closes_on_our_side() {
    let mut end = ByHand::cookie(Config::default(), Init::PLAIN);
    end.pair.inject(0, Init::PLAIN.packet(&[]));
    let answer = common::by_hand::take(&mut end.pair, 0).remove(0);
    let value = common::wire::chunks(&answer).remove(0).2;
    let length = usize::from(u16::from_be_bytes([value[18], value[19]]));
    end.give(&[chunk(10, 0, &value[20..16 + length])]);
    let config = ChannelConfig { negotiated: Some(4), ..ChannelConfig::new("") };
    let id = end.pair.ends[0].open(end.pair.now, config).unwrap();
    end.pair.ends[0].close(end.pair.now, id);
    assert!(!end.sent_kinds().contains(&130));
    assert!(end.events().contains(&Event::ChannelClosed(id)));
}
