//! The program `lariat`.

mod accept;
mod channels;
mod echo;
mod fragment;
mod gate;
mod limits;
mod listen;
mod log;
mod nearby;
mod origin;
mod page;
mod places;
mod rate;
mod refusal;
mod serve;
mod sessions;
mod signalling;
mod source;
mod stats;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// WebRTC from Rust: a server that echoes audio, video and data.
#[derive(Debug, Parser)]
#[command(name = "lariat", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a demo page and echoes what it sends (the default).
    Serve(serve::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let serve = match arguments.command {
        Some(Command::Serve(serve)) => serve,
        None => arguments.serve,
    };
    match serve::run(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lariat: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serving_is_what_it_does_without_a_subcommand() {
        for line in [&["lariat", "--host-ip", "192.0.2.1"][..], &["lariat", "serve"]] {
            assert!(Arguments::try_parse_from(line).is_ok(), "{line:?}");
        }
        assert!(Arguments::try_parse_from(["lariat", "sing"]).is_err());
    }
}
