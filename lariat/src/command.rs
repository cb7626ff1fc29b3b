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
    /// Of one channel, or of all.
    Flush(Option<ChannelId>, Reply<()>),
    CloseChannel(ChannelId),
    AddTransceiver(MediaKind, Direction, Reply<Transceiver>),
    Transceivers(Reply<Vec<Transceiver>>),
    SetDirection(TransceiverId, Direction, Reply<()>),
    RequestKeyframe(TransceiverId),
    CreateOffer(Reply<SessionDescription>),
    CreateAnswer(Reply<SessionDescription>),
    SetLocalDescription(SessionDescription, Reply<()>),
    SetRemoteDescription(SessionDescription, Reply<()>),
    AddIceCandidate(IceCandidate, Reply<()>),
    Stats(Reply<Stats>),
    Close,
    Abort,
}

/// A media packet on its way to the task.
pub(crate) type Outbound = (TransceiverId, RtpPacket);

/// What every handle holds: the ways to the task. When the last one is dropped, the task ends.
///
/// Media has a way of its own, so that no packet waits behind a command.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) media: mpsc::Sender<Outbound>,
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

    pub(crate) fn downgrade(&self) -> WeakHandle {
        WeakHandle { commands: self.commands.downgrade(), media: self.media.downgrade() }
    }
}

/// What the task makes handles from. It does not count as a handle, or the task would keep itself
/// alive.
#[derive(Debug)]
pub(crate) struct WeakHandle {
    commands: mpsc::WeakSender<Command>,
    media: mpsc::WeakSender<Outbound>,
}

impl WeakHandle {
    /// A handle; `None` if all are gone, and with them whoever could use it.
    pub(crate) fn upgrade(&self) -> Option<Handle> {
        Some(Handle { commands: self.commands.upgrade()?, media: self.media.upgrade()? })
    }
}
