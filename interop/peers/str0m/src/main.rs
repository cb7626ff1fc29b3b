//! A peer on str0m: `str0m-peer offer|answer [media] [dtls12|dtls13|auto]`.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use lariat_interop::Result;
use lariat_interop::line::{
    Arguments, Line, MESSAGES, OPUS_SILENCE, PATIENCE, Role, Score, VP8_KEY_FRAME, message,
};
use serde_json::{Value, json};
use str0m::channel::ChannelId;
use str0m::config::DtlsVersion;
use str0m::media::{Direction, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

/// How often a frame goes out, of each kind.
const FRAME_INTERVAL: Duration = Duration::from_millis(20);

fn main() -> Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    str0m::crypto::from_feature_flags().install_process_default();
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut peer = Peer::new(&arguments, socket.local_addr()?)?;
    let line = Line::open();
    peer.negotiate(&line)?;
    peer.run(&line, &socket)
}

struct Peer {
    rtc: Rtc,
    address: SocketAddr,
    role: Role,
    media: bool,
    score: Score,
    /// The media of ours, by kind, and how many frames went out.
    sending: Vec<(Mid, MediaKind)>,
    frames_sent: u32,
    state: Option<IceConnectionState>,
}

impl Peer {
    fn new(arguments: &Arguments, address: SocketAddr) -> Result<Self> {
        let version = match arguments.rest.first().map(String::as_str) {
            None | Some("dtls12") => DtlsVersion::Dtls12,
            Some("dtls13") => DtlsVersion::Dtls13,
            Some("auto") => DtlsVersion::Auto,
            Some(other) => return Err(format!("{other} is no version").into()),
        };
        let mut rtc = Rtc::builder().set_dtls_version(version).build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp")?);
        Ok(Self {
            rtc,
            address,
            role: arguments.role,
            media: arguments.media,
            score: Score::default(),
            sending: Vec::new(),
            frames_sent: 0,
            state: None,
        })
    }

    fn negotiate(&mut self, line: &Line) -> Result<()> {
        match self.role {
            Role::Offer => {
                let mut api = self.rtc.sdp_api();
                api.add_channel("chat".into());
                if self.media {
                    for kind in [MediaKind::Audio, MediaKind::Video] {
                        let mid = api.add_media(kind, Direction::SendRecv, None, None, None);
                        self.sending.push((mid, kind));
                    }
                }
                let (offer, pending) = api.apply().ok_or("nothing to offer")?;
                line.write_description(&serde_json::to_value(&offer)?);
                let answer = serde_json::from_value(line.read_description()?)?;
                self.rtc.sdp_api().accept_answer(pending, answer)?;
            }
            Role::Answer => {
                let offer = serde_json::from_value(line.read_description()?)?;
                let answer = self.rtc.sdp_api().accept_offer(offer)?;
                line.write_description(&serde_json::to_value(&answer)?);
            }
        }
        Ok(())
    }

    fn run(&mut self, line: &Line, socket: &UdpSocket) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut next_frame = Instant::now();
        let mut reported = false;
        let mut buffer = vec![0; 2048];
        while !line.ended() {
            let now = Instant::now();
            if !reported && (now >= deadline || self.score.is_complete(self.media)) {
                line.write_result("str0m", &self.score, self.details());
                reported = true;
            }
            if now >= next_frame {
                self.send_frames(now)?;
                next_frame = now + FRAME_INTERVAL;
            }
            let timeout = self.drain(socket)?.min(next_frame);
            let wait = timeout.saturating_duration_since(Instant::now());
            socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
            let received = socket.recv_from(&mut buffer);
            self.handle(received.map(|(length, from)| (&buffer[..length], from)))?;
        }
        Ok(())
    }

    /// Hands out everything that str0m has; says when it wants to be called again.
    fn drain(&mut self, socket: &UdpSocket) -> Result<Instant> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => return Ok(at),
                Output::Transmit(transmit) => {
                    // What the network loses, the protocols repeat.
                    let _ = socket.send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(event) => self.on_event(event)?,
            }
        }
    }

    fn handle(&mut self, received: std::io::Result<(&[u8], SocketAddr)>) -> Result<()> {
        let input = match received {
            Ok((datagram, source)) => {
                let Ok(contents) = datagram.try_into() else { return Ok(()) };
                let (proto, destination) = (Protocol::Udp, self.address);
                let receive = Receive { proto, source, destination, contents };
                Input::Receive(Instant::now(), receive)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Input::Timeout(Instant::now())
            }
            Err(error) => return Err(error.into()),
        };
        Ok(self.rtc.handle_input(input)?)
    }

    fn on_event(&mut self, event: Event) -> Result<()> {
        match event {
            Event::IceConnectionStateChange(state) => self.state = Some(state),
            Event::ChannelOpen(id, _) if self.role == Role::Offer => {
                for number in 0..MESSAGES {
                    self.write(id, false, message(number).as_bytes())?;
                }
            }
            Event::ChannelData(data) => {
                self.score.on_message(&data.data);
                if self.role == Role::Answer {
                    self.write(data.id, data.binary, &data.data)?;
                }
            }
            Event::MediaAdded(added) if self.role == Role::Answer => {
                self.sending.push((added.mid, added.kind));
            }
            Event::MediaData(data) if data.params.spec().codec.is_audio() => self.score.audio += 1,
            Event::MediaData(_) => self.score.video += 1,
            _ => {}
        }
        Ok(())
    }

    fn write(&mut self, id: ChannelId, binary: bool, message: &[u8]) -> Result<()> {
        let mut channel = self.rtc.channel(id).ok_or("no such channel")?;
        if !channel.write(binary, message)? {
            return Err("the channel's buffer is full".into());
        }
        Ok(())
    }

    /// Sends a frame of each kind. str0m has no encoder: it is the same one again and again.
    fn send_frames(&mut self, now: Instant) -> Result<()> {
        if !self.media || !self.rtc.is_connected() {
            return Ok(());
        }
        self.frames_sent += 1;
        let elapsed = MediaTime::from(FRAME_INTERVAL * self.frames_sent);
        for (mid, kind) in &self.sending {
            let Some(writer) = self.rtc.writer(*mid) else { continue };
            let Some(params) = writer.payload_params().next() else { continue };
            let payload_type = params.pt();
            let mut frame = match kind {
                MediaKind::Audio => OPUS_SILENCE.to_vec(),
                MediaKind::Video => VP8_KEY_FRAME.to_vec(),
            };
            if *kind == MediaKind::Video {
                // Three packets.
                frame.resize(2_500, 0);
            }
            writer.write(payload_type, now, elapsed, frame)?;
        }
        Ok(())
    }

    fn details(&self) -> Value {
        json!({ "ice": format!("{:?}", self.state), "framesSent": self.frames_sent })
    }
}
