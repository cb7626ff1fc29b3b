//! What is going on, on the standard error.

use std::io::{IsTerminal as _, stderr};

/// One line that is written anew on a terminal, and lines elsewhere.
#[derive(Debug, Default)]
pub struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Says what is done from now on.
    pub fn say(&mut self, what: &str) {
        if stderr().is_terminal() {
            eprint!("\r\x1b[2K{what}");
            self.is_shown = true;
        } else {
            eprintln!("{what}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            eprint!("\r\x1b[2K");
        }
    }
}
