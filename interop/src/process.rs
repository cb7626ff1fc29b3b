//! Programs that run beside a test.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
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
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
}

impl Process {
    /// Starts it, with nothing to read.
    ///
    /// # Errors
    ///
    /// If there is no such program.
    pub fn start(command: Command) -> Result<Self> {
        Self::spawn(command, Stdio::null())
    }

    /// Starts one that reads what [`say`](Self::say) says.
    ///
    /// # Errors
    ///
    /// If there is no such program.
    pub fn start_listening(command: Command) -> Result<Self> {
        Self::spawn(command, Stdio::piped())
    }

    fn spawn(mut command: Command, input: Stdio) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
        let (sender, lines) = mpsc::channel();
        if let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) {
            forward(output, sender.clone());
            forward(errors, sender);
        }
        let input = child.stdin.take();
        Ok(Self { child, input, lines })
    }

    /// Hands it a line.
    ///
    /// # Errors
    ///
    /// If it does not listen.
    pub fn say(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().ok_or("the program has nothing to read")?;
        input.write_all(format!("{line}\n").as_bytes())?;
        Ok(input.flush()?)
    }

    /// Hands it a line, and returns what it says from then on until it says `last`.
    ///
    /// # Errors
    ///
    /// If it does not say that in time, with everything that it said instead.
    pub fn ask(&mut self, line: &str, last: &str) -> Result<Vec<String>> {
        // Why it does not listen is in what it said.
        let _ = self.say(line);
        let deadline = Instant::now() + START;
        let mut said = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line == last => return Ok(said),
                Ok(line) => said.push(line),
                Err(_) => {
                    let said = said.join("\n");
                    let problem = format!("no answer to {line:?} ends with {last:?}, but\n{said}");
                    return Err(problem.into());
                }
            }
        }
    }

    /// Lets it read the end of its input.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for a line with `marker` and returns what follows it.
    ///
    /// # Errors
    ///
    /// If there is none in time, with everything that the program said instead.
    pub fn wait_for(&mut self, marker: &str) -> Result<String> {
        self.wait_for_all([marker]).map(|[rest]| rest)
    }

    /// Waits for a line with each of these, in any order, and returns what follows them. Lines of
    /// the program's two outputs overtake each other.
    ///
    /// # Errors
    ///
    /// If one is missing in time, with everything that the program said.
    pub fn wait_for_all<const N: usize>(&mut self, markers: [&str; N]) -> Result<[String; N]> {
        let deadline = Instant::now() + START;
        let mut said = String::new();
        let mut found = [const { None::<String> }; N];
        while let Some(absent) = found.iter().position(Option::is_none) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                let marker = markers[absent];
                return Err(format!("no line with {marker:?}, but\n{said}").into());
            };
            for (found, marker) in found.iter_mut().zip(markers) {
                if let (None, Some((_, rest))) = (&found, line.split_once(marker)) {
                    *found = Some(rest.trim().to_owned());
                }
            }
            said += &(line + "\n");
        }
        Ok(found.map(Option::unwrap_or_default))
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
