//! From handles to the peer.

use lariat_base::Instant;
use lariat_peer::{ChannelConfig, Direction, MediaKind, TransceiverId};

use super::Driver;
use crate::command::{Command, Handle};
use crate::{DataChannel, Error, Stats, Transceiver};

impl Driver {
    /// A caller that no longer waits for its answer is not an error: the command has run.
    pub(super) fn run_command(&mut self, now: Instant, command: Command) {
        let peer = &mut self.peer;
        match command {
            Command::CreateDataChannel(config, reply) => {
                drop(reply.send(self.create_data_channel(now, config)));
            }
            Command::Send(id, kind, payload) => self.channels.send(now, peer, id, kind, payload),
            Command::Flush(id, reply) => self.flushes.add(peer, &self.channels, id, reply),
            Command::CloseChannel(id) => self.channels.close(now, peer, id),
            Command::AddTransceiver(kind, direction, reply) => {
                drop(reply.send(self.add_transceiver(kind, direction)));
            }
            Command::Transceivers(reply) => drop(reply.send(self.transceivers())),
            Command::SetDirection(id, direction, reply) => {
                drop(reply.send(peer.set_direction(id, direction).map_err(Error::from)));
            }
            // A transceiver's handle exists only for a transceiver that does.
            Command::RequestKeyframe(id) => drop(peer.request_keyframe(now, id)),
            Command::CreateOffer(reply) => {
                drop(reply.send(peer.create_offer().map_err(Error::from)));
            }
            Command::CreateAnswer(reply) => {
                drop(reply.send(peer.create_answer().map_err(Error::from)));
            }
            Command::SetLocalDescription(description, reply) => {
                let result = peer.set_local_description(now, &description);
                self.sending.update_terms(peer);
                drop(reply.send(result.map_err(Error::from)));
            }
            Command::SetRemoteDescription(description, reply) => {
                let result = peer.set_remote_description(now, &description);
                self.sending.update_terms(peer);
                drop(reply.send(result.map_err(Error::from)));
            }
            Command::AddIceCandidate(candidate, reply) => {
                let result = peer.add_remote_candidate(now, &candidate);
                drop(reply.send(result.map_err(Error::from)));
            }
            Command::Stats(reply) => drop(reply.send(Ok(self.stats()))),
            Command::Close => self.close(now),
            Command::Abort => peer.abort(now),
        }
    }

    fn stats(&self) -> Stats {
        Stats {
            peer: self.peer.stats(),
            socket: self.socket.stats(),
            unread: self.notices.unread(),
            refused_packets: self.sending.refused(),
            missed_channels: self.missed_channels,
        }
    }

    fn create_data_channel(
        &mut self,
        now: Instant,
        config: ChannelConfig,
    ) -> Result<DataChannel, Error> {
        let handle = self.handle().ok_or(Error::Closed)?;
        let id = self.peer.create_data_channel(now, config.clone())?;
        Ok(self.channels.add(id, config, handle))
    }

    fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
    ) -> Result<Transceiver, Error> {
        let id = self.peer.add_transceiver(kind, direction)?;
        let handle = self.handle().ok_or(Error::Closed)?;
        Ok(self.transceiver_of(handle, id, kind))
    }

    fn transceivers(&mut self) -> Result<Vec<Transceiver>, Error> {
        let handle = self.handle().ok_or(Error::Closed)?;
        let known: Vec<_> = self.peer.transceivers().collect();
        Ok(known
            .into_iter()
            .map(|(id, kind)| self.transceiver_of(handle.clone(), id, kind))
            .collect())
    }

    /// A handle of a transceiver; `None` also if all handles are gone.
    pub(super) fn transceiver(&mut self, id: TransceiverId) -> Option<Transceiver> {
        let (_, kind) = self.peer.transceivers().find(|(known, _)| *known == id)?;
        let handle = self.handle()?;
        Some(self.transceiver_of(handle, id, kind))
    }

    pub(super) fn transceiver_of(
        &mut self,
        handle: Handle,
        id: TransceiverId,
        kind: MediaKind,
    ) -> Transceiver {
        let terms = self.sending.terms(&self.peer, id);
        Transceiver { handle, id, kind, terms }
    }
}
