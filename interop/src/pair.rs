//! Joins two peers by their standard input and output.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;
use crate::line::{FRAMES, Role};

/// How long a meeting may take. A browser needs up to ten seconds to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long a peer may take to go, once it is told to.
const GRACE: Duration = Duration::from_secs(10);

/// A program that speaks the protocol of [`line`](crate::line).
#[derive(Clone, Debug)]
pub struct Peer {
    /// What its lines in an error are marked with.
    pub name: String,
    /// The program.
    pub program: String,
    /// What stands before `offer` or `answer`.
    pub before: Vec<String>,
}

/// What came of a meeting.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The offerer's description.
    pub offer: Value,
    /// The answerer's description.
    pub answer: Value,
    /// The offerer's result.
    pub offerer: Value,
    /// The answerer's result.
    pub answerer: Value,
}

/// What two peers are to exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The messages of a data channel.
    Data,
    /// And audio and video, both ways.
    DataAndMedia,
}

/// Lets two peers meet, and holds them to having received everything.
///
/// # Errors
///
/// What went wrong, with the descriptions and everything that both peers had to say.
pub fn meet(offerer: &Peer, answerer: &Peer, exchange: Exchange) -> Result<Meeting> {
    let mut offering = Running::start(offerer, Role::Offer, exchange)?;
    let mut answering = Running::start(answerer, Role::Answer, exchange)?;
    let outcome = join(&mut offering, &mut answering).and_then(|meeting| {
        complete(&meeting.offerer, exchange)?;
        complete(&meeting.answerer, exchange)?;
        Ok(meeting)
    });
    // They go before their last words are asked for.
    offering.end();
    answering.end();
    outcome.map_err(|error| {
        format!("{error}\n{}{}", offering.last_words(), answering.last_words()).into()
    })
}

fn join(offering: &mut Running, answering: &mut Running) -> Result<Meeting> {
    let deadline = Instant::now() + PATIENCE;
    let offer = offering.read(deadline, "offer")?;
    answering.write(&offer)?;
    let answer = answering.read(deadline, "answer")?;
    offering.write(&answer)?;
    let offerer = offering.read(deadline, "result")?;
    let answerer = answering.read(deadline, "result")?;
    Ok(Meeting { offer, answer, offerer: result(&offerer)?, answerer: result(&answerer)? })
}

fn result(line: &Value) -> Result<Value> {
    line.get("result").cloned().ok_or_else(|| format!("{line} is no result").into())
}

/// Whether a peer received what it was to receive.
fn complete(result: &Value, exchange: Exchange) -> Result<()> {
    let mut complete = result["echo"] == "ok";
    if exchange == Exchange::DataAndMedia {
        let frames = |kind: &str| result["frames"][kind].as_u64().unwrap_or_default();
        complete &= frames("audio") >= FRAMES.into() && frames("video") >= FRAMES.into();
    }
    if complete { Ok(()) } else { Err(format!("not everything was received: {result}").into()) }
}

/// A peer that runs. It ends when this is dropped.
struct Running {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Option<JoinHandle<String>>,
    said: Vec<String>,
}

impl Running {
    fn start(peer: &Peer, role: Role, exchange: Exchange) -> Result<Self> {
        let mut command = Command::new(&peer.program);
        command.args(&peer.before).arg(match role {
            Role::Offer => "offer",
            Role::Answer => "answer",
        });
        if exchange == Exchange::DataAndMedia {
            command.arg("media");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = command.spawn();
        let mut child = started.map_err(|error| format!("{}: {error}", peer.program))?;
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err("a child without pipes".into());
        };
        Ok(Self {
            name: format!("{} ({role:?})", peer.name),
            input: child.stdin.take(),
            child,
            output: read_lines(output),
            errors: Some(read_all(errors)),
            said: Vec::new(),
        })
    }

    fn read(&mut self, deadline: Instant, what: &str) -> Result<Value> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.starts_with('{') {
                        return Ok(serde_json::from_str(&line)?);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("{}: no {what} in time", self.name).into());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(format!("{}: ended before its {what}", self.name).into());
                }
            }
        }
    }

    fn write(&mut self, value: &Value) -> Result<()> {
        let input = self.input.as_mut().ok_or("the peer's input is closed")?;
        writeln!(input, "{value}").map_err(|error| format!("{}: {error}", self.name))?;
        Ok(())
    }

    /// Tells the peer to go, and makes it go if it does not.
    fn end(&mut self) {
        let _ = self.write(&json!({}));
        self.input = None;
        let deadline = Instant::now() + GRACE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(line) => self.said.push(line),
                // Its output is closed: it is gone, or about to be.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    break;
                }
            }
        }
        let _ = self.child.wait();
    }

    fn last_words(&mut self) -> String {
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        let said: Vec<String> =
            self.said.iter().map(|line| line.replace(r"\r\n", "\n  ")).collect();
        format!(
            "\n--- {} said\n{}\n--- and on standard error\n{errors}",
            self.name,
            said.join("\n")
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Harmless for one that is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn read_all(mut errors: ChildStderr) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = errors.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}
