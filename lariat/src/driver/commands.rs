//! From handles to the peer.

use lariat_base::Instant;
use lariat_peer::{ChannelConfig, Direction, MediaKind, TransceiverId};

use super::Driver;
use crate::command::Command;
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
            Command::CloseChannel(id) => self.channels.close(now, peer, id),
            Command::AddTransceiver(kind, direction, reply) => {
                drop(reply.send(self.add_transceiver(kind, direction)));
            }
            Command::Transceivers(reply) => drop(reply.send(self.transceivers())),
            Command::SetDirection(id, direction, reply) => {
                drop(reply.send(peer.set_direction(id, direction).map_err(Error::from)));
            }
            Command::StopTransceiver(id, reply) => {
                drop(reply.send(peer.stop_transceiver(id).map_err(Error::from)));
            }
            Command::SendRtp(id, packet, reply) => {
                drop(reply.send(peer.send_rtp(now, id, &packet).map_err(Error::from)));
            }
            // One that was stopped is asked for no keyframe.
            Command::RequestKeyframe(id) => drop(peer.request_keyframe(now, id)),
            Command::CreateOffer(reply) => {
                drop(reply.send(peer.create_offer().map_err(Error::from)));
            }
            Command::CreateAnswer(reply) => {
                drop(reply.send(peer.create_answer().map_err(Error::from)));
            }
            Command::SetLocalDescription(description, reply) => {
                let result = peer.set_local_description(now, &description);
                drop(reply.send(result.map_err(Error::from)));
            }
            Command::SetRemoteDescription(description, reply) => {
                let result = peer.set_remote_description(now, &description);
                drop(reply.send(result.map_err(Error::from)));
            }
            Command::AddIceCandidate(candidate, reply) => {
                let result = peer.add_remote_candidate(now, &candidate);
                drop(reply.send(result.map_err(Error::from)));
            }
            Command::Stats(reply) => {
                let (peer, socket) = (peer.stats(), self.socket.stats());
                drop(reply.send(Ok(Stats { peer, socket, unread: self.flow.unread() })));
            }
            Command::Close => peer.close(now),
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
        Ok(Transceiver { handle, id, kind })
    }

    fn transceivers(&self) -> Result<Vec<Transceiver>, Error> {
        let handle = self.handle().ok_or(Error::Closed)?;
        let transceivers = self.peer.transceivers();
        Ok(transceivers
            .map(|(id, kind)| Transceiver { handle: handle.clone(), id, kind })
            .collect())
    }

    /// A handle of a transceiver; `None` also if all handles are gone.
    pub(super) fn transceiver(&self, id: TransceiverId) -> Option<Transceiver> {
        let (_, kind) = self.peer.transceivers().find(|(known, _)| *known == id)?;
        Some(Transceiver { handle: self.handle()?, id, kind })
    }
}
