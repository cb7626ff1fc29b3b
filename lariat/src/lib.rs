//! WebRTC for Rust: an async PeerConnection on tokio.
