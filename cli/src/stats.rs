//! What this side knows about a session, as JSON.

use std::time::Duration;

use lariat::{Stats, StreamStats};
use serde_json::{Value, json};

/// The names are stable: the page and the tests read them.
pub(crate) fn json(stats: &Stats) -> Value {
    let peer = &stats.peer;
    json!({
        "connection_state": peer.connection_state.to_string(),
        "selected_pair": peer.selected_pair.as_ref().map(|pair| json!({
            "local": pair.local.to_string(),
            "remote": pair.remote.to_string(),
        })),
        "rtt_ms": peer.rtt.map(milliseconds),
        "dtls_version": peer.dtls_version,
        "dtls_cipher": peer.dtls_cipher,
        "dtls_group": peer.dtls_group,
        "srtp_profile": peer.srtp_profile,
        "bytes_sent": peer.bytes_sent,
        "bytes_received": peer.bytes_received,
        "datagrams_sent": peer.datagrams_sent,
        "datagrams_received": peer.datagrams_received,
        "failed_sends": stats.socket.failed_sends,
        "streams": peer.streams.iter().map(stream).collect::<Vec<_>>(),
        "dropped": peer.dropped.iter().map(|drop| json!({
            "layer": drop.layer,
            "reason": drop.reason,
            "count": drop.count,
        })).collect::<Vec<_>>(),
    })
}

fn stream(stream: &StreamStats) -> Value {
    json!({
        "kind": stream.kind.to_string(),
        "ssrc": stream.ssrc,
        "direction": if stream.is_inbound { "inbound" } else { "outbound" },
        "packets": stream.packets,
        "bytes": stream.bytes,
        "lost": stream.lost,
        "jitter_ms": stream.jitter.map(milliseconds),
        "rtt_ms": stream.rtt.map(milliseconds),
    })
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
