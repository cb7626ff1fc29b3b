//! What is said on channels, and what has arrived of it.

use bytes::Bytes;
use lariat_peer::{ChannelConfig, ChannelId, SendError};

use super::Choose;
use crate::Pair;

/// How many channels there are in the life of a storm.
const CHANNELS: usize = 24;

/// How much a side lets wait before it sends no more.
const BUFFERED: usize = 512 << 10;

/// Which channel, and which of its messages.
const HEADER: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Data {
    channels: Vec<Channel>,
}

#[derive(Debug)]
struct Channel {
    /// What each side calls it.
    ids: [Option<ChannelId>; 2],
    is_ordered: bool,
    /// How many messages each side has sent.
    sent: [u32; 2],
    /// Which of them have arrived at the other.
    arrived: [Vec<u32>; 2],
    is_closed: bool,
}

impl Channel {
    /// Whether all that a side sent has arrived, and was taken in its order if it has one.
    fn is_complete(&self, side: usize) -> bool {
        self.arrived[side].len() == self.sent[side] as usize
    }
}

impl Data {
    pub(super) fn open(&mut self, pair: &mut Pair, side: usize, is_ordered: bool) {
        if self.channels.len() == CHANNELS || pair.peer(side).is_closed() {
            return;
        }
        let mut config = ChannelConfig::new(self.channels.len().to_string());
        config.ordered = is_ordered;
        let id = pair.with(side, |peer, now| peer.create_data_channel(now, config));
        let mut ids = [None; 2];
        ids[side] = Some(id.expect("there is room for a channel"));
        let arrived = [Vec::new(), Vec::new()];
        let channel = Channel { ids, is_ordered, sent: [0; 2], arrived, is_closed: false };
        self.channels.push(channel);
    }

    pub(super) fn close(&mut self, pair: &mut Pair, side: usize, choose: &mut Choose<'_>) {
        let index = choose(self.channels.len() as u64) as usize;
        let channel = &mut self.channels[index];
        if let Some(id) = channel.ids[side] {
            channel.is_closed = true;
            pair.with(side, |peer, now| peer.close_channel(now, id));
        }
    }

    pub(super) fn send(&mut self, pair: &mut Pair, side: usize, choose: &mut Choose<'_>) {
        let index = choose(self.channels.len() as u64) as usize;
        let most = [16, 2_000, 60_000][choose(3) as usize];
        let length = choose(most) as usize;
        let channel = &mut self.channels[index];
        let Some(id) = channel.ids[side] else { return };
        if channel.is_closed || !pair.is_open(side, id) {
            return;
        }
        for _ in 0..=choose(6) {
            if pair.peer(side).buffered_amount(id) > BUFFERED {
                return;
            }
            let message = message(index as u32, channel.sent[side], length);
            match pair.send(side, id, message) {
                Ok(()) => channel.sent[side] += 1,
                Err(SendError::WouldBlock { .. } | SendError::Closed) => return,
                Err(error) => panic!("seed {}: {error}", pair.seed()),
            }
        }
    }

    /// Takes what has arrived, and compares it with what was sent.
    pub(super) fn take(&mut self, pair: &mut Pair) {
        let seed = pair.seed();
        for side in 0..2 {
            for (id, config) in std::mem::take(&mut pair.side(side).incoming) {
                let index: usize = config.label.parse().expect("a label of ours");
                let channel = &mut self.channels[index];
                assert_eq!(channel.ids[side].replace(id), None, "seed {seed}: opened twice");
                assert_eq!(config.ordered, channel.is_ordered, "seed {seed}");
            }
            for (id, _, payload) in std::mem::take(&mut pair.side(side).messages) {
                self.arrive(seed, side, id, &payload);
            }
        }
    }

    fn arrive(&mut self, seed: u64, side: usize, id: ChannelId, payload: &[u8]) {
        let sender = 1 - side;
        let (index, number) = header(payload);
        let channel = &mut self.channels[index as usize];
        assert_eq!(channel.ids[side], Some(id), "seed {seed}: on another channel");
        assert!(number < channel.sent[sender], "seed {seed}: nobody has sent this");
        assert!(payload[HEADER..].iter().all(|byte| *byte == number as u8), "seed {seed}");
        let arrived = &mut channel.arrived[sender];
        if channel.is_ordered {
            assert_eq!(number as usize, arrived.len(), "seed {seed}: out of order or twice");
        }
        assert!(!arrived.contains(&number), "seed {seed}: twice");
        arrived.push(number);
    }

    /// Whether everything has arrived on all channels that nobody closed.
    pub(super) fn is_complete(&self) -> bool {
        let mut open = self.channels.iter().filter(|channel| !channel.is_closed);
        open.all(|channel| (0..2).all(|side| channel.is_complete(side)))
    }
}

fn message(index: u32, number: u32, length: usize) -> Bytes {
    let mut bytes = vec![number as u8; HEADER + length];
    bytes[..4].copy_from_slice(&index.to_be_bytes());
    bytes[4..HEADER].copy_from_slice(&number.to_be_bytes());
    bytes.into()
}

fn header(payload: &[u8]) -> (u32, u32) {
    let (index, rest) = payload.split_first_chunk().expect("a message of ours");
    let (number, _) = rest.split_first_chunk().expect("a message of ours");
    (u32::from_be_bytes(*index), u32::from_be_bytes(*number))
}
