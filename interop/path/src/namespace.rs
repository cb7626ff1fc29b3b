//! Namespaces of the network that this process makes and removes.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use crate::emulator::Side;

/// What our namespaces are called, before the number of the process.
const PREFIX: &str = "lariat-path-";

/// The longest packet that the devices take. Narrower is up to the path.
const MTU: u16 = 1_500;

/// How many packets wait in the kernel until the path reads them. A connection that sends its whole
/// window at once must not lose anything there.
const QUEUE: u32 = 50_000;

/// A namespace with loopback, which goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one, and removes those of processes that ended without doing so.
    ///
    /// # Errors
    ///
    /// If this machine or this user has none.
    pub(crate) fn create() -> io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        sweep();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        ip(&["netns", "add", &name])?;
        let namespace = Self { name };
        namespace.ip(&["link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// A command that will run in it.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Opens a device whose other end is the only way out of it.
    pub(crate) fn device(&self, side: Side, with_ipv6: bool) -> io::Result<SyncDevice> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        // The kernel allows 15 bytes.
        let number = MADE.fetch_add(1, Ordering::Relaxed) % 1_000;
        let name = format!("lp{}x{number}", std::process::id());
        let device = DeviceBuilder::new().name(&name).layer(Layer::L3).mtu(MTU);
        let device = device.enable(false).build_sync()?;
        device.set_nonblocking(true)?;
        // The device stays open wherever it is moved.
        ip(&["link", "set", "dev", &name, "netns", &self.name])?;
        if !with_ipv6 {
            // It would look for routers, and be a way around the NATs. On loopback it stays:
            // chromedriver does not start without.
            let switch = format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6");
            let off = format!("test ! -e {switch} || echo 1 > {switch}");
            run(self.command("sh").args(["-c", &off]))?;
        }
        let queue = QUEUE.to_string();
        self.ip(&["link", "set", "dev", &name, "txqueuelen", &queue, "up"])?;
        self.ip(&["addr", "add", &format!("{}/32", address(side)), "dev", &name])?;
        self.ip(&["route", "add", "default", "dev", &name])?;
        if with_ipv6 {
            let address = if side == Side::A { "fd77::1/128" } else { "fd77::2/128" };
            self.ip(&["-6", "addr", "add", address, "dev", &name, "nodad"])?;
            self.ip(&["-6", "route", "add", "default", "dev", &name])?;
        }
        Ok(device)
    }

    fn ip(&self, arguments: &[&str]) -> io::Result<()> {
        ip(&[&["-n", &self.name], arguments].concat())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What still runs in there was started by whoever has the path: a browser without its
        // driver, for instance.
        let pids = Command::new("ip").args(["netns", "pids", &self.name]).output();
        let pids = pids.map(|output| output.stdout).unwrap_or_default();
        for pid in String::from_utf8_lossy(&pids).split_whitespace() {
            let _ = Command::new("kill").args(["-9", pid]).output();
        }
        let _ = ip(&["netns", "del", &self.name]);
    }
}

/// The IPv4 address of a side, inside.
pub const fn address(side: Side) -> Ipv4Addr {
    match side {
        Side::A => Ipv4Addr::new(10, 77, 0, 1),
        Side::B => Ipv4Addr::new(10, 77, 0, 2),
    }
}

fn ip(arguments: &[&str]) -> io::Result<()> {
    run(Command::new("ip").args(arguments))
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {}", said.trim())))
}

/// Removes what processes left that were killed.
fn sweep() {
    let Ok(output) = Command::new("ip").args(["netns", "list"]).output() else { return };
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = ip(&["netns", "del", name]);
        }
    }
}
