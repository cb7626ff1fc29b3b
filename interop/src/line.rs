//! The protocol that every peer speaks: one JSON object per line.
//!
//! A peer is started as `peer offer` or `peer answer`, with the word `media` if it is to send and
//! receive audio and video too. Lariat and the browsers take a word of [`Dtls`] in front of that.
//!
//! ```text
//! offerer                                 answerer
//!   {"type": "offer", "sdp": ".."}   -->
//!                                    <--    {"type": "answer", "sdp": ".."}
//!   .. they connect; the offerer's data channel carries MESSAGES texts, which come back ..
//!   {"result": {..}}                         {"result": {..}}
//! ```
//!
//! Descriptions carry all candidates. After its result a peer goes on until it reads a line, or the
//! end of its input. Whatever else it has to say goes to its standard error.

use std::io::BufRead as _;
use std::iter::Peekable;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;

/// How many messages the offerer sends.
pub const MESSAGES: usize = 20;

/// How many audio frames, and how many video frames, a peer waits for.
pub const FRAMES: u32 = 20;

/// How long a peer waits for everything, before it reports what it has.
pub const PATIENCE: Duration = Duration::from_secs(25);

/// An Opus packet: 20 ms of silence.
pub const OPUS_SILENCE: &[u8] = &[0xf8, 0xff, 0xfe];

/// A VP8 key frame: 16 x 16 grey pixels. Zeros after it change nothing.
pub const VP8_KEY_FRAME: &[u8] = &[
    0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00, 0x00, 0x47, 0x08, 0x85, 0x85, 0x88,
    0x85, 0x84, 0x88, 0x02, 0x02, 0x00, 0x06, 0x19, 0x68, 0x00, 0x00,
];

/// The message of that number: from 1 byte to 9,501 bytes, each of another letter.
pub fn message(number: usize) -> String {
    let letter = b'a'.wrapping_add(u8::try_from(number % 26).unwrap_or_default());
    char::from(letter).to_string().repeat(1 + number * 500)
}

/// Who offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This peer.
    Offer,
    /// The other one.
    Answer,
}

/// How a peer speaks DTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtls {
    /// As its users get it.
    Default,
    /// Version 1.2 alone.
    Only12,
    /// Without a group that has a post-quantum half.
    Classical,
    /// With a certificate on P-384, which is announced by two fingerprints. Only Lariat has it.
    TwoFingerprints,
}

impl Dtls {
    /// The word for it, if it needs one.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::Only12 => Some("dtls12"),
            Self::Classical => Some("classical"),
            Self::TwoFingerprints => Some("fingerprints"),
        }
    }

    /// Takes the next argument if it is a word for one.
    pub fn take(arguments: &mut Peekable<impl Iterator<Item = String>>) -> Self {
        let is = |word: &String, dtls: Self| dtls.word() == Some(word.as_str());
        for dtls in [Self::Only12, Self::Classical, Self::TwoFingerprints] {
            if arguments.next_if(|word| is(word, dtls)).is_some() {
                return dtls;
            }
        }
        Self::Default
    }
}

/// What a peer was started for.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// Who offers.
    pub role: Role,
    /// Whether there are audio and video too.
    pub media: bool,
    /// What only this peer understands.
    pub rest: Vec<String>,
}

impl Arguments {
    /// Reads the program's arguments, without its name.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = arguments.peekable();
        let role = match arguments.next().as_deref() {
            Some("offer") => Role::Offer,
            Some("answer") => Role::Answer,
            _ => return Err("say `offer` or `answer`".into()),
        };
        let media = arguments.next_if(|word| word == "media").is_some();
        Ok(Self { role, media, rest: arguments.collect() })
    }
}

/// The other end of standard input and output.
pub struct Line {
    input: Receiver<String>,
}

impl Line {
    /// Starts to read standard input.
    pub fn open() -> Self {
        let (sender, input) = mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { input }
    }

    /// Waits for the other peer's description.
    pub fn read_description(&self) -> Result<Value> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.input.recv_timeout(left) {
                Ok(line) if line.starts_with('{') => return Ok(serde_json::from_str(&line)?),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Err("no description in time".into()),
                Err(RecvTimeoutError::Disconnected) => return Err("input ended".into()),
            }
        }
    }

    /// Whether this peer's time is over.
    pub fn ended(&self) -> bool {
        !matches!(self.input.try_recv(), Err(TryRecvError::Empty))
    }

    /// Waits until this peer's time is over.
    pub fn wait_for_end(&self) {
        let _ = self.input.recv();
    }

    /// Writes this peer's description, `{"type": .., "sdp": ..}`.
    pub fn write_description(&self, description: &Value) {
        println!("{description}");
    }

    /// Writes this peer's result: its score, and what else it knows of the connection.
    pub fn write_result(&self, peer: &str, score: &Score, more: Value) {
        let mut result = json!({
            "peer": peer,
            "echo": score.echo(),
            "got": score.got,
            "frames": { "audio": score.audio, "video": score.video },
        });
        if let (Value::Object(result), Value::Object(more)) = (&mut result, more) {
            result.extend(more);
        }
        println!("{}", json!({ "result": result }));
    }
}

/// What a peer has received.
#[derive(Clone, Debug, Default)]
pub struct Score {
    got: usize,
    wrong: bool,
    /// Audio frames, or packets where the peer knows no frames.
    pub audio: u32,
    /// Video frames, or packets where the peer knows no frames.
    pub video: u32,
}

impl Score {
    /// Counts a message of the data channel, which is to be the next one.
    pub fn on_message(&mut self, text: &[u8]) {
        self.wrong |= text != message(self.got).as_bytes();
        self.got += 1;
    }

    /// Whether there is nothing left to wait for.
    pub fn is_complete(&self, media: bool) -> bool {
        self.got >= MESSAGES && (!media || self.audio.min(self.video) >= FRAMES)
    }

    fn echo(&self) -> &'static str {
        match self.got {
            _ if self.wrong => "wrong",
            MESSAGES => "ok",
            _ => "timeout",
        }
    }
}
