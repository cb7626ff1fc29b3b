//! A peer on webrtc-rs.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::TryRecvError;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::BytesMut;
use lariat_interop::Result;
use path_peers::media::{AUDIO, Source, VIDEO};
use path_peers::meter::{Flow, Meter};
use path_peers::order::{Order, listen, reply};
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

/// How much a channel may have to send.
const ROOM: usize = 1 << 20;

/// How often this peer looks for orders, and whether it has gathered.
const TICK: Duration = Duration::from_millis(1);

fn main() -> Result<()> {
    let runtime = default_runtime().ok_or("webrtc-rs was built without a runtime")?;
    // Its tasks get on only while somebody blocks on the runtime, so that lines are looked for from
    // within.
    let orders = listen();
    runtime.block_on(Box::pin(async {
        let mut call: Option<Call> = None;
        loop {
            match orders.try_recv() {
                Ok(Ok(order)) => reply(carry_out(&mut call, order, &runtime).await),
                Ok(Err(error)) => reply(Err(error)),
                Err(TryRecvError::Empty) => runtime.sleep(TICK).await,
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }));
    // Tasks of webrtc-rs may still run.
    std::process::exit(0);
}

async fn carry_out(
    call: &mut Option<Call>,
    order: Order,
    runtime: &Arc<dyn Runtime>,
) -> Result<Value> {
    if matches!(order, Order::Offer { .. } | Order::Answer { .. })
        && let Some(old) = call.take()
    {
        old.shared.sending.fetch_add(1, Ordering::Relaxed);
        old.connection.close().await?;
    }
    match order {
        Order::Offer { channels, media } => {
            call.insert(Call::new(media, runtime).await?).offer(channels).await
        }
        Order::Answer { offer, media } => {
            call.insert(Call::new(media, runtime).await?).answer(offer).await
        }
        order => call.as_mut().ok_or("there is no connection")?.carry_out(order).await,
    }
}

/// One connection.
struct Call {
    connection: Box<dyn PeerConnection>,
    shared: Arc<Shared>,
    sources: Vec<(Source, Arc<TrackLocalStaticRTP>, u32)>,
}

/// What the handlers tell.
struct Shared {
    runtime: Arc<dyn Runtime>,
    meter: Mutex<Meter>,
    channels: Mutex<Vec<Arc<dyn DataChannel>>>,
    gathered: Mutex<bool>,
    /// Which order to send is in force. Whoever follows an older one stops.
    sending: AtomicU64,
}

impl Call {
    async fn new(media: bool, runtime: &Arc<dyn Runtime>) -> Result<Self> {
        let shared = Arc::new(Shared {
            runtime: runtime.clone(),
            meter: Mutex::new(Meter::new()),
            channels: Mutex::default(),
            gathered: Mutex::default(),
            sending: AtomicU64::new(0),
        });
        let mut engine = MediaEngine::default();
        engine.register_default_codecs()?;
        let interceptors = register_default_interceptors(Registry::new(), &mut engine)?;
        let connection = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(engine)
            .with_interceptor_registry(interceptors)
            .with_handler(Arc::new(Handler { shared: shared.clone() }))
            .with_runtime(runtime.clone())
            .with_data_channel_send_buffer_limit(ROOM)
            .with_udp_addrs(vec![own_address()?])
            .build()
            .await?;
        let mut sources = Vec::new();
        if media {
            for (source, track, ssrc) in [
                (AUDIO, track(RtpCodecKind::Audio, MIME_TYPE_OPUS, 48_000, 2, 0x1a1), 0x1a1),
                (VIDEO, track(RtpCodecKind::Video, MIME_TYPE_VP8, 90_000, 0, 0x1a2), 0x1a2),
            ] {
                let track = Arc::new(track);
                connection.add_track(track.clone()).await?;
                sources.push((source, track, ssrc));
            }
        }
        Ok(Self { connection: Box::new(connection), shared, sources })
    }

    async fn offer(&self, channels: usize) -> Result<Value> {
        for number in 0..channels {
            let label = format!("channel {number}");
            keep(self.connection.create_data_channel(&label, None).await?, &self.shared);
        }
        let offer = self.connection.create_offer(None).await?;
        self.connection.set_local_description(offer).await?;
        self.description().await
    }

    async fn answer(&self, offer: Value) -> Result<Value> {
        let sdp = offer["sdp"].as_str().unwrap_or_default().to_owned();
        self.connection.set_remote_description(serde_json::from_value(offer)?).await?;
        let answer = self.connection.create_answer(None).await?;
        self.connection.set_local_description(answer).await?;
        self.start_media(&sdp)?;
        self.description().await
    }

    async fn description(&self) -> Result<Value> {
        while !*lock(&self.shared.gathered) {
            self.shared.runtime.sleep(TICK).await;
        }
        let description = self.connection.local_description().await.ok_or("no description")?;
        Ok(serde_json::to_value(description)?)
    }

    async fn carry_out(&mut self, order: Order) -> Result<Value> {
        match order {
            Order::Accept { answer } => {
                let sdp = answer["sdp"].as_str().unwrap_or_default().to_owned();
                self.connection.set_remote_description(serde_json::from_value(answer)?).await?;
                self.start_media(&sdp)?;
            }
            Order::Send { size, every } => self.send(size, every),
            Order::Stop => drop(self.shared.sending.fetch_add(1, Ordering::Relaxed)),
            Order::Mark => lock(&self.shared.meter).mark(),
            Order::Read => return Ok(lock(&self.shared.meter).reading()),
            Order::Close => self.connection.close().await?,
            Order::Offer { .. } | Order::Answer { .. } => {}
        }
        Ok(json!({}))
    }

    fn send(&self, size: usize, every: Option<Duration>) {
        let order = self.shared.sending.fetch_add(1, Ordering::Relaxed) + 1;
        for channel in lock(&self.shared.channels).iter() {
            let (channel, shared) = (channel.clone(), self.shared.clone());
            self.shared.runtime.spawn(Box::pin(async move {
                while shared.sending.load(Ordering::Relaxed) == order {
                    if channel.send(BytesMut::zeroed(size)).await.is_err() {
                        return;
                    }
                    if let Some(every) = every {
                        shared.runtime.sleep(every).await;
                    }
                }
            }));
        }
    }

    fn start_media(&self, sdp: &str) -> Result<()> {
        for (source, track, ssrc) in &self.sources {
            let payload_type = source.payload_type(sdp)?;
            let (source, track, ssrc) = (*source, track.clone(), *ssrc);
            let sent = send_media(source, track, ssrc, payload_type, self.shared.clone());
            self.shared.runtime.spawn(Box::pin(sent));
        }
        Ok(())
    }
}

/// Sends media as soon as that is possible, until another connection takes the place of this one.
async fn send_media(
    source: Source,
    track: Arc<TrackLocalStaticRTP>,
    ssrc: u32,
    payload_type: u8,
    shared: Arc<Shared>,
) {
    let mut packets = 0_u32;
    while Arc::strong_count(&track) > 1 {
        packets = packets.wrapping_add(1);
        let header = rtc::rtp::header::Header {
            version: 2,
            marker: true,
            payload_type,
            sequence_number: packets as u16,
            timestamp: packets.wrapping_mul(source.samples),
            ssrc,
            ..Default::default()
        };
        let packet = rtc::rtp::Packet { header, payload: source.payload().into() };
        // There may be nobody yet to send to.
        let _ = track.write_rtp(packet).await;
        shared.runtime.sleep(source.every).await;
    }
}

struct Handler {
    shared: Arc<Shared>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        *lock(&self.shared.gathered) |= state == RTCIceGatheringState::Complete;
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        lock(&self.shared.meter).state(&state.to_string());
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        keep(channel, &self.shared);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let shared = self.shared.clone();
        let is_audio = track.kind().await == RtpCodecKind::Audio;
        let flow = if is_audio { Flow::Audio } else { Flow::Video };
        self.shared.runtime.spawn(Box::pin(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    lock(&shared.meter).arrived(flow, packet.payload.len());
                }
            }
        }));
    }
}

/// Counts what a channel brings, and keeps it to send on it.
fn keep(channel: Arc<dyn DataChannel>, shared: &Arc<Shared>) {
    lock(&shared.channels).push(channel.clone());
    let shared = shared.clone();
    shared.runtime.clone().spawn(Box::pin(async move {
        while let Some(event) = channel.poll().await {
            match event {
                DataChannelEvent::OnOpen => lock(&shared.meter).opened(),
                DataChannelEvent::OnMessage(message) => {
                    lock(&shared.meter).arrived(Flow::Data, message.data.len());
                }
                DataChannelEvent::OnClose => return,
                _ => {}
            }
        }
    }));
}

/// The address that leads out of here; webrtc-rs takes no unspecified one.
fn own_address() -> Result<String> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect("10.77.0.99:9")?;
    Ok(format!("{}:0", socket.local_addr()?.ip()))
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
    let (stream, name) = ("peer".to_owned(), format!("{kind}"));
    let track = MediaStreamTrack::new(stream, name.clone(), name, kind, vec![encoding]);
    TrackLocalStaticRTP::new(track)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("nobody panics with the lock")
}
