//! libsrtp 2, in a process of its own: `interop/peers/srtp.py`.
//!
//! It is asked by lines of JSON, and answers each with one. Bytes are hexadecimal.
//!
//! ```text
//! {"do": "open", "profile": "AEAD_AES_128_GCM", "keys": [{"key": "..", "mki": ".."}],
//!  "sends": true, "window": 128, "extensions": [1, 3]}                    {}
//! {"do": "rekey", ..the same..}                                           {}
//! {"do": "set_roc", "ssrc": 7, "roc": 3}                                  {}
//! {"do": "protect", "key": 0, "packets": [["rtp", ".."], ["rtcp", ".."]]}
//! {"do": "unprotect", "packets": [..]}                 {"packets": [{"packet": ".."},
//!                                                                   {"refused": "why"}]}
//! ```
//!
//! `key` is the place in `keys` of the key to protect with. With `"ssrc"` there is that one stream
//! only, and it is there from the beginning, which `set_roc` asks for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use data_encoding::HEXLOWER;
use lariat_srtp::{Kind, Profile};
use serde_json::{Value, json};

use crate::foreign::{are_present, python};
use crate::{Error, Result};

/// How long an answer may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session of libsrtp. Its process ends when this is dropped.
pub struct Libsrtp {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

/// What a session is to be like.
#[derive(Clone, Debug)]
pub struct Session {
    /// The profile.
    pub profile: Profile,
    /// The master keys with their salts behind them, and their identifiers.
    pub keys: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether it protects.
    pub sends: bool,
    /// How many packets its replay window covers.
    pub window: usize,
    /// The header extension elements that are encrypted.
    pub extensions: Vec<u8>,
    /// Its only stream, if it has but one.
    pub ssrc: Option<u32>,
}

/// A packet, and of which kind it is.
pub type Packet = (Kind, Vec<u8>);

impl Libsrtp {
    /// Starts it. `None` where it is not installed, which is said.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub fn start() -> Result<Option<Self>> {
        if !are_present(&["libsrtp"]) {
            return Ok(None);
        }
        let mut command = Command::new(python());
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/srtp.py"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = child.stdout.take().ok_or("no output")?;
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
                // Nobody may listen any more.
                let _ = sender.send(line);
            }
        });
        Ok(Some(Self { child, input, answers }))
    }

    /// Begins anew.
    ///
    /// # Errors
    ///
    /// If libsrtp does not want to.
    pub fn open(&mut self, session: &Session) -> Result<()> {
        self.ask(&session.request("open")).map(drop)
    }

    /// Changes the keys, while streams go on.
    ///
    /// # Errors
    ///
    /// If libsrtp does not want to.
    pub fn rekey(&mut self, session: &Session) -> Result<()> {
        self.ask(&session.request("rekey")).map(drop)
    }

    /// Tells the rollover counter of a stream that exists.
    ///
    /// # Errors
    ///
    /// If libsrtp does not want to.
    pub fn set_rollover_counter(&mut self, ssrc: u32, rollover_counter: u32) -> Result<()> {
        self.ask(&json!({ "do": "set_roc", "ssrc": ssrc, "roc": rollover_counter })).map(drop)
    }

    /// Protects packets with the key at that place.
    ///
    /// # Errors
    ///
    /// If libsrtp refuses one.
    pub fn protect(&mut self, key: usize, packets: &[Packet]) -> Result<Vec<Vec<u8>>> {
        let packets: Vec<_> = packets.iter().map(written).collect();
        let answer = self.ask(&json!({ "do": "protect", "key": key, "packets": packets }))?;
        let protected = read_packets(&answer)?;
        let refused = |reason| Error::from(format!("libsrtp refused to protect: {reason}"));
        protected.into_iter().map(|packet| packet.map_err(refused)).collect()
    }

    /// Unprotects packets, or says why not.
    ///
    /// # Errors
    ///
    /// If libsrtp does not answer.
    pub fn unprotect(
        &mut self,
        packets: &[Packet],
    ) -> Result<Vec<std::result::Result<Vec<u8>, String>>> {
        let packets: Vec<_> = packets.iter().map(written).collect();
        read_packets(&self.ask(&json!({ "do": "unprotect", "packets": packets }))?)
    }

    fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.input, "{request}")?;
        self.input.flush()?;
        let answer = self.answers.recv_timeout(PATIENCE);
        let answer = answer.map_err(|_| "libsrtp's process has no answer; see its errors above")?;
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Libsrtp {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Session {
    fn request(&self, verb: &str) -> Value {
        let key = |(key, mki): &(Vec<u8>, Vec<u8>)| -> Value {
            let [key, mki] = [key, mki].map(|bytes| HEXLOWER.encode(bytes));
            json!({ "key": key, "mki": mki })
        };
        let mut request = json!({
            "do": verb,
            "profile": self.profile.name(),
            "keys": self.keys.iter().map(key).collect::<Vec<_>>(),
            "sends": self.sends,
            "window": self.window,
            "extensions": self.extensions,
        });
        if let Some(ssrc) = self.ssrc {
            request["ssrc"] = ssrc.into();
        }
        request
    }
}

fn written((kind, packet): &Packet) -> Value {
    let kind = if *kind == Kind::Rtp { "rtp" } else { "rtcp" };
    json!([kind, HEXLOWER.encode(packet)])
}

fn read_packets(answer: &Value) -> Result<Vec<std::result::Result<Vec<u8>, String>>> {
    let packets = answer["packets"].as_array().ok_or("an answer without packets")?;
    let one = |packet: &Value| match (packet["packet"].as_str(), packet["refused"].as_str()) {
        (Some(packet), _) => Ok(Ok(HEXLOWER.decode(packet.as_bytes())?)),
        (None, Some(reason)) => Ok(Err(reason.to_owned())),
        (None, None) => Err("neither a packet nor a reason".into()),
    };
    packets.iter().map(one).collect()
}
