//! A peer on Lariat: `peer [dtls12|classical|fingerprints] offer|answer [media]`.
//!
//! It sends all media back where it came from, and passes requests for keyframes on, so that the
//! other side decodes its own pictures.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lariat::{
    Certificate, Configuration, DataChannel, DataChannelInit, Direction, DtlsVersion, Event,
    Loopback, MediaKind, Message, NamedGroup, PeerConnection, SdpType, SessionDescription, Track,
};
use lariat_base::Seed;
use lariat_crypto::SignatureScheme;
use lariat_interop::Result;
use lariat_interop::line::{Arguments, Dtls, Line, MESSAGES, PATIENCE, Role, Score, message};
use serde_json::{Value, json};

/// How often the program looks whether it is done.
const TICK: Duration = Duration::from_millis(20);

type SharedScore = Arc<Mutex<Score>>;

// The connection runs on the runtime's own threads, so this one may wait for lines.
#[tokio::main]
async fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    let mut configuration = Configuration::default();
    match Dtls::take(&mut words) {
        Dtls::Default => {}
        Dtls::Only12 => configuration.dtls_versions = vec![DtlsVersion::Dtls12],
        Dtls::Classical => {
            configuration.dtls_groups.retain(|group| *group != NamedGroup::X25519MlKem768);
        }
        Dtls::TwoFingerprints => {
            let (provider, mut secret) = (&*configuration.provider, [0; 32]);
            provider.random(&mut secret)?;
            let (scheme, mut rng) =
                (SignatureScheme::EcdsaSecp384r1Sha384, Seed::new(secret).rng());
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let certificate = Certificate::generate_with(provider, scheme, &mut rng, now)?;
            configuration.certificate = Some(certificate);
        }
    }
    let arguments = Arguments::parse(words)?;
    configuration.bind = "127.0.0.1:0".parse()?;
    configuration.loopback = Loopback::Always;
    let connection = PeerConnection::new(configuration).await?;
    let line = Line::open();
    let score = SharedScore::default();
    tokio::spawn(follow(connection.clone(), score.clone()));
    match arguments.role {
        Role::Offer => offer(&connection, &line, arguments.media, &score).await?,
        Role::Answer => answer(&connection, &line, arguments.media).await?,
    }
    wait(&line, arguments.media, &score).await;
    let now = score.lock().map(|score| score.clone()).unwrap_or_default();
    line.write_result("lariat", &now, details(&connection).await);
    line.wait_for_end();
    connection.close().await;
    Ok(())
}

async fn offer(
    connection: &PeerConnection,
    line: &Line,
    media: bool,
    score: &SharedScore,
) -> Result<()> {
    let channel = connection.create_data_channel("chat", DataChannelInit::default()).await?;
    tokio::spawn(send_all(channel.clone()));
    tokio::spawn(receive(channel, score.clone(), Role::Offer));
    if media {
        add_media(connection).await?;
    }
    let offer = connection.create_offer().await?;
    connection.set_local_description(offer.clone()).await?;
    line.write_description(&json!({ "type": "offer", "sdp": offer.sdp }));
    let answer = description(SdpType::Answer, &line.read_description()?)?;
    connection.set_remote_description(answer).await?;
    Ok(())
}

async fn answer(connection: &PeerConnection, line: &Line, media: bool) -> Result<()> {
    let offer = description(SdpType::Offer, &line.read_description()?)?;
    if media {
        add_media(connection).await?;
    }
    connection.set_remote_description(offer).await?;
    let answer = connection.create_answer().await?;
    connection.set_local_description(answer.clone()).await?;
    line.write_description(&json!({ "type": "answer", "sdp": answer.sdp }));
    Ok(())
}

/// Adds audio and video: to the offer, or to be taken up by the other side's.
async fn add_media(connection: &PeerConnection) -> Result<()> {
    for kind in [MediaKind::Audio, MediaKind::Video] {
        connection.add_transceiver(kind, Direction::SendRecv).await?;
    }
    Ok(())
}

fn description(kind: SdpType, value: &Value) -> Result<SessionDescription> {
    let sdp = value["sdp"].as_str().ok_or("a description without SDP")?.to_owned();
    Ok(SessionDescription { kind, sdp })
}

/// Does what the connection's events ask for, until it is closed.
async fn follow(connection: PeerConnection, score: SharedScore) {
    let mut tracks: Vec<Track> = Vec::new();
    while let Some(event) = connection.next_event().await {
        match event {
            Event::DataChannel(channel) => {
                tokio::spawn(receive(channel, score.clone(), Role::Answer));
            }
            Event::Track(track) => {
                tokio::spawn(reflect(track.clone(), score.clone()));
                tracks.push(track);
            }
            Event::KeyframeRequested(transceiver) => {
                let same = |track: &&Track| track.transceiver().id() == transceiver.id();
                if let Some(track) = tracks.iter().find(same) {
                    track.request_keyframe().await;
                }
            }
            other => eprintln!("{other:?}"),
        }
    }
}

async fn send_all(channel: DataChannel) {
    for number in 0..MESSAGES {
        if let Err(error) = channel.send(message(number)).await {
            eprintln!("message {number}: {error}");
            return;
        }
    }
}

/// Counts what a channel brings, and sends it back if the other side offered.
async fn receive(channel: DataChannel, score: SharedScore, role: Role) {
    while let Some(message) = channel.recv().await {
        if let (Message::Text(text), Ok(mut score)) = (&message, score.lock()) {
            score.on_message(text.as_bytes());
        }
        if role == Role::Answer
            && let Err(error) = channel.send(message).await
        {
            eprintln!("echo: {error}");
            return;
        }
    }
}

async fn reflect(track: Track, score: SharedScore) {
    while let Some(packet) = track.recv().await {
        if let Ok(mut score) = score.lock() {
            match track.kind() {
                MediaKind::Audio => score.audio += 1,
                MediaKind::Video => score.video += 1,
            }
        }
        if let Err(error) = track.transceiver().send_rtp(packet).await {
            eprintln!("{:?}: {error}", track.kind());
            return;
        }
    }
}

async fn wait(line: &Line, media: bool, score: &SharedScore) {
    let deadline = Instant::now() + PATIENCE;
    let is_complete = || score.lock().is_ok_and(|score| score.is_complete(media));
    while !is_complete() && Instant::now() < deadline && !line.ended() {
        tokio::time::sleep(TICK).await;
    }
}

async fn details(connection: &PeerConnection) -> Value {
    match connection.stats().await {
        Ok(stats) => json!({
            "tls": stats.peer.dtls_version,
            "cipher": stats.peer.dtls_cipher,
            "group": stats.peer.dtls_group,
            "srtp": stats.peer.srtp_profile,
            "stats": format!("{stats:?}"),
        }),
        Err(error) => json!({ "stats": error.to_string() }),
    }
}
