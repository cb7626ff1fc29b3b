//! The project's chores: `cargo xtask help`.

mod bench;
mod ci;
mod conformance;
mod debian;
mod fuzz;
mod interop;
mod steps;
mod tidy;

use std::env;
use std::process::ExitCode;

use steps::Failure;

const HELP: &str = "\
cargo xtask <chore>

  tidy [--fix]                 hold the sources to the rules of the house (also a test); break
                               comments that are too wide
  conformance [--write]        print how much of each RFC is shown; write its snapshot
  fuzz [--seconds N] [NAME..]  build the fuzz targets and run each for N seconds (5)
  interop [FILTER..]           install the foreign peers and meet them; under CI=true, all
  bench dtls [--quick]         measure DTLS beside other stacks, its primitives alone and what was
                               reached
  bench path [--quick|--full]  measure whole connections over an emulated path: a round trip,
                               limits, loss, NATs; once each way that there is, if it is full
  bench srtp [--quick]         measure SRTP beside other stacks, the ciphers' own speed and what
                               was reached; count instructions too, unless quick
  bench srtp --instructions    count the instructions of a few cases; compare with those that were
    [--write]                  kept, or keep these
  ci [--skip-tests]            all but the benches, as CI does, the workspace's tests or not
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_told() {
                eprintln!("\n{failure}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Failure> {
    match arguments {
        ["tidy"] => tidy::run(),
        ["tidy", "--fix"] => tidy::fix(),
        ["conformance"] => conformance::print(),
        ["conformance", "--write"] => conformance::write(),
        ["fuzz", "--seconds", seconds, names @ ..] => match seconds.parse() {
            Ok(seconds) => fuzz::run(seconds, names),
            Err(_) => Err(Failure::new(format!("{seconds:?} is not a number of seconds"))),
        },
        ["fuzz", names @ ..] => fuzz::run(fuzz::DEFAULT_SECONDS, names),
        ["interop", filters @ ..] => interop::run(filters),
        ["bench", "dtls", options @ ..] => bench::dtls(options),
        ["bench", "path", options @ ..] => bench::path(options),
        ["bench", "srtp", options @ ..] => bench::srtp(options),
        ["ci"] => ci::run(ci::Tests::Run),
        ["ci", "--skip-tests"] => ci::run(ci::Tests::Skip),
        ["help" | "--help"] | [] => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Failure::new(format!("there is no chore {:?}\n\n{HELP}", other.join(" ")))),
    }
}
