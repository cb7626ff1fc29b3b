//! The path, and the peers on its two sides.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path as File, PathBuf};
use std::process::Command;
use std::time::Duration;

use lariat_path::{Ceiling, Path, Peer, PeerError, Script, Side, connect, wait_open};
use serde_json::json;

use crate::path::pairing::{Pairing, Stack};

/// Where the peers' programs are.
pub const PROGRAMS: &str = "LARIAT_PATH_PROGRAMS";

/// Where Node finds libdatachannel's package.
pub const NODE_MODULES: &str = "LARIAT_NODE_MODULES";

/// How long a connection may take to come about.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where everything takes place.
pub struct Field {
    /// Peers are ended before the path that they are on.
    peers: BTreeMap<(Stack, Side), Peer>,
    programs: PathBuf,
    /// The path.
    pub path: Path,
}

impl Field {
    /// A path on which nobody is yet.
    ///
    /// # Errors
    ///
    /// If there are no programs, or no namespaces.
    pub fn new() -> Result<Self, String> {
        let programs = env::var(PROGRAMS).map_err(|_| format!("{PROGRAMS} is not set"))?;
        let path = Path::start(Script::default());
        let path = path.map_err(|error| format!("namespaces cannot be made here: {error}"))?;
        Ok(Self { peers: BTreeMap::new(), programs: programs.into(), path })
    }

    /// What the path carries at most.
    ///
    /// # Errors
    ///
    /// If that cannot be measured.
    pub fn ceiling(&self, quick: bool) -> Result<Ceiling, String> {
        let program = self.programs.join("lariat-path");
        let each = Duration::from_millis(if quick { 300 } else { 3_000 });
        let ceiling = Ceiling::measure(&self.path, &program.to_string_lossy(), each);
        ceiling.map_err(|error| format!("the path's ceiling: {error}"))
    }

    /// Who is not there, and why.
    pub fn missing(&self) -> Vec<(Stack, String)> {
        let why = |stack: &Stack| self.absence(*stack).map(|why| (*stack, why));
        Stack::ALL.iter().filter_map(why).collect()
    }

    fn absence(&self, stack: Stack) -> Option<String> {
        let program = |name: &str| {
            let path = self.programs.join(name);
            (!path.is_file()).then(|| format!("there is no {}", path.display()))
        };
        match stack {
            Stack::Lariat => program("path-lariat"),
            Stack::WebrtcRs => program("path-webrtc-rs"),
            Stack::Chromium => program("path-browser").or_else(|| {
                let absent = ["chromium", "chromedriver"].into_iter().find(|p| !is_installed(p));
                absent.map(|program| format!("{program} is not installed"))
            }),
            Stack::Libdatachannel => {
                let modules = PathBuf::from(env::var(NODE_MODULES).unwrap_or_default());
                let is_there = modules.join("node-datachannel").is_dir() && is_installed("node");
                (!is_there).then(|| "Node or node-datachannel is not installed".to_owned())
            }
        }
    }

    /// Tells the path to be like this.
    ///
    /// # Errors
    ///
    /// If it does not understand.
    pub fn tell<S: AsRef<str>>(&self, lines: &[S]) -> Result<(), String> {
        let mut lines = lines.iter();
        lines.try_for_each(|line| self.path.tell(line.as_ref()).map_err(|error| error.to_string()))
    }

    /// The two peers of a pairing, started if they are not there yet. The first one is on side A.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub fn pair(&mut self, pairing: Pairing) -> Result<Pair<'_>, PeerError> {
        for (stack, side) in [(pairing.0, Side::A), (pairing.1, Side::B)] {
            if !self.peers.contains_key(&(stack, side)) {
                let peer = Peer::start(&format!("{stack} on {side:?}"), self.command(stack, side))?;
                self.peers.insert((stack, side), peer);
            }
        }
        let mut wanted = self.peers.iter_mut().filter_map(|((stack, side), peer)| {
            let is_wanted =
                (*stack, *side) == (pairing.0, Side::A) || (*stack, *side) == (pairing.1, Side::B);
            is_wanted.then_some((*side, peer))
        });
        let (Some(one), Some(other)) = (wanted.next(), wanted.next()) else {
            return Err("a pairing without peers".into());
        };
        let (a, b) = if one.0 == Side::A { (one.1, other.1) } else { (other.1, one.1) };
        Ok(Pair { a, b, path: &self.path })
    }

    /// Ends the peers of a pairing, of which one does not work any more.
    pub fn end(&mut self, pairing: Pairing) {
        self.peers.remove(&(pairing.0, Side::A));
        self.peers.remove(&(pairing.1, Side::B));
    }

    fn command(&self, stack: Stack, side: Side) -> Command {
        let program =
            |name: &str| self.path.command(side, &self.programs.join(name).to_string_lossy());
        match stack {
            Stack::Lariat => program("path-lariat"),
            Stack::WebrtcRs => program("path-webrtc-rs"),
            Stack::Chromium => program("path-browser"),
            Stack::Libdatachannel => {
                let mut command = self.path.command(side, "node");
                command.arg(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/../interop/path-peers/peers/libdatachannel.mjs"
                ));
                command
            }
        }
    }
}

/// Two peers, with the path between them.
pub struct Pair<'a> {
    /// Who offers.
    pub a: &'a mut Peer,
    /// Who answers.
    pub b: &'a mut Peer,
    /// What lies between them.
    pub path: &'a Path,
}

impl Pair<'_> {
    /// Connects them, with open channels.
    ///
    /// # Errors
    ///
    /// If that does not come about in time.
    pub fn connect(&mut self, channels: usize, media: bool) -> Result<(), PeerError> {
        connect(self.a, self.b, channels, media)?;
        if wait_open([self.a, self.b], channels as u64, PATIENCE)? {
            Ok(())
        } else {
            Err(format!("no channel is open after {PATIENCE:?}").into())
        }
    }

    /// Gives both the same order.
    ///
    /// # Errors
    ///
    /// If one cannot do it.
    pub fn both(&mut self, what: &str) -> Result<(), PeerError> {
        for peer in [&mut *self.a, &mut *self.b] {
            peer.ask(&json!({ "do": what }))?;
        }
        Ok(())
    }

    /// Lets both send short messages, one in so many milliseconds.
    ///
    /// # Errors
    ///
    /// If one cannot do it.
    pub fn tick(&mut self, every: u64) -> Result<(), PeerError> {
        for peer in [&mut *self.a, &mut *self.b] {
            peer.ask(&json!({ "do": "send", "size": 100, "every": every }))?;
        }
        Ok(())
    }
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder: PathBuf| File::new(&folder).join(program).is_file())
}
