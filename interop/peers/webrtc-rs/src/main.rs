//! A peer on webrtc-rs: `webrtc-rs-peer offer|answer [media]`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lariat_interop::Result;
use lariat_interop::line::{
    Arguments, Line, MESSAGES, OPUS_SILENCE, PATIENCE, Role, Score, VP8_KEY_FRAME, message,
};
use rtc::interceptor::Registry;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_OPUS, MIME_TYPE_VP8, MediaEngine,
};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use serde_json::{Value, json};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    RTCPeerConnectionState,
};
use webrtc::runtime::{Runtime, default_runtime};

/// How often this peer looks at what has changed, and sends a packet of each kind.
const TICK: Duration = Duration::from_millis(20);

fn main() -> Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let runtime = default_runtime().ok_or("webrtc-rs was built without a runtime")?;
    let mut outcome = Ok(());
    runtime.block_on(Box::pin(async { outcome = run(&arguments, runtime.clone()).await }));
    if let Err(error) = outcome {
        eprintln!("{error}");
        std::process::exit(1);
    }
    // Tasks of webrtc-rs may still run.
    std::process::exit(0);
}

async fn run(arguments: &Arguments, runtime: Arc<dyn Runtime>) -> Result<()> {
    let shared = Arc::new(Shared::new(runtime.clone()));
    let mut engine = MediaEngine::default();
    engine.register_default_codecs()?;
    let interceptors = register_default_interceptors(Registry::new(), &mut engine)?;
    let connection = PeerConnectionBuilder::new()
        .with_configuration(RTCConfigurationBuilder::new().build())
        .with_media_engine(engine)
        .with_interceptor_registry(interceptors)
        .with_handler(Arc::new(Handler { shared: shared.clone() }))
        .with_runtime(runtime.clone())
        .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
        .build()
        .await?;
    let line = Line::open();
    let mut sending = Vec::new();
    if arguments.media {
        for source in [Source::opus(), Source::vp8()] {
            connection.add_track(source.track.clone()).await?;
            sending.push(source);
        }
    }
    let theirs = negotiate(&connection, arguments.role, &line, &shared).await?;
    for source in &mut sending {
        source.payload_type = payload_type(&theirs, source.encoding)?;
    }
    let deadline = Instant::now() + PATIENCE;
    let mut reported = false;
    while !line.ended() {
        let score = shared.score();
        if !reported && (score.is_complete(arguments.media) || Instant::now() >= deadline) {
            line.write_result("webrtc-rs", &score, shared.details());
            reported = true;
        }
        if shared.connected.load(Ordering::SeqCst) {
            for source in &mut sending {
                source.send().await?;
            }
        }
        runtime.sleep(TICK).await;
    }
    Ok(())
}

/// Exchanges descriptions; returns the other peer's SDP.
async fn negotiate(
    connection: &impl PeerConnection,
    role: Role,
    line: &Line,
    shared: &Arc<Shared>,
) -> Result<String> {
    let theirs;
    if role == Role::Offer {
        let channel = connection.create_data_channel("chat", None).await?;
        shared.runtime.spawn(Box::pin(carry(channel, shared.clone(), role)));
        let offer = connection.create_offer(None).await?;
        connection.set_local_description(offer).await?;
        write_description(connection, line, shared).await?;
        theirs = line.read_description()?;
        connection.set_remote_description(serde_json::from_value(theirs.clone())?).await?;
    } else {
        theirs = line.read_description()?;
        connection.set_remote_description(serde_json::from_value(theirs.clone())?).await?;
        let answer = connection.create_answer(None).await?;
        connection.set_local_description(answer).await?;
        write_description(connection, line, shared).await?;
    }
    Ok(theirs["sdp"].as_str().unwrap_or_default().to_owned())
}

async fn write_description(
    connection: &impl PeerConnection,
    line: &Line,
    shared: &Shared,
) -> Result<()> {
    while !shared.gathered.load(Ordering::SeqCst) {
        shared.runtime.sleep(TICK).await;
    }
    let description = connection.local_description().await.ok_or("no description")?;
    line.write_description(&serde_json::to_value(description)?);
    Ok(())
}

/// What the handlers tell the program.
struct Shared {
    runtime: Arc<dyn Runtime>,
    score: Mutex<Score>,
    gathered: AtomicBool,
    connected: AtomicBool,
}

impl Shared {
    fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self {
            runtime,
            score: Mutex::default(),
            gathered: AtomicBool::new(false),
            connected: AtomicBool::new(false),
        }
    }

    fn score(&self) -> Score {
        self.score.lock().map(|score| score.clone()).unwrap_or_default()
    }

    fn count(&self, count: impl FnOnce(&mut Score)) {
        if let Ok(mut score) = self.score.lock() {
            count(&mut score);
        }
    }

    fn details(&self) -> Value {
        json!({ "connected": self.connected.load(Ordering::SeqCst) })
    }
}

struct Handler {
    shared: Arc<Shared>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.shared.gathered.store(true, Ordering::SeqCst);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        eprintln!("{state}");
        let connected = state == RTCPeerConnectionState::Connected;
        self.shared.connected.store(connected, Ordering::SeqCst);
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        let carried = carry(channel, self.shared.clone(), Role::Answer);
        self.shared.runtime.spawn(Box::pin(carried));
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let shared = self.shared.clone();
        let is_audio = track.kind().await == RtpCodecKind::Audio;
        self.shared.runtime.spawn(Box::pin(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(_) = event {
                    shared.count(|score| {
                        *(if is_audio { &mut score.audio } else { &mut score.video }) += 1;
                    });
                }
            }
        }));
    }
}

/// Sends the messages, or sends them back.
async fn carry(channel: Arc<dyn DataChannel>, shared: Arc<Shared>, role: Role) {
    while let Some(event) = channel.poll().await {
        let sent = match event {
            DataChannelEvent::OnOpen if role == Role::Offer => send_all(&*channel).await,
            DataChannelEvent::OnMessage(message) => {
                shared.count(|score| score.on_message(&message.data));
                match role {
                    Role::Offer => Ok(()),
                    Role::Answer => {
                        channel.send_text(&String::from_utf8_lossy(&message.data)).await
                    }
                }
            }
            DataChannelEvent::OnClose => return,
            _ => Ok(()),
        };
        if let Err(error) = sent {
            eprintln!("data channel: {error}");
        }
    }
}

async fn send_all(channel: &dyn DataChannel) -> webrtc::error::Result<()> {
    for number in 0..MESSAGES {
        channel.send_text(&message(number)).await?;
    }
    Ok(())
}

/// A track that sends the same frame again and again: webrtc-rs has no encoder.
struct Source {
    track: Arc<TrackLocalStaticRTP>,
    encoding: &'static str,
    ssrc: u32,
    payload_type: u8,
    payload: Vec<u8>,
    samples_per_packet: u32,
    packets: u32,
}

impl Source {
    /// An Opus packet each time.
    fn opus() -> Self {
        let track = track(RtpCodecKind::Audio, MIME_TYPE_OPUS, 48_000, 2, 0x1a1);
        Self::new(track, "opus/48000", 0x1a1, OPUS_SILENCE.to_vec(), 960)
    }

    /// A VP8 frame of one packet each time, behind the descriptor that says where it starts.
    fn vp8() -> Self {
        let track = track(RtpCodecKind::Video, MIME_TYPE_VP8, 90_000, 0, 0x1a2);
        Self::new(track, "VP8/90000", 0x1a2, [&[0x10], VP8_KEY_FRAME].concat(), 1_800)
    }

    fn new(
        track: TrackLocalStaticRTP,
        encoding: &'static str,
        ssrc: u32,
        payload: Vec<u8>,
        samples_per_packet: u32,
    ) -> Self {
        let track = Arc::new(track);
        Self { track, encoding, ssrc, payload_type: 0, payload, samples_per_packet, packets: 0 }
    }

    async fn send(&mut self) -> Result<()> {
        self.packets += 1;
        let header = rtc::rtp::header::Header {
            version: 2,
            marker: true,
            payload_type: self.payload_type,
            sequence_number: u16::try_from(self.packets % 65_536)?,
            timestamp: self.packets.wrapping_mul(self.samples_per_packet),
            ssrc: self.ssrc,
            ..Default::default()
        };
        let packet = rtc::rtp::Packet { header, payload: self.payload.clone().into() };
        Ok(self.track.write_rtp(packet).await?)
    }
}

fn track(
    kind: RtpCodecKind,
    mime_type: &str,
    clock_rate: u32,
    channels: u16,
    ssrc: u32,
) -> TrackLocalStaticRTP {
    let coding = RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() };
    let codec =
        RTCRtpCodec { mime_type: mime_type.to_owned(), clock_rate, channels, ..Default::default() };
    let encoding =
        RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    let name = format!("{kind}");
    let stream = "peer".to_owned();
    TrackLocalStaticRTP::new(MediaStreamTrack::new(
        stream,
        name.clone(),
        name,
        kind,
        vec![encoding],
    ))
}

/// The payload type that `sdp` maps to `encoding`.
fn payload_type(sdp: &str, encoding: &str) -> Result<u8> {
    let maps = sdp.lines().filter_map(|line| line.strip_prefix("a=rtpmap:"));
    let mut fitting = maps
        .filter_map(|map| map.trim().split_once(' '))
        .filter(|(_, to)| to.to_ascii_lowercase().starts_with(&encoding.to_ascii_lowercase()));
    let (payload_type, _) = fitting.next().ok_or_else(|| format!("no {encoding}"))?;
    Ok(payload_type.parse()?)
}
