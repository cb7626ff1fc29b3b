//! Programs that run beside a test.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::Result;

/// How long a program may take to start, on a busy machine.
const START: Duration = Duration::from_secs(60);

/// How long it may take to go.
const GRACE: Duration = Duration::from_secs(10);

/// A program whose lines are read, from both of its outputs. It ends when this is dropped.
pub struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// If there is no such program.
    pub fn start(mut command: Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
        let (sender, lines) = mpsc::channel();
        if let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) {
            forward(output, sender.clone());
            forward(errors, sender);
        }
        Ok(Self { child, lines })
    }

    /// Waits for a line with `marker` and returns what follows it.
    ///
    /// # Errors
    ///
    /// If there is none in time, with everything that the program said instead.
    pub fn wait_for(&mut self, marker: &str) -> Result<String> {
        let deadline = Instant::now() + START;
        let mut said = String::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => match line.split_once(marker) {
                    Some((_, rest)) => return Ok(rest.trim().to_owned()),
                    None => said += &(line + "\n"),
                },
                Err(_) => return Err(format!("no line with {marker:?}, but\n{said}").into()),
            }
        }
    }

    /// Waits until it is gone, and makes it go if that takes long.
    pub fn wait_or_kill(&mut self) {
        let deadline = Instant::now() + GRACE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    break;
                }
            }
        }
        let _ = self.child.wait();
    }

    /// Makes it go.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn forward(output: impl Read + Send + 'static, sender: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
            // Nobody may listen any more, and the program may still have to say something.
            let _ = sender.send(line);
        }
    });
}
