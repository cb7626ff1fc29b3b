//! `lariat-path`: a path by hand, between two namespaces.
//!
//! ```text
//! lariat-path run [SCRIPT [a|b COMMAND..]]
//!     a path that does what the file SCRIPT says (`-` for none) and what comes line by line on the
//!     standard input, until that ends or says `quit`; `report` tells what happened so far. With a
//!     command, that runs on its side, and the path ends with it.
//! lariat-path measure
//!     how late packets are released, and how many fit through at most
//! ```

mod measure;

use std::fs;
use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::thread;

use lariat_path::{Path, Script, Side, address};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const HELP: &str = "lariat-path run [SCRIPT [a|b COMMAND..]] | lariat-path measure";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments.as_slice() {
        ["run"] => run("-", None),
        ["run", script] => run(script, None),
        ["run", script, "a", ref command @ ..] => run(script, Some((Side::A, command))),
        ["run", script, "b", ref command @ ..] => run(script, Some((Side::B, command))),
        ["measure"] => measure::print(),
        ["blast", ref words @ ..] => measure::blast(words),
        ["hold", ref words @ ..] => measure::hold(words),
        _ => Err(HELP.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

enum Heard {
    Line(String),
    End,
}

fn run(script: &str, command: Option<(Side, &[&str])>) -> Result<()> {
    let text = if script == "-" { String::new() } else { fs::read_to_string(script)? };
    let path = Path::start(Script::parse(&text)?)?;
    let (sender, heard) = mpsc::channel();
    end_by_signal(sender.clone())?;
    match command {
        Some((side, [program, arguments @ ..])) => {
            let mut child = path.command(side, program).args(arguments).spawn()?;
            let sender = sender.clone();
            thread::spawn(move || {
                let _ = child.wait();
                let _ = sender.send(Heard::End);
            });
        }
        Some((_, [])) => return Err(HELP.into()),
        None => {
            for (side, word) in [(Side::A, "a"), (Side::B, "b")] {
                let enter = path.command(side, "COMMAND");
                let words: Vec<_> = enter.get_args().map(|word| word.to_string_lossy()).collect();
                println!("{word} is {}: ip {}", address(side), words.join(" "));
            }
            read_lines(sender);
        }
    }
    while let Ok(Heard::Line(line)) = heard.recv() {
        match line.trim() {
            "quit" => break,
            "report" => print_report(&path)?,
            line => {
                if let Err(error) = path.tell(line) {
                    eprintln!("{error}");
                }
            }
        }
    }
    print_report(&path)
}

fn print_report(path: &Path) -> Result<()> {
    let report = path.report()?;
    println!("from a: {}\nfrom b: {}", report.from_a, report.from_b);
    println!("{}", report.lateness);
    Ok(())
}

fn read_lines(sender: Sender<Heard>) {
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(io::Result::ok) {
            if sender.send(Heard::Line(line)).is_err() {
                return;
            }
        }
        let _ = sender.send(Heard::End);
    });
}

/// Whoever interrupts the program wants its namespaces gone too.
fn end_by_signal(sender: Sender<Heard>) -> Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = sender.send(Heard::End);
        }
    });
    Ok(())
}
