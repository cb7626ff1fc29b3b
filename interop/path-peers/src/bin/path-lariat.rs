//! A peer on Lariat, as its users get it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lariat::{
    Configuration, DataChannel, DataChannelInit, Direction, Error, Event, MediaKind, Message,
    PeerConnection, RtpPacket, SdpType, SessionDescription, Track,
};
use lariat_interop::Result;
use path_peers::media::{AUDIO, Source, VIDEO};
use path_peers::meter::{Flow, Meter};
use path_peers::order::{Order, listen, reply};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

fn main() -> Result<()> {
    let runtime = Runtime::new()?;
    let mut call: Option<Call> = None;
    for order in listen() {
        reply(runtime.block_on(async { carry_out(&mut call, order?).await }));
    }
    Ok(())
}

async fn carry_out(call: &mut Option<Call>, order: Order) -> Result<Value> {
    if matches!(order, Order::Offer { .. } | Order::Answer { .. })
        && let Some(old) = call.take()
    {
        old.connection.close().await;
    }
    match order {
        Order::Offer { channels, media } => {
            call.insert(Call::new(media).await?).offer(channels).await
        }
        Order::Answer { offer, media } => call.insert(Call::new(media).await?).answer(&offer).await,
        order => call.as_mut().ok_or("there is no connection")?.carry_out(order).await,
    }
}

/// One connection, with what was counted.
struct Call {
    connection: PeerConnection,
    media: bool,
    meter: Arc<Mutex<Meter>>,
    channels: Arc<Mutex<Vec<DataChannel>>>,
    /// Which order to send is in force. Whoever follows an older one stops.
    sending: Arc<AtomicU64>,
}

impl Call {
    async fn new(media: bool) -> Result<Self> {
        let connection = PeerConnection::new(Configuration::default()).await?;
        let meter = Arc::new(Mutex::new(Meter::new()));
        let channels = Arc::new(Mutex::new(Vec::new()));
        let sending = Arc::new(AtomicU64::new(0));
        let call = Self { connection, media, meter, channels, sending };
        if media {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                call.connection.add_transceiver(kind, Direction::SendRecv).await?;
            }
        }
        tokio::spawn(follow(call.connection.clone(), call.meter.clone(), call.channels.clone()));
        Ok(call)
    }

    async fn offer(&self, channels: usize) -> Result<Value> {
        for number in 0..channels {
            let init = DataChannelInit::default();
            let label = format!("channel {number}");
            let channel = self.connection.create_data_channel(&label, init).await?;
            keep(channel, &self.meter, &self.channels);
        }
        let offer = self.connection.create_offer().await?;
        self.connection.set_local_description(offer.clone()).await?;
        Ok(json!({ "type": "offer", "sdp": offer.sdp }))
    }

    async fn answer(&self, offer: &Value) -> Result<Value> {
        let offer = description(SdpType::Offer, offer)?;
        self.connection.set_remote_description(offer).await?;
        let answer = self.connection.create_answer().await?;
        self.connection.set_local_description(answer.clone()).await?;
        self.start_media(&answer.sdp).await?;
        Ok(json!({ "type": "answer", "sdp": answer.sdp }))
    }

    async fn carry_out(&mut self, order: Order) -> Result<Value> {
        match order {
            Order::Accept { answer } => {
                let answer = description(SdpType::Answer, &answer)?;
                let sdp = answer.sdp.clone();
                self.connection.set_remote_description(answer).await?;
                self.start_media(&sdp).await?;
            }
            Order::Send { size, every } => self.send(size, every),
            Order::Stop => drop(self.sending.fetch_add(1, Ordering::Relaxed)),
            Order::Mark => lock(&self.meter).mark(),
            Order::Read => return Ok(lock(&self.meter).reading()),
            Order::Close => self.connection.close().await,
            Order::Offer { .. } | Order::Answer { .. } => {}
        }
        Ok(json!({}))
    }

    async fn start_media(&self, sdp: &str) -> Result<()> {
        if self.media {
            for transceiver in self.connection.transceivers().await? {
                let source = if transceiver.kind() == MediaKind::Audio { AUDIO } else { VIDEO };
                let payload_type = source.payload_type(sdp)?;
                tokio::spawn(send_media(transceiver, source, payload_type));
            }
        }
        Ok(())
    }

    fn send(&self, size: usize, every: Option<Duration>) {
        let order = self.sending.fetch_add(1, Ordering::Relaxed) + 1;
        for channel in lock(&self.channels).iter() {
            let (channel, sending) = (channel.clone(), self.sending.clone());
            tokio::spawn(async move {
                let message = Message::Binary(vec![7; size].into());
                while sending.load(Ordering::Relaxed) == order {
                    if channel.send(message.clone()).await.is_err() {
                        return;
                    }
                    if let Some(every) = every {
                        tokio::time::sleep(every).await;
                    }
                }
            });
        }
    }
}

fn description(kind: SdpType, value: &Value) -> Result<SessionDescription> {
    let sdp = value["sdp"].as_str().ok_or("a description without SDP")?.to_owned();
    Ok(SessionDescription { kind, sdp })
}

/// Does what the connection's events ask for, until it is closed.
async fn follow(
    connection: PeerConnection,
    meter: Arc<Mutex<Meter>>,
    channels: Arc<Mutex<Vec<DataChannel>>>,
) {
    while let Some(event) = connection.next_event().await {
        match event {
            Event::DataChannel(channel) => keep(channel, &meter, &channels),
            Event::Track(track) => drop(tokio::spawn(receive_media(track, meter.clone()))),
            Event::ConnectionState(state) => lock(&meter).state(&state.to_string()),
            other => eprintln!("{other:?}"),
        }
    }
}

/// Counts what a channel brings, and keeps it to send on it.
fn keep(channel: DataChannel, meter: &Arc<Mutex<Meter>>, channels: &Mutex<Vec<DataChannel>>) {
    lock(channels).push(channel.clone());
    let meter = meter.clone();
    tokio::spawn(async move {
        if channel.opened().await.is_ok() {
            lock(&meter).opened();
        }
        while let Some(message) = channel.recv().await {
            let length = match &message {
                Message::Text(text) => text.len(),
                Message::Binary(bytes) => bytes.len(),
            };
            lock(&meter).arrived(Flow::Data, length);
        }
    });
}

async fn receive_media(track: Track, meter: Arc<Mutex<Meter>>) {
    let flow = if track.kind() == MediaKind::Audio { Flow::Audio } else { Flow::Video };
    while let Some(packet) = track.recv().await {
        lock(&meter).arrived(flow, packet.payload.len());
    }
}

/// Sends media as soon as that is possible, until the connection is closed.
async fn send_media(transceiver: lariat::Transceiver, source: Source, payload_type: u8) {
    let mut sequence_number = 0_u16;
    let mut timestamp = 0_u32;
    let payload = source.payload();
    loop {
        let payload = payload.clone().into();
        let packet = RtpPacket { payload_type, marker: true, sequence_number, timestamp, payload };
        // Any other error says that there is nobody yet to send to.
        if let Err(Error::Closed) = transceiver.send_rtp(packet).await {
            return;
        }
        sequence_number = sequence_number.wrapping_add(1);
        timestamp = timestamp.wrapping_add(source.samples);
        tokio::time::sleep(source.every).await;
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().expect("nobody panics with the lock")
}
