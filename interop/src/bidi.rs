//! WebDriver BiDi: a browser's remote control, JSON over a WebSocket on loopback.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::Result;

/// Longer than any command takes. A page's own waiting is part of a command.
const PATIENCE: Duration = Duration::from_secs(90);

/// A connection to a browser.
pub struct Bidi {
    socket: WebSocket<TcpStream>,
    last_id: u64,
}

impl Bidi {
    /// Connects to the browser at `url`, which starts with `ws://` and an address.
    ///
    /// # Errors
    ///
    /// If nobody there speaks WebSocket.
    pub fn connect(url: &str) -> Result<Self> {
        let address = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next());
        let address =
            address.ok_or("not an address of a WebSocket")?.replace("localhost", "127.0.0.1");
        let stream = TcpStream::connect(address.parse::<SocketAddr>()?)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let (socket, _response) = tungstenite::client(url, stream)?;
        Ok(Self { socket, last_id: 0 })
    }

    /// Runs a command and returns its result.
    ///
    /// # Errors
    ///
    /// If the browser says that it failed, or nothing.
    pub fn command(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last_id += 1;
        let command = json!({ "id": self.last_id, "method": method, "params": params });
        self.socket.send(Message::text(command.to_string()))?;
        loop {
            let Message::Text(text) = self.socket.read()? else { continue };
            let mut reply: Value = serde_json::from_str(&text)?;
            // Everything else is an event, or the reply to a command that was given up.
            if reply["id"] == self.last_id {
                return match reply["type"].as_str() {
                    Some("success") => Ok(reply["result"].take()),
                    _ => Err(format!("{method}: {reply}").into()),
                };
            }
        }
    }
}
