//! What the programs in `benches/` are told.

use std::path::PathBuf;

/// The options of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// To see whether it works, rather than to measure.
    pub quick: bool,
    /// To measure everything that there is, once.
    pub full: bool,
    /// Where the results go besides.
    pub output: Option<PathBuf>,
}

impl Options {
    /// From the command line, without the program's name.
    ///
    /// # Errors
    ///
    /// The argument that is none of them.
    pub fn of(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--full" => options.full = true,
                "--output" => options.output = arguments.next().map(PathBuf::from),
                // Cargo says so to whatever it runs as a bench.
                "--bench" => {}
                other => return Err(format!("there is no option {other:?}")),
            }
        }
        Ok(options)
    }
}
