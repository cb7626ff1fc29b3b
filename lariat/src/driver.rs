//! The task that owns a connection: the peer, the socket, and the ends of all queues.
//!
//! It takes turns. A turn hands what the peer has to say to handles and to the socket; then the
//! task waits for the first of a command, a datagram, room in the socket, the peer's deadline, or a
//! handle that wants it to look. Nothing in a turn waits.

mod channels;
mod commands;
mod events;
mod transmits;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use lariat_base::{Instant, Seed};
use lariat_dtls::Certificate;
use lariat_ice::Candidate;
use lariat_peer::{Config, Peer, RtpPacket, TransceiverId};
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use self::channels::Channels;
use self::transmits::{Flushed, Outbox};
use crate::clock::{self, Clock};
use crate::command::{Command, Handle};
use crate::data_channel::Flow;
use crate::socket::Socket;
use crate::{Configuration, Error, Event, interfaces, limits, queue};

pub(crate) struct Driver {
    clock: Clock,
    peer: Peer,
    socket: Socket,
    outbox: Outbox,
    channels: Channels,
    tracks: BTreeMap<TransceiverId, queue::Sender<RtpPacket>>,
    events: queue::Sender<Event>,
    flow: Arc<Flow>,
    commands: mpsc::Receiver<Command>,
    /// Weak, or the task would keep itself alive.
    weak: mpsc::WeakSender<Command>,
}

impl Driver {
    pub(crate) fn new(
        configuration: Configuration,
        commands: mpsc::Receiver<Command>,
        weak: mpsc::WeakSender<Command>,
        events: queue::Sender<Event>,
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
        let clock = Clock::start();
        let mut config = Config::new(configuration.provider, seed, certificate, since_epoch);
        config.dtls_versions = configuration.dtls_versions;
        config.dtls_groups = configuration.dtls_groups;
        config.key_log = configuration.key_log;
        config.check().map_err(Error::Dtls)?;
        let mut peer = Peer::new(config);
        for address in addresses {
            peer.add_local_candidate(clock.now(), Candidate::host(address))?;
        }
        let flow = Arc::new(Flow::default());
        let channels = Channels::new(Arc::clone(&flow));
        Ok(Self {
            clock,
            peer,
            socket,
            outbox: Outbox::default(),
            channels,
            tracks: BTreeMap::new(),
            events,
            flow,
            commands,
            weak,
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
            if let Some(at) = deadline
                && timer.deadline() != at
            {
                timer.as_mut().reset(at);
            }
            tokio::select! {
                command = self.commands.recv() => self.run_commands(command),
                () = self.socket.ready(flushed == Flushed::Blocked) => self.receive(),
                () = &mut timer, if deadline.is_some() => self.handle_timeout(),
                () = self.flow.wake.notified() => self.look(),
                () = tokio::task::yield_now(), if flushed == Flushed::More => {}
            }
        }
    }

    /// Brings handles and the socket up to date with the peer.
    fn turn(&mut self) -> Flushed {
        let now = self.clock.now();
        self.drain_events(now);
        let flushed = self.outbox.flush(now, &mut self.peer, &mut self.socket);
        // What was just sent may have made room for messages that wait, which are sent next time.
        let refilled = self.channels.refill(now, &mut self.peer);
        if refilled && flushed == Flushed::All { Flushed::More } else { flushed }
    }

    /// Tells handles and the other side how it ended, without waiting for either.
    fn finish(&mut self) {
        let now = self.clock.now();
        while let Some(event) = self.peer.poll_event() {
            self.handle_event(now, event);
        }
        while self.outbox.flush(now, &mut self.peer, &mut self.socket) == Flushed::More {}
    }

    fn deadline(&self) -> Option<tokio::time::Instant> {
        self.peer.poll_timeout().and_then(|deadline| self.clock.runtime(deadline.at))
    }

    /// Runs a command and those behind it; none means that every handle is gone.
    fn run_commands(&mut self, first: Option<Command>) {
        let now = self.clock.now();
        let Some(first) = first else { return self.peer.close(now) };
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

    fn handle_timeout(&mut self) {
        self.peer.handle_timeout(self.clock.now());
    }

    /// A handle has read enough for more to be taken, which the next turn does, or was dropped.
    fn look(&mut self) {
        let now = self.clock.now();
        let abandoned = self.channels.abandoned();
        // What a handle sent before it was dropped is among the commands that are queued by now.
        for _ in 0..self.commands.len() {
            if let Ok(command) = self.commands.try_recv() {
                self.run_command(now, command);
            }
        }
        for id in abandoned {
            self.channels.close(now, &mut self.peer, id);
        }
    }

    /// A new handle; `None` if all are gone, and with them whoever could use it.
    fn handle(&self) -> Option<Handle> {
        self.weak.upgrade().map(|commands| Handle { commands })
    }

    /// The other end's events of the time until now.
    fn drain_events(&mut self, now: Instant) {
        while !self.flow.is_full() {
            let Some(event) = self.peer.poll_event() else { break };
            self.handle_event(now, event);
        }
    }
}
