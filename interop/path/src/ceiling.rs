//! What a path can carry at most, and how late it is.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::emulator::Side;
use crate::lateness::Lateness;
use crate::namespace::address;
use crate::runner::Path;

/// The bytes of a packet that is measured with, and of a short one.
const LONG: usize = 1_200;
const SHORT: usize = 100;

/// What comes before the data in a packet.
const HEADERS: usize = 28;

/// How many packets a second lateness is measured with.
const MODEST: u32 = 10_000;

const PORT: u16 = 9;

/// What a path can carry on this machine, at this moment.
///
/// ```no_run
/// use std::time::Duration;
/// use lariat_path::{Ceiling, Path, Script};
///
/// let path = Path::start(Script::default())?;
/// let ceiling = Ceiling::measure(&path, "lariat-path", Duration::from_secs(1))?;
/// println!("{:.0} Mbit/s, {}", ceiling.megabits_per_second, ceiling.lateness);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ceiling {
    /// Packets of 1,200 bytes from A to B, in megabits a second.
    pub megabits_per_second: f64,
    /// Packets of 100 bytes from A to B a second.
    pub packets_per_second: f64,
    /// How late 10,000 packets a second over 30 ms are.
    pub lateness: Lateness,
}

impl Ceiling {
    /// Measures on a path that carries nothing else, three times as long as `each`. Its delay is
    /// none afterwards. `program` is the program of this package, which sends.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or the path is over.
    pub fn measure(path: &Path, program: &str, each: Duration) -> io::Result<Self> {
        path.tell("delay 0ms")?;
        // Without somebody there the kernel would answer every packet.
        let mut listener = path.command(Side::B, program);
        listener.args(["hold", &SocketAddr::from((address(Side::B), PORT)).to_string()]);
        let mut listener = listener.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        if let Some(said) = &mut listener.stdout {
            // It says so when it is there.
            io::Read::read_exact(said, &mut [0; 6])?;
        }
        let measured = Self::with_listener(path, program, each);
        let _ = listener.kill();
        let _ = listener.wait();
        measured
    }

    fn with_listener(path: &Path, program: &str, each: Duration) -> io::Result<Self> {
        let packets_per_second = blasted(path, program, each, SHORT, 0)?;
        let long = blasted(path, program, each, LONG, 0)?;
        path.tell("delay 30ms")?;
        path.reset()?;
        blasted(path, program, each, LONG, MODEST)?;
        let lateness = path.report()?.lateness;
        path.tell("delay 0ms")?;
        let megabits_per_second = long * LONG as f64 * 8.0 / 1e6;
        Ok(Self { megabits_per_second, packets_per_second, lateness })
    }
}

/// How many packets a second arrive, when A sends as many as it can or `rate` of them.
fn blasted(path: &Path, program: &str, each: Duration, bytes: usize, rate: u32) -> io::Result<f64> {
    let before = path.report()?;
    let to = SocketAddr::from((address(Side::B), PORT));
    let mut sender = path.command(Side::A, program);
    let (data, millis) = (bytes - HEADERS, each.as_millis());
    sender.args(["blast", &to.to_string(), &data.to_string(), &millis.to_string()]);
    sender.arg(rate.to_string());
    let status = sender.status()?;
    if !status.success() {
        return Err(io::Error::other("the sender failed"));
    }
    let after = path.report()?;
    let arrived = after.from_a.arrived - before.from_a.arrived;
    Ok(arrived as f64 / each.as_secs_f64())
}

/// Sends datagrams of so many bytes for so long: as many as it can, or `rate` a second.
///
/// # Errors
///
/// If there is no socket.
pub fn blast(to: SocketAddr, bytes: usize, time: Duration, rate: u32) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(to)?;
    let data = vec![0; bytes];
    let start = Instant::now();
    let mut sent = 0_u32;
    loop {
        let elapsed = start.elapsed();
        if elapsed >= time {
            return Ok(());
        }
        let due = elapsed.as_secs_f64() * f64::from(rate);
        if rate == 0 || f64::from(sent) < due {
            // A full buffer is what this is about.
            let _ = socket.send(&data);
            sent += 1;
        } else {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}
