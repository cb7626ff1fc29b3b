//! The program `lariat`.

mod echo;
mod fragment;
mod listen;
mod page;
mod refusal;
mod serve;
mod sessions;
mod signalling;
mod stats;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// WebRTC from Rust: a server that echoes audio, video and data.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a demo page and echoes what it sends (the default).
    Serve(serve::Arguments),
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
