//! How long it takes until a call is up.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lariat_path::{PeerError, Reading};

use crate::path::field::Field;
use crate::path::pairing::Pairing;

/// What the path is like. Descriptions do not travel over it, and take no time.
pub const PATH: [&str; 4] = ["up", "delay 30ms", "rate none", "loss 0%"];

const PATIENCE: Duration = Duration::from_secs(15);

/// Milliseconds from the order to offer until both sides have received the first of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Call {
    /// A message.
    pub data: Option<f64>,
    /// A packet of audio.
    pub audio: Option<f64>,
    /// A packet of video.
    pub video: Option<f64>,
}

/// Makes a call of all that the two have.
///
/// # Errors
///
/// If one of them gives up.
pub fn measure(field: &mut Field, pairing: Pairing) -> Result<Call, PeerError> {
    field.tell(&PATH)?;
    let mut pair = field.pair(pairing)?;
    let start = now();
    pair.connect(1, pairing.has_media())?;
    pair.tick(20)?;
    let flows: &[&str] = if pairing.has_media() { &["data", "audio", "video"] } else { &["data"] };
    let has_all = |reading: &Reading| flows.iter().all(|flow| reading.first(flow).is_some());
    pair.a.wait_until(PATIENCE, has_all)?;
    pair.b.wait_until(PATIENCE, has_all)?;
    let readings = [pair.a.read()?, pair.b.read()?];
    pair.both("close")?;
    let until = |flow: &str| {
        let firsts = readings.iter().map(|reading| reading.first(flow));
        firsts.reduce(|one, other| Some(one?.max(other?))).flatten().map(|first| first - start)
    };
    Ok(Call { data: until("data"), audio: until("audio"), video: until("video") })
}

/// Milliseconds of the clock that all peers share.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs_f64() * 1e3
}
