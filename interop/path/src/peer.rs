//! Programs on the two sides that are told what to do, line by line, in JSON.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a peer may take to answer. A browser starts before its first answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often somebody who waits looks again.
const LOOK: Duration = Duration::from_millis(20);

/// How many lines of a program's errors are kept, the last ones.
const LAST_WORDS: usize = 20;

/// Why a peer did not do what it was told.
pub type PeerError = Box<dyn std::error::Error + Send + Sync>;

/// A program that reads orders and answers each, one line of JSON for one. It ends when this is
/// dropped.
///
/// ```
/// use std::process::Command;
/// use lariat_path::Peer;
/// use serde_json::json;
///
/// // One that agrees to everything by repeating it.
/// let mut peer = Peer::start("an echo", Command::new("cat"))?;
/// assert_eq!(peer.ask(&json!({ "do": "read" }))?, json!({ "do": "read" }));
/// # Ok::<(), lariat_path::PeerError>(())
/// ```
#[derive(Debug)]
pub struct Peer {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Arc<Mutex<VecDeque<String>>>,
}

impl Peer {
    /// Starts a program, whose name stands in errors.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(name: &str, mut command: Command) -> Result<Self, PeerError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
        let (Some(said), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err("a child without pipes".into());
        };
        let (sender, output) = mpsc::channel();
        each_line(said, move |line| drop(sender.send(line)));
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let keep = kept.clone();
        each_line(errors, move |line| {
            let mut kept = keep.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push_back(line);
            if kept.len() > LAST_WORDS {
                kept.pop_front();
            }
        });
        let input = child.stdin.take();
        Ok(Self { name: name.to_owned(), child, input, output, errors: kept })
    }

    /// Gives an order, and returns the answer.
    ///
    /// # Errors
    ///
    /// If the peer cannot do it, or does not answer in time, with its last words.
    pub fn ask(&mut self, order: &Value) -> Result<Value, PeerError> {
        let input = self.input.as_mut().ok_or("the peer has ended")?;
        let written = writeln!(input, "{order}").and_then(|()| input.flush());
        if let Err(error) = written {
            return Err(self.problem(&error.to_string()));
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = match self.output.recv_timeout(left) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => return Err(self.problem("no answer in time")),
                Err(RecvTimeoutError::Disconnected) => return Err(self.problem("it has ended")),
            };
            // Libraries may say something, too.
            if line.starts_with('{') {
                let answer: Value = serde_json::from_str(&line)?;
                return match answer["error"].as_str() {
                    Some(error) => Err(self.problem(error)),
                    None => Ok(answer),
                };
            }
        }
    }

    /// What it counted.
    ///
    /// # Errors
    ///
    /// See [`Self::ask`].
    pub fn read(&mut self) -> Result<Reading, PeerError> {
        self.ask(&json!({ "do": "read" })).map(Reading)
    }

    /// Reads until a condition holds, and returns the last reading; `None` if it does not hold
    /// within `patience`.
    ///
    /// # Errors
    ///
    /// See [`Self::ask`].
    pub fn wait_until(
        &mut self,
        patience: Duration,
        mut holds: impl FnMut(&Reading) -> bool,
    ) -> Result<Option<Reading>, PeerError> {
        let deadline = Instant::now() + patience;
        loop {
            let reading = self.read()?;
            if holds(&reading) {
                return Ok(Some(reading));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }

    /// Makes it go at once, without a word to anybody.
    pub fn kill(&mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn problem(&self, what: &str) -> PeerError {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<&str> = errors.iter().map(String::as_str).collect();
        format!("{}: {what}\n{}", self.name, words.join("\n")).trim_end().into()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // A browser is closed by its program, if that reads the end of its input.
        self.input = None;
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(LOOK);
        }
        self.kill();
    }
}

/// What a peer counted.
///
/// ```
/// use lariat_path::Reading;
/// use serde_json::json;
///
/// let flows = json!({ "audio": { "count": 7, "gap": 40.0 } });
/// let reading = Reading(json!({ "at": 5.0, "state": "connected", "flows": flows }));
/// assert_eq!(reading.count("audio"), 7);
/// assert_eq!(reading.gap("audio"), 40.0);
/// assert_eq!(reading.first("video"), None);
/// assert_eq!(reading.state(), "connected");
/// ```
#[derive(Clone, Debug)]
pub struct Reading(pub Value);

impl Reading {
    /// When it was read, in milliseconds of the clock that all peers share.
    pub fn at(&self) -> f64 {
        self.0["at"].as_f64().unwrap_or_default()
    }

    /// When it was marked, or the connection made.
    pub fn since(&self) -> f64 {
        self.0["since"].as_f64().unwrap_or_default()
    }

    /// How many bytes messages brought since then.
    pub fn bytes(&self) -> f64 {
        self.0["bytes"].as_f64().unwrap_or_default()
    }

    /// How many channels have opened.
    pub fn open(&self) -> u64 {
        self.0["open"].as_u64().unwrap_or_default()
    }

    /// The connection's state.
    pub fn state(&self) -> &str {
        self.0["state"].as_str().unwrap_or_default()
    }

    /// When the connection was last told to be in a state.
    pub fn told(&self, state: &str) -> Option<f64> {
        self.0["told"][state].as_f64()
    }

    /// How many came of `data`, `audio` or `video`.
    pub fn count(&self, flow: &str) -> u64 {
        self.0["flows"][flow]["count"].as_u64().unwrap_or_default()
    }

    /// When the first one came.
    pub fn first(&self, flow: &str) -> Option<f64> {
        self.0["flows"][flow]["first"].as_f64()
    }

    /// When the last one came.
    pub fn last(&self, flow: &str) -> Option<f64> {
        self.0["flows"][flow]["last"].as_f64()
    }

    /// The longest time in milliseconds without any.
    pub fn gap(&self, flow: &str) -> f64 {
        self.0["flows"][flow]["gap"].as_f64().unwrap_or_default()
    }
}

/// Lets two peers make a connection with so many channels, and perhaps media. Whether it comes
/// about is theirs; see [`wait_open`].
///
/// # Errors
///
/// If a peer cannot do it.
pub fn connect(
    offerer: &mut Peer,
    answerer: &mut Peer,
    channels: usize,
    media: bool,
) -> Result<(), PeerError> {
    let offer = offerer.ask(&json!({ "do": "offer", "channels": channels, "media": media }))?;
    let answer = answerer.ask(&json!({ "do": "answer", "offer": offer, "media": media }))?;
    offerer.ask(&json!({ "do": "accept", "answer": answer }))?;
    Ok(())
}

/// Waits until both have so many open channels; returns whether they have within `patience`.
///
/// # Errors
///
/// If a peer ends.
pub fn wait_open(
    peers: [&mut Peer; 2],
    channels: u64,
    patience: Duration,
) -> Result<bool, PeerError> {
    for peer in peers {
        if peer.wait_until(patience, |reading| reading.open() >= channels)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn each_line(output: impl Read + Send + 'static, mut keep: impl FnMut(String) + Send + 'static) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            keep(line);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Peer {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Peer::start("a shell", command).unwrap()
    }

    #[test]
    fn a_peer_that_cannot_do_it_says_why() {
        let mut peer = shell(r#"read x; echo noise; echo '{"error": "no"}'"#);
        assert_eq!(peer.ask(&json!({})).unwrap_err().to_string(), "a shell: no");
    }

    #[test]
    fn a_peer_that_ends_leaves_its_last_words() {
        let mut peer = shell("read x; echo I had a reason >&2");
        let error = peer.ask(&json!({})).unwrap_err().to_string();
        assert!(error.starts_with("a shell: it has ended"), "{error}");
    }

    #[test]
    fn somebody_who_waits_gets_the_reading_that_fits() {
        let script = r#"read x; echo '{"open": 0}'; read x; echo '{"open": 1}'; read x"#;
        let mut peer = shell(script);
        let reading = peer.wait_until(Duration::from_secs(20), |reading| reading.open() == 1);
        assert_eq!(reading.unwrap().unwrap().open(), 1);
    }
}
