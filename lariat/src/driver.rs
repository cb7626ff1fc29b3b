//! The task that owns a connection: the peer, the socket, and the ends of all queues.
//!
//! It takes turns. A turn hands what the peer has to say to handles and to the socket; then the
//! task waits for the first of a media packet, a command, a datagram, room in the socket, the
//! peer's deadline, or a notice of a handle. Nothing in a turn waits, and no queue makes the task
//! stop taking from another one.

mod channels;
mod commands;
mod events;
mod flushes;
mod media;
mod transmits;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use lariat_base::{Instant, Seed};
use lariat_dtls::Certificate;
use lariat_ice::Candidate;
use lariat_peer::{ChannelConfig, ChannelId, Config, Peer, RtpPacket, TransceiverId};
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use self::channels::Channels;
use self::flushes::Flushes;
use self::media::Sending;
use self::transmits::{Flushed, Outbox};
use crate::clock::{self, Clock};
use crate::command::{Command, Handle, WeakHandle};
use crate::notices::{Notice, Notices};
use crate::socket::Socket;
use crate::{Configuration, Error, Event, interfaces, limits, queue};

pub(crate) struct Driver {
    clock: Clock,
    peer: Peer,
    socket: Socket,
    outbox: Outbox,
    channels: Channels,
    /// Channels of the other side that the application's queue has no room for yet. They are
    /// paused.
    unannounced: BTreeMap<ChannelId, ChannelConfig>,
    /// Channels of the other side that came and went while there was no room to announce them, and
    /// had no message.
    missed_channels: u64,
    flushes: Flushes,
    tracks: BTreeMap<TransceiverId, queue::Sender<RtpPacket>>,
    sending: Sending,
    events: queue::Sender<Event>,
    notices: Arc<Notices>,
    commands: mpsc::Receiver<Command>,
    handles: WeakHandle,
    /// Every handle is gone.
    is_alone: bool,
    /// How long a close delivers what was accepted, and until when one does that was asked for.
    close_timeout: std::time::Duration,
    close_deadline: Option<Instant>,
}

impl Driver {
    pub(crate) fn new(
        configuration: Configuration,
        clock: Clock,
        inputs: Inputs,
        handles: WeakHandle,
        events: queue::Sender<Event>,
        notices: Arc<Notices>,
    ) -> Result<Self, Error> {
        let socket =
            Socket::bind(configuration.bind).map_err(|error| Error::Socket(Arc::new(error)))?;
        let addresses = interfaces::host_addresses(&configuration, socket.bound())?;
        let mut secret = [0; 32];
        configuration.provider.random(&mut secret).map_err(Error::Crypto)?;
        let seed = Seed::new(secret);
        let since_epoch = clock::since_epoch();
        let certificate = match configuration.certificate {
            Some(certificate) => certificate,
            None => Certificate::generate(
                &*configuration.provider,
                &mut seed.split("certificate").rng(),
                since_epoch,
            )
            .map_err(Error::Certificate)?,
        };
        let mut config = Config::new(configuration.provider, seed, certificate, since_epoch);
        config.dtls_versions = configuration.dtls_versions;
        config.dtls_groups = configuration.dtls_groups;
        config.key_log = configuration.key_log;
        config.max_incoming_channels = configuration.max_incoming_channels;
        config.close_timeout = configuration.close_timeout;
        config.check().map_err(Error::Dtls)?;
        let mut peer = Peer::new(config);
        for address in addresses {
            peer.add_local_candidate(clock.now(), Candidate::host(address))?;
        }
        Ok(Self {
            clock,
            peer,
            socket,
            outbox: Outbox::default(),
            channels: Channels::new(Arc::clone(&notices)),
            unannounced: BTreeMap::new(),
            missed_channels: 0,
            flushes: Flushes::default(),
            tracks: BTreeMap::new(),
            sending: Sending::new(inputs.media),
            events,
            notices,
            commands: inputs.commands,
            handles,
            is_alone: false,
            close_timeout: configuration.close_timeout,
            close_deadline: None,
        })
    }

    /// Takes turns until the peer is closed. Everything that it owns is gone when this is done.
    pub(crate) async fn run(mut self) {
        let mut timer = pin!(sleep_until(tokio::time::Instant::now()));
        loop {
            let flushed = self.turn();
            if self.peer.is_closed() {
                return self.finish();
            }
            let deadline = self.deadline();
            if let Some(at) = deadline {
                // A timer that was reset a moment ago and is not due costs more than it gains.
                let until = self.clock.sleep_until(at);
                if until < timer.deadline() || timer.is_elapsed() {
                    timer.as_mut().reset(until);
                }
            }
            tokio::select! {
                packet = self.sending.packet() => self.send_media(packet),
                command = self.commands.recv(), if !self.is_alone => self.run_commands(command),
                () = self.socket.ready(flushed == Flushed::Blocked) => self.receive(),
                () = &mut timer, if deadline.is_some() => {}
                () = self.notices.changed() => self.take_notices(),
                () = tokio::task::yield_now(), if flushed == Flushed::More => {}
            }
        }
    }

    /// Brings handles and the socket up to date with the peer.
    fn turn(&mut self) -> Flushed {
        let now = self.clock.now();
        self.handle_timeout(now);
        self.drain_events(now);
        self.sending.update_path(&self.peer);
        let flushed = self.outbox.flush(now, &mut self.peer, &mut self.socket);
        // What was just sent may have made room for messages that wait, which are sent next time.
        self.drain_events(now);
        let retried = self.channels.retry(now, &mut self.peer);
        self.flushes.answer(&mut self.peer, &self.channels);
        self.continue_close(now);
        if retried && flushed == Flushed::All { Flushed::More } else { flushed }
    }

    /// Tells handles and the other side how it ended, without waiting for either.
    fn finish(&mut self) {
        let now = self.clock.now();
        self.deliver_everything(now);
        while self.outbox.flush(now, &mut self.peer, &mut self.socket) == Flushed::More {}
    }

    fn deadline(&self) -> Option<Instant> {
        let deadline = self.peer.poll_timeout().map(|deadline| deadline.at);
        deadline.into_iter().chain(self.close_deadline).min()
    }

    /// Runs a command and those behind it; none means that every handle is gone.
    fn run_commands(&mut self, first: Option<Command>) {
        let now = self.clock.now();
        // Media first: what was sent before a command is sent before it.
        self.send_all_media(now);
        let Some(first) = first else {
            self.is_alone = true;
            return self.close(now);
        };
        self.run_command(now, first);
        for _ in 1..limits::COMMANDS_PER_TURN {
            match self.commands.try_recv() {
                Ok(command) => self.run_command(now, command),
                // If every handle is gone, the next turn's wait says so.
                Err(_) => break,
            }
        }
    }

    fn receive(&mut self) {
        let now = self.clock.now();
        for _ in 0..limits::RECEIVES_PER_TURN {
            if !self.socket.receive(|datagram| self.peer.handle_datagram(now, datagram)) {
                break;
            }
        }
    }

    /// Lets the peer do what is due, before anything else gets to it: after the machine has slept,
    /// whatever woke it may come before the timer does.
    fn handle_timeout(&mut self, now: Instant) {
        if self.peer.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
            self.peer.handle_timeout(now);
        }
        if self.close_deadline.is_some_and(|at| at <= now) {
            self.peer.abort(now);
        }
    }

    /// Does what handles have told: they were read, or dropped.
    fn take_notices(&mut self) {
        let now = self.clock.now();
        let notices = self.notices.take();
        // What a handle sent before it was dropped is among the commands that are queued by now.
        if notices.iter().any(|notice| matches!(notice, Notice::Dropped(_))) {
            for _ in 0..self.commands.len() {
                if let Ok(command) = self.commands.try_recv() {
                    self.run_command(now, command);
                }
            }
        }
        for notice in notices {
            match notice {
                Notice::Dropped(id) => self.channels.dropped(now, &mut self.peer, id),
                Notice::Read(id) => self.channels.read(&mut self.peer, id),
            }
        }
        self.announce_channels(now);
    }

    /// A new handle; `None` if all are gone, and with them whoever could use it.
    fn handle(&self) -> Option<Handle> {
        self.handles.upgrade()
    }

    /// The other end's events of the time until now.
    fn drain_events(&mut self, now: Instant) {
        while let Some(event) = self.peer.poll_event() {
            self.handle_event(now, event);
        }
    }

    /// Hands everything that was received to handles, however much they hold: no more can come.
    fn deliver_everything(&mut self, now: Instant) {
        self.channels.resume_all(&mut self.peer);
        self.drain_events(now);
        // What that has paused again: each round leaves less.
        while self.channels.resume_all(&mut self.peer) {
            self.drain_events(now);
        }
    }

    /// Accepts nothing more, and delivers what was accepted.
    fn close(&mut self, now: Instant) {
        if self.close_deadline.is_none() {
            self.close_deadline = Some(now + self.close_timeout);
            self.channels.stop_accepting();
            self.deliver_everything(now);
            self.continue_close(now);
        }
    }

    /// Closes the peer once it has everything that was accepted.
    fn continue_close(&mut self, now: Instant) {
        if self.close_deadline.is_some() && !self.channels.has_waiting() {
            self.peer.close(now);
        }
    }
}

/// The task's ends of the ways that handles have to it.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) media: mpsc::Receiver<crate::command::Outbound>,
}

#[cfg(test)]
pub(crate) mod tests {
    //! What tests of the driver's parts are made of.

    use std::time::Duration;

    use lariat_base::Seed;
    use lariat_crypto::ring;
    use lariat_dtls::Certificate;
    use lariat_peer::{Config, Peer};
    use tokio::sync::mpsc;

    use crate::command::{Command, Handle, Outbound};

    pub(crate) fn peer() -> Peer {
        let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
        let now = Duration::from_secs(1_800_000_000);
        let certificate = Certificate::generate(&*provider, &mut seed.rng(), now).unwrap();
        Peer::new(Config::new(provider, seed, certificate, now))
    }

    pub(crate) fn handle() -> (Handle, mpsc::Receiver<Command>, mpsc::Receiver<Outbound>) {
        let (commands, command_receiver) = mpsc::channel(9);
        let (media, media_receiver) = mpsc::channel(9);
        (Handle { commands, media }, command_receiver, media_receiver)
    }
}
