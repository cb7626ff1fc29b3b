//! Data channels.

mod message;
mod receive_credit;
mod send_credit;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lariat_peer::{ChannelConfig, ChannelId, Reliability};
use tokio::sync::{SemaphorePermit, TryAcquireError};

pub use self::message::Message;
pub(crate) use self::receive_credit::{ReceiveCredit, Received};
pub(crate) use self::send_credit::{SendCredit, cost};
use crate::command::{Command, Handle};
use crate::notices::{Notice, Notices};
use crate::{Error, limits, queue};

/// How a data channel is to be opened; the [default](Self::default) is ordered and reliable.
///
/// ```
/// use lariat::{DataChannelInit, Reliability};
///
/// // For positions in a game: the newest matters, and an old one is not worth sending again.
/// let mut init = DataChannelInit::default();
/// init.ordered = false;
/// init.reliability = Reliability::MaxRetransmits(0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataChannelInit {
    /// Whether messages arrive in the order they were sent.
    pub ordered: bool,
    /// How hard to try.
    pub reliability: Reliability,
    /// A name for what the messages mean, agreed on between applications.
    pub protocol: String,
    /// The stream id, when both applications open the channel by themselves with the same one.
    pub negotiated: Option<u16>,
}

impl Default for DataChannelInit {
    fn default() -> Self {
        Self {
            ordered: true,
            reliability: Reliability::Reliable,
            protocol: String::new(),
            negotiated: None,
        }
    }
}

impl DataChannelInit {
    pub(crate) fn into_config(self, label: String) -> ChannelConfig {
        let Self { ordered, reliability, protocol, negotiated } = self;
        ChannelConfig { label, protocol, ordered, reliability, negotiated }
    }
}

/// A data channel: messages in both directions.
///
/// A handle: clones are the same channel, and dropping the last one closes it once what was sent is
/// delivered. Of a channel that is not read, [`limits::CHANNEL_RECEIVE_BUFFER`] wait here, and then
/// its sender waits.
///
/// ```
/// use lariat::{DataChannel, Error};
///
/// async fn echo(channel: DataChannel) -> Result<(), Error> {
///     while let Some(message) = channel.recv().await {
///         channel.send(message).await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct DataChannel {
    inner: Arc<Inner>,
}

struct Inner {
    id: ChannelId,
    config: ChannelConfig,
    handle: Handle,
    credit: Arc<SendCredit>,
    messages: queue::Receiver<Received>,
    notices: Arc<Notices>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.notices.tell(Notice::Dropped(self.id));
    }
}

impl DataChannel {
    pub(crate) fn new(
        id: ChannelId,
        config: ChannelConfig,
        handle: Handle,
        credit: Arc<SendCredit>,
        messages: queue::Receiver<Received>,
        notices: Arc<Notices>,
    ) -> Self {
        Self { inner: Arc::new(Inner { id, config, handle, credit, messages, notices }) }
    }

    /// Its name, chosen by the side that opened it.
    pub fn label(&self) -> &str {
        &self.inner.config.label
    }

    /// What its messages mean, as the side that opened it says.
    pub fn protocol(&self) -> &str {
        &self.inner.config.protocol
    }

    /// Whether messages arrive in the order they were sent.
    pub fn ordered(&self) -> bool {
        self.inner.config.ordered
    }

    /// How often a message may be sent again, if that is limited.
    pub fn max_retransmits(&self) -> Option<u16> {
        match self.inner.config.reliability {
            Reliability::MaxRetransmits(count) => Some(count),
            _ => None,
        }
    }

    /// How long a message may be tried, if that is limited.
    pub fn max_lifetime(&self) -> Option<Duration> {
        match self.inner.config.reliability {
            Reliability::MaxLifetime(lifetime) => Some(lifetime),
            _ => None,
        }
    }

    /// Waits until the channel is open.
    ///
    /// # Errors
    /// [`Error::Closed`] if it will not open any more.
    pub async fn opened(&self) -> Result<(), Error> {
        self.inner.credit.opened().await
    }

    /// Sends a message; waits until the channel is open and has room for it.
    ///
    /// "Sent" means that the connection has it, as with a TCP socket. If the future is dropped
    /// before it is done, nothing was sent.
    ///
    /// # Errors
    /// [`Error::TooLong`], and [`Error::Closed`] if the channel or the connection is.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        let message = message.into();
        let charge = self.inner.credit.take(message.len()).await?;
        let permit = self.inner.handle.commands.reserve().await.map_err(|_| Error::Closed)?;
        permit.send(self.command(message, charge));
        Ok(())
    }

    /// Sends a message if that is possible without waiting.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if it is not, and those of [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), Error> {
        use tokio::sync::mpsc::error::TrySendError;

        let message = message.into();
        let charge = self.inner.credit.try_take(message.len())?;
        let permit = self.inner.handle.commands.try_reserve().map_err(|error| match error {
            TrySendError::Full(()) => Error::WouldBlock,
            TrySendError::Closed(()) => Error::Closed,
        })?;
        permit.send(self.command(message, charge));
        Ok(())
    }

    /// What the message was charged goes with it: the task gives it back when the bytes have left.
    fn command(&self, message: Message, charge: SemaphorePermit<'_>) -> Command {
        charge.forget();
        let (kind, payload) = message.into_parts();
        Command::Send(self.inner.id, kind, payload)
    }

    /// The next message; `None` once the channel is closed and everything was read.
    ///
    /// Nothing is lost if the future is dropped. Of several readers each gets some of the messages.
    pub async fn recv(&self) -> Option<Message> {
        self.inner.messages.pop().await.map(Received::into_message)
    }

    /// The bytes that were sent and have not left yet, including a small amount per message.
    pub fn buffered_amount(&self) -> usize {
        self.inner.credit.taken()
    }

    /// Waits until everything that was accepted by then has arrived at the other side. What its
    /// application does with it is not known.
    ///
    /// # Errors
    /// [`Error::Closed`] if the channel or the connection closed before.
    pub async fn flush(&self) -> Result<(), Error> {
        self.inner.handle.call(|reply| Command::Flush(Some(self.inner.id), reply)).await
    }

    /// Closes the channel in both directions, once what was sent is on its way. Doing it twice is
    /// harmless.
    pub async fn close(&self) {
        // At once, so that nothing is accepted behind the command.
        self.inner.credit.close();
        // A connection that is gone has closed its channels.
        let _ = self.inner.handle.tell(Command::CloseChannel(self.inner.id)).await;
    }
}

impl fmt::Debug for DataChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataChannel").field("label", &self.label()).finish_non_exhaustive()
    }
}

impl From<TryAcquireError> for Error {
    fn from(error: TryAcquireError) -> Self {
        match error {
            TryAcquireError::NoPermits => Self::WouldBlock,
            TryAcquireError::Closed => Self::Closed,
        }
    }
}

const _: () = assert!(limits::SEND_BUFFER <= u32::MAX as usize);
