//! Which media packets were sent, and which have arrived.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use lariat_peer::{MediaKind, RtpPacket, TransceiverId};

use super::Choose;
use crate::Pair;

/// How many packets of a stream may be lost before media flows on a network that is a good one: who
/// only sends learns of a rebinding by the next check of consent, up to six seconds later.
const PACKETS: u32 = 80;

/// How long lies between two of them.
const INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct Media {
    /// The next sequence number of each stream.
    next: BTreeMap<(usize, TransceiverId), u16>,
    /// How many packets each side has sent.
    sent: [u32; 2],
    /// Which of them have arrived at the other side.
    arrived: [BTreeSet<u32>; 2],
}

impl Media {
    /// Sends some packets on one of the transceivers, if it sends.
    pub(super) fn send(&mut self, pair: &mut Pair, side: usize, choose: &mut Choose<'_>) {
        let transceivers: Vec<_> = pair.peer(side).transceivers().collect();
        let Some((id, kind)) = transceivers.get(choose(8) as usize) else { return };
        let length = choose(1_100) as usize;
        for _ in 0..=choose(10) {
            if self.send_one(pair, side, *id, *kind, length).is_none() {
                return;
            }
        }
    }

    /// The number of the packet, if it was taken.
    fn send_one(
        &mut self,
        pair: &mut Pair,
        side: usize,
        id: TransceiverId,
        kind: MediaKind,
        length: usize,
    ) -> Option<u32> {
        let number = self.sent[side];
        let next = self.next.entry((side, id)).or_default();
        let mut payload = vec![number as u8; 4 + length];
        payload[..4].copy_from_slice(&number.to_be_bytes());
        let packet = RtpPacket {
            payload_type: if kind == MediaKind::Audio { 111 } else { 96 },
            marker: false,
            sequence_number: *next,
            timestamp: u32::from(*next) * 960,
            payload: Bytes::from(payload),
        };
        pair.with(side, |peer, now| peer.send_rtp(now, id, &packet)).ok()?;
        *next = next.wrapping_add(1);
        self.sent[side] += 1;
        Some(number)
    }

    /// Takes what has arrived.
    pub(super) fn take(&mut self, pair: &mut Pair) {
        let seed = pair.seed();
        for side in 0..2 {
            let sender = 1 - side;
            for (_, packet) in std::mem::take(&mut pair.side(side).packets) {
                let (number, rest) = packet.payload.split_first_chunk().expect("ours");
                let number = u32::from_be_bytes(*number);
                assert!(number < self.sent[sender], "seed {seed}: nobody has sent this");
                assert!(rest.iter().all(|byte| *byte == number as u8), "seed {seed}: changed");
                assert!(self.arrived[sender].insert(number), "seed {seed}: twice");
            }
        }
    }

    /// On a good network, what is sent on every transceiver arrives: soon, since the path may have
    /// changed just before.
    pub(super) fn expect_flow(&mut self, pair: &mut Pair) {
        for side in 0..2 {
            let transceivers: Vec<_> = pair.peer(side).transceivers().collect();
            for (id, kind) in transceivers {
                self.expect_stream(pair, side, id, kind);
            }
        }
    }

    fn expect_stream(&mut self, pair: &mut Pair, side: usize, id: TransceiverId, kind: MediaKind) {
        for _ in 0..PACKETS {
            let Some(number) = self.send_one(pair, side, id, kind, 100) else { return };
            pair.run_for(INTERVAL);
            self.take(pair);
            if self.arrived[side].contains(&number) {
                return;
            }
        }
        panic!("seed {}: nothing arrives on {id:?} of side {side}", pair.seed());
    }
}
