//! Media from handles to the peer.

use std::collections::BTreeMap;
use std::sync::Arc;

use lariat_base::Instant;
use lariat_peer::{Peer, TransceiverId};
use tokio::sync::mpsc;

use super::Driver;
use crate::command::Outbound;
use crate::limits;
use crate::send_terms::SendTerms;

/// The packets that handles send, and what they may send.
#[derive(Debug)]
pub(super) struct Sending {
    packets: mpsc::Receiver<Outbound>,
    terms: BTreeMap<TransceiverId, Arc<SendTerms>>,
    /// Packets that the peer did not take although the terms allowed them.
    refused: u64,
}

impl Sending {
    pub(super) fn new(packets: mpsc::Receiver<Outbound>) -> Self {
        Self { packets, terms: BTreeMap::new(), refused: 0 }
    }

    /// The next packet. It waits for ever when all handles are gone, which the commands tell.
    pub(super) async fn packet(&mut self) -> Outbound {
        match self.packets.recv().await {
            Some(packet) => packet,
            None => std::future::pending().await,
        }
    }

    /// The terms of a transceiver, which all its handles share.
    pub(super) fn terms(&mut self, peer: &Peer, id: TransceiverId) -> Arc<SendTerms> {
        let terms = self.terms.entry(id).or_insert_with(|| {
            let terms = SendTerms::default();
            terms.update(peer, id);
            Arc::new(terms)
        });
        Arc::clone(terms)
    }

    /// Takes over what descriptions have changed.
    pub(super) fn update_terms(&mut self, peer: &Peer) {
        for (id, terms) in &self.terms {
            terms.update(peer, *id);
        }
    }

    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    fn send(&mut self, now: Instant, peer: &mut Peer, (id, packet): Outbound) {
        if peer.send_rtp(now, id, &packet).is_err() {
            self.refused = self.refused.saturating_add(1);
        }
    }

    fn send_waiting(&mut self, now: Instant, peer: &mut Peer) {
        for _ in 0..limits::MEDIA_SENDS {
            let Ok(packet) = self.packets.try_recv() else { break };
            self.send(now, peer, packet);
        }
    }
}

impl Driver {
    /// Sends a packet and those behind it.
    pub(super) fn send_media(&mut self, first: Outbound) {
        let now = self.clock.now();
        self.sending.send(now, &mut self.peer, first);
        self.send_all_media(now);
    }

    /// Sends what handles have queued by now.
    pub(super) fn send_all_media(&mut self, now: Instant) {
        self.sending.send_waiting(now, &mut self.peer);
    }
}
