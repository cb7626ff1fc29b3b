//! What the programs in `benches/` do alike: options in, a report out.

use std::env;
use std::fs;
use std::process::ExitCode;

use crate::options::Options;
use crate::report::{Facts, Report};
use crate::{machine, pin};

/// Confines the program to one core, and reports what `measure` makes of it: it is told what is
/// wanted, and of the machine. `command` is how a person starts all this.
///
/// It is a success if everything was measured and every figure is reached.
pub fn run(command: &str, measure: impl FnOnce(bool, Facts) -> Result<Report, String>) -> ExitCode {
    run_with(command, |options, mut facts| {
        if options.full {
            return Err("there is no option \"--full\"".to_owned());
        }
        // After the facts: the program knows no other core from here on.
        facts.push(("place", pin::to_one_core().to_string()));
        measure(options.quick, facts)
    })
}

/// The same wherever the system likes, with all options. What the program starts stays where the
/// program is, and several programs need several cores.
pub fn run_with(
    command: &str,
    measure: impl FnOnce(&Options, Facts) -> Result<Report, String>,
) -> ExitCode {
    match report(command, measure) {
        Ok(report) if report.is_success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn report(
    command: &str,
    measure: impl FnOnce(&Options, Facts) -> Result<Report, String>,
) -> Result<Report, String> {
    let options = Options::of(env::args().skip(1))?;
    let report = measure(&options, machine::facts())?;
    if let Some(path) = &options.output {
        fs::write(path, report.markdown(command))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    print!("{}", report.plain());
    Ok(report)
}
