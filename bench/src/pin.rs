//! One core for the whole run.

use std::fmt;

/// Where the program runs from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this core alone.
    Core(usize),
    /// Wherever the system likes; figures are noisier for it.
    Anywhere,
}

/// Moves this thread to the last of the cores that it may use: the first one often serves
/// interrupts.
pub fn to_one_core() -> Place {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    match cores.last() {
        Some(core) if core_affinity::set_for_current(*core) => Place::Core(core.id),
        _ => Place::Anywhere,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(core) => write!(f, "pinned to core {core}"),
            Self::Anywhere => f.write_str("NOT pinned to one core"),
        }
    }
}
