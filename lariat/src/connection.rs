//! The handle of a connection.

use std::sync::Arc;

use lariat_peer::{Direction, IceCandidate, MediaKind, SessionDescription};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::command::{Command, Handle};
use crate::driver::{Driver, Inputs};
use crate::notices::Notices;
use crate::{
    Configuration, DataChannel, DataChannelInit, Error, Event, Stats, Transceiver, limits, queue,
};

/// A connection to one other peer.
///
/// A handle: clones are the same connection. One task owns everything behind it;
/// [`close`](Self::close) ends it and waits until nothing is left, and dropping the last handle
/// (tracks, transceivers and data channels are handles too) begins the same without waiting.
///
/// See the [crate documentation](crate) for an example.
#[derive(Clone, Debug)]
pub struct PeerConnection {
    handle: Handle,
    events: Arc<queue::Receiver<Event>>,
    notices: Arc<Notices>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl PeerConnection {
    /// Opens the socket and starts the task, on the current runtime.
    ///
    /// # Errors
    /// If there is no socket, no local address, or no certificate to be had.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn new(configuration: Configuration) -> Result<Self, Error> {
        Self::with_clock(configuration, Clock::start())
    }

    fn with_clock(configuration: Configuration, clock: Clock) -> Result<Self, Error> {
        let (commands, command_receiver) = mpsc::channel(limits::COMMANDS);
        let (media, media_receiver) = mpsc::channel(limits::MEDIA_SENDS);
        let inputs = Inputs { commands: command_receiver, media: media_receiver };
        let handle = Handle { commands, media };
        let (sender, events) = queue::queue();
        let notices = Arc::new(Notices::default());
        let for_task = Arc::clone(&notices);
        let handles = handle.downgrade();
        let driver = Driver::new(configuration, clock, inputs, handles, sender, for_task)?;
        let task = tokio::spawn(driver.run());
        Ok(Self {
            handle,
            events: Arc::new(events),
            notices,
            task: Arc::new(Mutex::new(Some(task))),
        })
    }

    /// Opens a data channel. This may be done at any time; the channel opens when the connection
    /// does.
    ///
    /// # Errors
    /// [`Error::Peer`] if the label or the protocol is too long or the stream id is taken;
    /// [`Error::Closed`].
    pub async fn create_data_channel(
        &self,
        label: impl Into<String>,
        init: DataChannelInit,
    ) -> Result<DataChannel, Error> {
        let config = init.into_config(label.into());
        self.handle.call(|reply| Command::CreateDataChannel(config, reply)).await
    }

    /// Adds a media section to the next offer, or takes up one of that kind in the other side's.
    ///
    /// # Errors
    /// [`Error::Peer`] if there are too many; [`Error::Closed`].
    pub async fn add_transceiver(
        &self,
        kind: MediaKind,
        direction: Direction,
    ) -> Result<Transceiver, Error> {
        self.handle.call(|reply| Command::AddTransceiver(kind, direction, reply)).await
    }

    /// All transceivers: those added here, and those that the other side's offers brought.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn transceivers(&self) -> Result<Vec<Transceiver>, Error> {
        self.handle.call(Command::Transceivers).await
    }

    /// Describes what this side wants. It contains every local candidate, so nothing needs to
    /// follow it.
    ///
    /// # Errors
    /// [`Error::Peer`] if it is not the time for an offer; [`Error::Closed`].
    pub async fn create_offer(&self) -> Result<SessionDescription, Error> {
        self.handle.call(Command::CreateOffer).await
    }

    /// Answers the other side's offer. It contains every local candidate, so nothing needs to
    /// follow it.
    ///
    /// # Errors
    /// [`Error::Peer`] if there is no offer; [`Error::Closed`].
    pub async fn create_answer(&self) -> Result<SessionDescription, Error> {
        self.handle.call(Command::CreateAnswer).await
    }

    /// Makes a description that was created here take effect.
    ///
    /// # Errors
    /// [`Error::Peer`] if it does not fit the state of the negotiation; [`Error::Closed`].
    pub async fn set_local_description(
        &self,
        description: SessionDescription,
    ) -> Result<(), Error> {
        self.handle.call(|reply| Command::SetLocalDescription(description, reply)).await
    }

    /// Makes the other side's description take effect.
    ///
    /// # Errors
    /// [`Error::Peer`] if it is malformed, cannot be agreed to, or does not fit the state of the
    /// negotiation; [`Error::Closed`].
    pub async fn set_remote_description(
        &self,
        description: SessionDescription,
    ) -> Result<(), Error> {
        self.handle.call(|reply| Command::SetRemoteDescription(description, reply)).await
    }

    /// Adds a candidate of the other side that came after its description.
    ///
    /// # Errors
    /// [`Error::Peer`] if it cannot be used, which is no reason to give up; [`Error::Closed`].
    pub async fn add_ice_candidate(&self, candidate: IceCandidate) -> Result<(), Error> {
        self.handle.call(|reply| Command::AddIceCandidate(candidate, reply)).await
    }

    /// What is known about the connection now.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn stats(&self) -> Result<Stats, Error> {
        self.handle.call(Command::Stats).await
    }

    /// The next event; `None` once the connection is closed and everything was read. Nothing is
    /// lost if the future is dropped.
    ///
    /// Of states, refusals and requests for a keyframe only the latest waits to be read. Data
    /// channels that the other side opens wait up to [`limits::EVENTS`], and past that in the
    /// connection, which takes no messages for them until they are read here.
    pub async fn next_event(&self) -> Option<Event> {
        let event = self.events.pop().await;
        self.notices.event_taken();
        event
    }

    /// Waits until everything that was accepted by then, on all data channels, has arrived at the
    /// other side. What its application does with it is not known.
    ///
    /// # Errors
    /// [`Error::Closed`] if a channel or the connection closed before.
    pub async fn flush(&self) -> Result<(), Error> {
        self.handle.call(|reply| Command::Flush(None, reply)).await
    }

    /// Closes the connection, and waits until its task and its socket are gone. Doing it twice, or
    /// at the same time, is harmless.
    ///
    /// What data channels have accepted is delivered first, for at most
    /// [`Configuration::close_timeout`]; nothing is accepted any more, and what the other side
    /// still sends is dropped. Use [`flush`](Self::flush) before to learn whether all of it
    /// arrived. The W3C's `close()` delivers nothing, as [`abort`](Self::abort) does here.
    pub async fn close(&self) {
        self.end(Command::Close).await;
    }

    /// Closes the connection at once: what has not arrived by now is lost. It also cuts a
    /// [`close`](Self::close) short that is under way. Waits until its task and its socket are
    /// gone.
    pub async fn abort(&self) {
        self.end(Command::Abort).await;
    }

    async fn end(&self, command: Command) {
        // The command finds no task if the other side closed the connection first.
        let _ = self.handle.tell(command).await;
        let mut task = self.task.lock().await;
        if let Some(running) = task.as_mut() {
            // A task that panicked has left nothing behind either; the panic was reported when it
            // happened.
            let _ = running.await;
            *task = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::clock::tests::{after_suspension, injected_suspension};
    use crate::{FailureReason, Loopback};

    fn configuration() -> Configuration {
        Configuration {
            bind: "127.0.0.1:0".parse().unwrap(),
            loopback: Loopback::Always,
            ..Configuration::default()
        }
    }

    // rfc7675 §5.1
    #[tokio::test]
    async fn consent_runs_out_while_the_machine_is_suspended() {
        let slept = injected_suspension();
        let a = PeerConnection::with_clock(configuration(), after_suspension(&slept)).unwrap();
        let b = PeerConnection::new(configuration()).await.unwrap();
        let ours = a.create_data_channel("test", DataChannelInit::default()).await.unwrap();
        let offer = a.create_offer().await.unwrap();
        a.set_local_description(offer.clone()).await.unwrap();
        b.set_remote_description(offer).await.unwrap();
        let answer = b.create_answer().await.unwrap();
        b.set_local_description(answer.clone()).await.unwrap();
        a.set_remote_description(answer).await.unwrap();
        ours.opened().await.unwrap();
        slept.store(120, Ordering::SeqCst);
        // Whatever wakes the task first, what was due comes before it.
        let _answer = a.stats().await;
        let failed = |event: &Event| matches!(event, Event::Failed(FailureReason::Ice { .. }));
        while !failed(&a.next_event().await.expect("a failure before the end")) {}
        b.abort().await;
    }
}
