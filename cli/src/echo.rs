//! What a session does: everything that arrives goes back.

use lariat::{ConnectionState, DataChannel, Error, Event, Stats, Track};
use tokio::task::JoinSet;

use crate::channels::{self, at};
use crate::limits;
use crate::log::{Log, quoted, seconds};
use crate::sessions::{Ending, Session};

/// How far a client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It has sent a description, which may be anybody's.
    Unproven,
    /// ICE has found a path to it.
    Proven,
    Connected,
}

/// What runs for one session; it ends when this is dropped.
struct Guest<'a> {
    session: &'a Session,
    log: &'a Log,
    stage: Stage,
    channels: JoinSet<()>,
    tracks: JoinSet<()>,
    /// By transceiver, for keyframes that are asked for.
    known: Vec<Track>,
    refuses_channels: bool,
}

/// Runs a session until it ends, and closes it. `channels` are those that this side opened.
pub(crate) async fn run(session: &Session, channels: Vec<DataChannel>, log: &Log) -> Ending {
    let mut guest = Guest {
        session,
        log,
        stage: Stage::Unproven,
        channels: JoinSet::new(),
        tracks: JoinSet::new(),
        known: Vec::new(),
        refuses_channels: false,
    };
    for channel in channels {
        guest.serve_channel(channel);
    }
    let ending = guest.until_the_end().await;
    let stats = session.connection.stats().await.ok();
    match ending {
        Ending::Stopped => session.connection.close().await,
        // There is nobody left for whom what waits is of use.
        _ => session.connection.abort().await,
    }
    let lasted = seconds(session.started.elapsed());
    let carried = stats.map(|stats| carried(&stats)).unwrap_or_default();
    log.session(session.number, format!("ended after {lasted}: {ending}{carried}."));
    if let Ending::Failed(lariat::FailureReason::Ice { explanation, .. }) = &ending {
        log.session(session.number, format!("tried these paths:\n{explanation}"));
    }
    ending
}

impl Guest<'_> {
    async fn until_the_end(&mut self) -> Ending {
        let session = self.session;
        loop {
            let deadline = match self.stage {
                Stage::Unproven => Some(session.started + limits::PROOF_TIMEOUT),
                Stage::Proven => Some(session.started + limits::CONNECT_TIMEOUT),
                Stage::Connected => None,
            };
            tokio::select! {
                why = session.end.wait() => return why,
                event = session.connection.next_event() => {
                    if let Some(ending) = self.on_event(event).await {
                        // Whoever asked for the end knows more than the connection does.
                        return session.end.why().cloned().unwrap_or(ending);
                    }
                }
                () = at(deadline), if deadline.is_some() => {
                    if self.stage == Stage::Proven {
                        return Ending::Unconnected;
                    }
                    if !self.has_path().await {
                        return Ending::Unproven;
                    }
                    self.session.place.settle();
                    self.stage = Stage::Proven;
                }
            }
        }
    }

    async fn on_event(&mut self, event: Option<Event>) -> Option<Ending> {
        match event {
            Some(Event::ConnectionState(ConnectionState::Connected)) => self.on_connected().await,
            Some(Event::ConnectionState(ConnectionState::Disconnected)) => {
                self.log.session(self.session.number, "hears nothing from its client.");
            }
            Some(Event::DataChannel(channel)) => self.serve_channel(channel),
            Some(Event::ChannelsRefused { limit }) => self.log.session(
                self.session.number,
                format!("wants more than {limit} data channels; the others are refused."),
            ),
            Some(Event::Track(track)) => self.serve_track(track),
            Some(Event::KeyframeRequested(transceiver)) => {
                // The page asks for a keyframe of its own picture: only the page can make one.
                let mut known = self.known.iter();
                if let Some(track) = known.find(|t| t.transceiver().id() == transceiver.id()) {
                    track.request_keyframe().await;
                }
            }
            Some(Event::Failed(reason)) => return Some(Ending::Failed(reason)),
            Some(Event::ConnectionState(ConnectionState::Failed | ConnectionState::Closed))
            | None => return Some(Ending::Closed),
            Some(_) => {}
        }
        None
    }

    async fn on_connected(&mut self) {
        let number = self.session.number;
        if self.stage == Stage::Connected {
            self.log.session(number, "hears its client again.");
            return;
        }
        self.stage = Stage::Connected;
        self.session.place.settle();
        let stats = self.session.connection.stats().await.ok();
        let pair = stats.and_then(|stats| stats.peer.selected_pair);
        let path = pair.map(|pair| format!(", {} to {}", pair.local, pair.remote));
        let after = seconds(self.session.started.elapsed());
        self.log.session(number, format!("connected after {after}{}.", path.unwrap_or_default()));
    }

    async fn has_path(&self) -> bool {
        let stats = self.session.connection.stats().await;
        stats.is_ok_and(|stats| stats.peer.selected_pair.is_some())
    }

    /// A channel is a task of its own, so that one that its client does not read stops no other.
    fn serve_channel(&mut self, channel: DataChannel) {
        while self.channels.try_join_next().is_some() {}
        if self.channels.len() < limits::CHANNELS {
            self.channels.spawn(channels::serve(channel));
        } else if !self.refuses_channels {
            // Dropping the channel closes it.
            self.refuses_channels = true;
            let label = quoted(channel.label());
            let what = format!("has {} channels; {label} is refused.", limits::CHANNELS);
            self.log.session(self.session.number, what);
        }
    }

    fn serve_track(&mut self, track: Track) {
        while self.tracks.try_join_next().is_some() {}
        self.known.retain(|known| known.transceiver().id() != track.transceiver().id());
        self.known.push(track.clone());
        self.tracks.spawn(echo_track(track));
    }
}

async fn echo_track(track: Track) {
    track.request_keyframe().await;
    while let Some(packet) = track.recv().await {
        // Any other error is a client's that only sends: it does not want its packets back.
        if let Err(Error::Closed) = track.transceiver().send_rtp(packet).await {
            break;
        }
    }
}

fn carried(stats: &Stats) -> String {
    let peer = &stats.peer;
    format!("; {} bytes came in, {} went out", peer.bytes_received, peer.bytes_sent)
}

#[cfg(test)]
mod tests;
