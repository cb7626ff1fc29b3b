//! How fast messages arrive.

use std::thread;
use std::time::Duration;

use lariat_path::PeerError;
use serde_json::json;

use crate::path::cell::Cell;
use crate::path::field::Field;
use crate::path::pairing::Pairing;

/// Millions of bytes of messages that arrive in a second, once the sender has found its speed.
///
/// # Errors
///
/// If the two do not connect, or one of them gives up.
pub fn measure(
    field: &mut Field,
    pairing: Pairing,
    cell: Cell,
    quick: bool,
) -> Result<f64, PeerError> {
    field.tell(&cell.commands())?;
    let mut pair = field.pair(pairing)?;
    pair.connect(cell.channels, false)?;
    pair.a.ask(&json!({ "do": "send", "size": cell.size }))?;
    thread::sleep(cell.warm_up(quick));
    pair.b.ask(&json!({ "do": "mark" }))?;
    thread::sleep(Duration::from_millis(if quick { 500 } else { 2_000 }));
    let reading = pair.b.read()?;
    pair.a.ask(&json!({ "do": "stop" }))?;
    pair.both("close")?;
    Ok(reading.bytes() / (reading.at() - reading.since()) / 1e3)
}
