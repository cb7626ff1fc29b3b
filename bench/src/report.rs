//! What a bench says in the end: on the terminal, and in a file.

use std::fmt::Write as _;

use crate::figure::{self, Figure};
use crate::table::Table;

/// What there is to know of the machine and the versions, each with its name.
pub type Facts = Vec<(&'static str, String)>;

/// The results of one bench.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was measured.
    pub title: String,
    /// How; each is a paragraph.
    pub method: Vec<String>,
    /// The machine and the versions.
    pub facts: Facts,
    /// The measurements.
    pub tables: Vec<Table>,
    /// What should be measured and could not be.
    pub missing: Vec<String>,
    /// What is to be reached.
    pub figures: Vec<Figure>,
}

impl Report {
    /// Whether everything was measured and every figure is reached.
    pub fn is_success(&self) -> bool {
        self.missing.is_empty() && self.figures.iter().all(Figure::is_reached)
    }

    /// For a terminal.
    pub fn plain(&self) -> String {
        let mut text = format!("{}\n\n", self.title);
        let widest = self.facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in &self.facts {
            let _ = writeln!(text, "  {name:<widest$}  {value}");
        }
        for table in &self.tables {
            let _ = write!(text, "\n{}", table.plain());
        }
        text.push('\n');
        for line in &self.missing {
            let _ = writeln!(text, "MISSING: {line}");
        }
        let widest = self.figures.iter().map(|f| f.name.chars().count()).max().unwrap_or_default();
        for figure in &self.figures {
            let mark = if figure.is_reached() { "reached" } else { "MISSED" };
            let (value, bound) = (shown(figure), figure.bound);
            let _ = writeln!(text, "{:<widest$}  {bound}  {value:>12}  {mark}", figure.name);
        }
        let _ = writeln!(text, "\n{}", figure::tally(&self.figures));
        text
    }

    /// As a file of Markdown, written by `command`.
    pub fn markdown(&self, command: &str) -> String {
        let mut text = format!("# {}\n\nWritten by `{command}`.\n\n", self.title);
        for (name, value) in &self.facts {
            let _ = writeln!(text, "- {name}: {value}");
        }
        for paragraph in &self.method {
            let _ = writeln!(text, "\n{paragraph}");
        }
        for table in &self.tables {
            let _ = write!(text, "\n## {}\n\n{}", table.title, table.markdown());
        }
        text.push_str("\n## Figures to reach\n\n| | bound | measured | |\n|---|--:|--:|---|\n");
        for figure in &self.figures {
            let mark = if figure.is_reached() { "reached" } else { "**missed**" };
            let (value, bound) = (shown(figure), figure.bound);
            let _ = writeln!(text, "| {} | {bound} | {value} | {mark} |", figure.name);
        }
        text.push('\n');
        for line in &self.missing {
            let _ = writeln!(text, "Missing: {line}\n");
        }
        let _ = writeln!(text, "{}", figure::tally(&self.figures));
        text
    }
}

fn shown(figure: &Figure) -> String {
    figure.value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bound;

    fn report(value: Option<f64>) -> Report {
        let figure = Figure { name: "ns of x".to_owned(), bound: Bound::AtMost(1.1), value };
        Report { title: "X".to_owned(), figures: vec![figure], ..Report::default() }
    }

    #[test]
    fn the_last_line_tells_how_many_figures_are_reached() {
        let report = report(Some(1.0));
        assert!(report.is_success());
        assert!(report.plain().ends_with("reached\n\n1 of 1 figures reached\n"));
        assert!(report.markdown("x").ends_with("| reached |\n\n1 of 1 figures reached\n"));
    }

    #[test]
    fn a_missed_figure_and_a_missing_peer_are_failures() {
        assert!(!report(Some(1.2)).is_success());
        let unmeasured = report(None);
        assert!(!unmeasured.is_success());
        assert!(unmeasured.plain().contains("≤ 1.10  not measured  MISSED"));
        let missing = Report { missing: vec!["a peer".to_owned()], ..report(Some(1.0)) };
        assert!(!missing.is_success());
        assert!(missing.plain().contains("MISSING: a peer"));
    }
}
