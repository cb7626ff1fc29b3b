//! What handles ask of the task that owns the connection.

use bytes::Bytes;
use lariat_peer::{
    ChannelConfig, ChannelId, Direction, IceCandidate, MediaKind, MessageKind, RtpPacket,
    SessionDescription, TransceiverId,
};
use tokio::sync::{mpsc, oneshot};

use crate::{DataChannel, Error, Stats, Transceiver};

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// One wish; those that can fail carry where the answer goes.
#[derive(Debug)]
pub(crate) enum Command {
    CreateDataChannel(ChannelConfig, Reply<DataChannel>),
    Send(ChannelId, MessageKind, Bytes),
    CloseChannel(ChannelId),
    AddTransceiver(MediaKind, Direction, Reply<Transceiver>),
    Transceivers(Reply<Vec<Transceiver>>),
    SetDirection(TransceiverId, Direction, Reply<()>),
    StopTransceiver(TransceiverId, Reply<()>),
    SendRtp(TransceiverId, RtpPacket, Reply<()>),
    RequestKeyframe(TransceiverId),
    CreateOffer(Reply<SessionDescription>),
    CreateAnswer(Reply<SessionDescription>),
    SetLocalDescription(SessionDescription, Reply<()>),
    SetRemoteDescription(SessionDescription, Reply<()>),
    AddIceCandidate(IceCandidate, Reply<()>),
    Stats(Reply<Stats>),
    Close,
}

/// What every handle holds: the way to the task. When the last one is dropped, the task ends.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) commands: mpsc::Sender<Command>,
}

impl Handle {
    /// Sends a command and waits for its answer.
    pub(crate) async fn call<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Sends a command that has no answer.
    pub(crate) async fn tell(&self, command: Command) -> Result<(), Error> {
        self.commands.send(command).await.map_err(|_| Error::Closed)
    }
}
