//! An end whose peer is the test itself, which writes its packets by hand.

use std::time::Duration;

use lariat_sctp::{ChannelConfig, ChannelId, Config, Event, Parity};

use super::wire::{Init, chunk, chunks, kinds, packet, parameter, tag_of, u32_at};
use super::{Link, Pair};

/// What an end wants to send now.
pub(crate) fn take(pair: &mut Pair, end: usize) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut out = Vec::new();
    while pair.ends[end].poll_transmit(pair.now, &mut out).is_some() {
        packets.push(std::mem::take(&mut out));
    }
    packets
}

/// An end in Established. The other end of the pair is not used.
pub(crate) struct ByHand {
    pub(crate) pair: Pair,
    /// The tag that the end expects.
    pub(crate) tag: u32,
    /// The end's initial TSN.
    pub(crate) tsn: u32,
    pub(crate) cookie: Vec<u8>,
}

impl ByHand {
    /// The peer can reset streams, and offers a mebibyte.
    pub(crate) fn established() -> Self {
        Self::with(Config::default(), Init::PLAIN)
    }

    pub(crate) fn with(config: Config, init: Init) -> Self {
        let mut by_hand = Self::cookie(config, init);
        let echo = packet(by_hand.tag, &[chunk(10, 0, &by_hand.cookie)]);
        by_hand.pair.inject(0, echo);
        assert_eq!(by_hand.sent().remove(0).0, 11, "COOKIE ACK");
        by_hand.pair.ends[0].connect(by_hand.pair.now, Parity::Even);
        by_hand.pair.settle();
        assert!(by_hand.pair.events[0].contains(&Event::Connected));
        by_hand.pair.events[0].clear();
        by_hand.pair.log.clear();
        by_hand
    }

    /// The end has answered an INIT.
    pub(crate) fn cookie(config: Config, init: Init) -> Self {
        let mut pair = Pair::with(5, Link::PERFECT, config, Config::default());
        pair.inject(0, init.packet(&parameter(0x8008, &[130])));
        let answer = take(&mut pair, 0).remove(0);
        assert_eq!((kinds(&answer), tag_of(&answer)), (vec![2], init.tag));
        let value = chunks(&answer).remove(0).2;
        let length = usize::from(u16::from_be_bytes([value[18], value[19]]));
        assert_eq!(value[16..18], [0, 7], "the cookie comes first");
        let cookie = value[20..16 + length].to_vec();
        Self { pair, tag: u32_at(&value, 0), tsn: u32_at(&value, 12), cookie }
    }

    /// Opens a negotiated channel on `stream`.
    pub(crate) fn negotiated(&mut self, stream: u16) -> ChannelId {
        let config = ChannelConfig { negotiated: Some(stream), ..ChannelConfig::new("") };
        let id = self.pair.ends[0].open(self.pair.now, config).unwrap();
        assert_eq!(self.events(), [Event::ChannelOpened(id)]);
        id
    }

    /// Hands chunks to the end.
    pub(crate) fn give(&mut self, chunks: &[Vec<u8>]) {
        self.pair.inject(0, packet(self.tag, chunks));
    }

    /// The chunks that the end wants to send now.
    pub(crate) fn sent(&mut self) -> Vec<(u8, u8, Vec<u8>)> {
        take(&mut self.pair, 0).iter().flat_map(|packet| chunks(packet)).collect()
    }

    /// The kinds of these.
    pub(crate) fn sent_kinds(&mut self) -> Vec<u8> {
        self.sent().into_iter().map(|chunk| chunk.0).collect()
    }

    /// The events since the last time.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        while let Some(event) = self.pair.ends[0].poll_event() {
            self.pair.events[0].push(event);
        }
        std::mem::take(&mut self.pair.events[0])
    }

    /// Lets time pass, and gives the chunks that the end sent meanwhile.
    pub(crate) fn wait(&mut self, time: Duration) -> Vec<(u8, u8, Vec<u8>)> {
        let until = self.pair.now + time;
        let mut sent = self.sent();
        for _ in 0..100_000 {
            let deadline = self.pair.ends[0].poll_timeout().map(|deadline| deadline.at);
            let Some(at) = deadline.filter(|at| *at <= until) else {
                self.pair.now = until;
                return sent;
            };
            self.pair.now = self.pair.now.max(at);
            self.pair.ends[0].handle_timeout(self.pair.now);
            sent.extend(self.sent());
        }
        panic!("time stands still at {:?}", self.pair.now);
    }

    /// Whether the end still answers.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.pair.now = self.pair.now + Duration::from_secs(2);
        let probe = chunk(4, 0, &parameter(1, b"alive?"));
        self.give(&[probe]);
        self.sent_kinds().contains(&5)
    }
}
