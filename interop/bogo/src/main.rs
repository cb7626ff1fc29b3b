//! Our side of BoGo, the adversarial test runner of BoringSSL, for DTLS.
//!
//! The runner starts this program once for each test, with flags that say what to do, and speaks
//! DTLS with it over TCP on the loopback interface ([`wire`]). It gives the time, too: nothing here
//! reads a clock. What the program ends with tells the runner how it went: 0 for a success, 89 for
//! a flag of something that we do not have, anything else for a failure, whose reason is on
//! standard error. `config.json` in this crate's folder says which tests are left out, and why.

mod identity;
mod options;
mod session;
mod wire;

use std::fmt;
use std::process::ExitCode;

use options::Options;
use session::Session;

/// How the runner knows that a test asks for something that we do not have.
const UNIMPLEMENTED: u8 = 89;

fn main() -> ExitCode {
    let outcome = Options::parse(std::env::args().skip(1)).and_then(|options| {
        if options.is_handshaker_asked {
            println!("No");
            return Ok(());
        }
        Session::open(&options)?.run()
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Unimplemented(what)) => {
            eprintln!("not implemented: {what}");
            ExitCode::from(UNIMPLEMENTED)
        }
        Err(Failure::Failed(why)) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Why a test did not end well.
#[derive(Debug)]
enum Failure {
    /// The test asks for something that we do not have.
    Unimplemented(String),
    /// Something went wrong, or something that had to go wrong did.
    Failed(String),
}

impl Failure {
    fn failed(why: impl fmt::Display) -> Self {
        Self::Failed(why.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
