//! The path in real time, between two namespaces.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{self, Duration};

use lariat_base::{Instant, Seed};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tun_rs::SyncDevice;

use crate::command::Command;
use crate::emulator::{Counts, Emulator, Side};
use crate::lateness::Lateness;
use crate::namespace::Namespace;
use crate::script::Script;

/// How many packets of a side are taken before what is due is released.
const BATCH: usize = 64;

/// The thread does not sleep for what is due sooner: waking up takes about as long.
const SPIN: Duration = Duration::from_micros(80);

/// A path that runs, between two namespaces of its own. They go when it is dropped.
///
/// ```no_run
/// use lariat_path::{Path, Script, Side};
///
/// let path = Path::start(Script::parse("delay 30ms\nat 10s rebind a")?)?;
/// let pings = path.command(Side::A, "ping").args(["-c", "12", "10.77.0.2"]).status()?;
/// println!("{pings}: {}", path.report()?.lateness);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Path {
    control: Control,
    thread: Option<JoinHandle<()>>,
    a: Namespace,
    b: Namespace,
}

/// What happened on a path so far.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Since its start.
    pub elapsed: Duration,
    /// What A sent.
    pub from_a: Counts,
    /// What B sent.
    pub from_b: Counts,
    /// How many packets the kernel did not take back.
    pub refused: u64,
    /// How late packets were released.
    pub lateness: Lateness,
    /// Whether the path's thread goes before all others.
    pub has_priority: bool,
}

impl Path {
    /// Makes the namespaces and starts a path that is told what to do by a script, which may be
    /// empty. What happens by chance is the same each time.
    ///
    /// # Errors
    ///
    /// If namespaces or devices cannot be made here, which takes root and Linux.
    pub fn start(script: Script) -> io::Result<Self> {
        Self::start_with(script, &Seed::new([7; 32]), false)
    }

    /// The same with a seed for what happens by chance. IPv6 is a way around the NATs, and only
    /// there if it is wanted: `fd77::1` and `fd77::2`.
    ///
    /// # Errors
    ///
    /// See [`Self::start`].
    pub fn start_with(script: Script, seed: &Seed, with_ipv6: bool) -> io::Result<Self> {
        let (a, b) = (Namespace::create()?, Namespace::create()?);
        let devices = (a.device(Side::A, with_ipv6)?, b.device(Side::B, with_ipv6)?);
        let (sender, messages) = mpsc::channel();
        let (waker, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        waker.set_nonblocking(true)?;
        let mut runner = Runner {
            emulator: Emulator::new(seed),
            a: devices.0,
            b: devices.1,
            script,
            messages,
            woken,
            origin: now(),
            buffer: vec![0; usize::from(u16::MAX)],
            refused: 0,
            lateness: Lateness::default(),
            has_priority: false,
        };
        let thread = thread::Builder::new().name("path".to_owned()).spawn(move || runner.run())?;
        Ok(Self { control: Control { sender, waker }, thread: Some(thread), a, b })
    }

    /// The same in a test, which passes without a word of the path where namespaces cannot be made,
    /// and says that it was skipped.
    ///
    /// # Panics
    ///
    /// If there is no path, on CI.
    pub fn start_for_test(script: Script) -> Option<Self> {
        match Self::start(script) {
            Ok(path) => Some(path),
            Err(error) => {
                let on_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
                assert!(!on_ci, "there is no path: {error}");
                eprintln!("SKIPPED: namespaces cannot be made here: {error}");
                None
            }
        }
    }

    /// A command that will run on a side.
    pub fn command(&self, side: Side, program: &str) -> process::Command {
        match side {
            Side::A => self.a.command(program),
            Side::B => self.b.command(program),
        }
    }

    /// Does what a line of a script says, now or at its time.
    ///
    /// # Errors
    ///
    /// If the line is not understood, or the path is over.
    pub fn tell(&self, line: &str) -> io::Result<()> {
        let mut steps = Script::default();
        steps.add_line(line).map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        self.control.send(Message::Script(steps))
    }

    /// Does this now.
    ///
    /// # Errors
    ///
    /// If the path is over.
    pub fn run(&self, command: Command) -> io::Result<()> {
        self.control.send(Message::Command(command))
    }

    /// What happened since the start, or since [`Self::reset`].
    ///
    /// # Errors
    ///
    /// If the path is over.
    pub fn report(&self) -> io::Result<Report> {
        let (sender, report) = mpsc::channel();
        self.control.send(Message::Report(sender))?;
        report.recv().map_err(|_| over())
    }

    /// Counts lateness anew.
    ///
    /// # Errors
    ///
    /// If the path is over.
    pub fn reset(&self) -> io::Result<()> {
        self.control.send(Message::Reset)
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        let _ = self.control.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Control {
    sender: Sender<Message>,
    waker: UnixStream,
}

impl Control {
    fn send(&self, message: Message) -> io::Result<()> {
        self.sender.send(message).map_err(|_| over())?;
        match (&self.waker).write(&[1]) {
            // It has not even looked at what came before.
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            written => written.map(drop),
        }
    }
}

#[derive(Debug)]
enum Message {
    Command(Command),
    Script(Script),
    Report(Sender<Report>),
    Reset,
    Stop,
}

struct Runner {
    emulator: Emulator,
    a: SyncDevice,
    b: SyncDevice,
    script: Script,
    messages: Receiver<Message>,
    woken: UnixStream,
    origin: time::Instant,
    buffer: Vec<u8>,
    refused: u64,
    lateness: Lateness,
    has_priority: bool,
}

impl Runner {
    fn run(&mut self) {
        self.has_priority = take_priority();
        while self.turn() {
            self.wait();
        }
    }

    /// Does what there is to do; returns whether there will be more.
    fn turn(&mut self) -> bool {
        loop {
            match self.messages.try_recv() {
                Ok(Message::Command(command)) => self.emulator.run(self.now(), &command),
                Ok(Message::Script(steps)) => self.script.append(steps),
                Ok(Message::Report(sender)) => drop(sender.send(self.report())),
                Ok(Message::Reset) => self.lateness = Lateness::default(),
                Ok(Message::Stop) | Err(mpsc::TryRecvError::Disconnected) => return false,
                Err(mpsc::TryRecvError::Empty) => break,
            }
        }
        while let Some(command) = self.script.next(self.now()) {
            self.emulator.run(self.now(), &command);
        }
        for side in Side::BOTH {
            self.take(side);
            self.release();
        }
        true
    }

    /// Takes what a side has sent.
    fn take(&mut self, side: Side) {
        for _ in 0..BATCH {
            let device = if side == Side::A { &self.a } else { &self.b };
            let Ok(length) = device.recv(&mut self.buffer) else { return };
            let packet = self.buffer.get(..length).unwrap_or_default().to_vec();
            self.emulator.handle_packet(self.now(), side, packet);
        }
    }

    /// Releases what is due.
    fn release(&mut self) {
        while let Some(release) = self.emulator.poll_release(self.now()) {
            let device = if release.to == Side::A { &self.a } else { &self.b };
            if device.send(release.packet.bytes()).is_err() {
                self.refused += 1;
            }
            self.lateness.add(self.now().saturating_since(release.due));
        }
    }

    /// Waits for a packet, a message, or shortly before something is due.
    fn wait(&self) {
        let next = [self.emulator.poll_timeout(), self.script.poll_timeout()];
        let left = next.into_iter().flatten().min();
        let left = left.map(|next| next.saturating_since(self.now()).saturating_sub(SPIN));
        if left == Some(Duration::ZERO) {
            return;
        }
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        let readable = PollFlags::IN;
        let mut waited_for = [
            PollFd::from_borrowed_fd(self.a.as_fd(), readable),
            PollFd::from_borrowed_fd(self.b.as_fd(), readable),
            PollFd::from_borrowed_fd(self.woken.as_fd(), readable),
        ];
        // An interrupted wait is a short one.
        let _ = poll(&mut waited_for, timeout.as_ref());
        let _ = (&self.woken).read(&mut [0; 64]);
    }

    fn report(&self) -> Report {
        Report {
            elapsed: self.now().saturating_since(Instant::ZERO),
            from_a: self.emulator.counts(Side::A).clone(),
            from_b: self.emulator.counts(Side::B).clone(),
            refused: self.refused,
            lateness: self.lateness.clone(),
            has_priority: self.has_priority,
        }
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }
}

/// Lets this thread go before all that have no fixed priority, and wake up without delay. Without
/// it, packets are late whenever the machine is busy.
fn take_priority() -> bool {
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    let thread = rustix::thread::gettid().as_raw_nonzero().to_string();
    let mut command = process::Command::new("chrt");
    let output = command.args(["--fifo", "--pid", "1", &thread]).output();
    output.is_ok_and(|output| output.status.success())
}

fn now() -> time::Instant {
    time::Instant::now()
}

fn over() -> io::Error {
    io::Error::new(ErrorKind::BrokenPipe, "the path is over")
}
