//! Tables, for a terminal and in Markdown.

use std::fmt::Write as _;

/// Rows of numbers, whose columns stand in groups.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What stands above it.
    pub title: String,
    /// The names of the groups, and of the columns in each.
    pub groups: Vec<(String, Vec<&'static str>)>,
    /// The name of each row, and its cells.
    pub rows: Vec<(String, Vec<String>)>,
}

/// What parts one group from the next.
const GAP: &str = "  │";

impl Table {
    /// Aligned, for a font of fixed width.
    pub fn plain(&self) -> String {
        let names = self.rows.iter().map(|(name, _)| width(name));
        let first = names.chain([width(&self.title)]).max().unwrap_or_default();
        let widths = self.widths();
        let mut heads = [pad(&self.title, first), " ".repeat(first)];
        let mut column = 0;
        for (group, labels) in &self.groups {
            let group_widths = &widths[column..column + labels.len()];
            let whole: usize = group_widths.iter().map(|width| width + 2).sum();
            let _ = write!(heads[0], "{GAP}{}", pad_left(group, whole));
            heads[1].push_str(GAP);
            for (label, width) in labels.iter().zip(group_widths) {
                let _ = write!(heads[1], "  {}", pad_left(label, *width));
            }
            column += labels.len();
        }
        let mut text = format!("{}\n{}\n", heads[0].trim_end(), heads[1]);
        for (name, cells) in &self.rows {
            let mut line = pad(name, first);
            let mut cells = cells.iter().zip(&widths);
            for (_, labels) in &self.groups {
                line.push_str(GAP);
                for (cell, width) in cells.by_ref().take(labels.len()) {
                    let _ = write!(line, "  {}", pad_left(cell, *width));
                }
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }

    /// The same in Markdown, without the title.
    pub fn markdown(&self) -> String {
        let mut heads = String::from("| |");
        let mut rule = String::from("|---|");
        for (group, labels) in &self.groups {
            for label in labels {
                let _ = write!(heads, " {group} {label} |");
                rule.push_str("--:|");
            }
        }
        let mut text = format!("{heads}\n{rule}\n");
        for (name, cells) in &self.rows {
            let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
        }
        text
    }

    /// Of each column of numbers.
    fn widths(&self) -> Vec<usize> {
        let labels = self.groups.iter().flat_map(|(_, labels)| labels);
        let cell = |row: &(String, Vec<String>), column: usize| row.1.get(column).map(|c| width(c));
        labels
            .enumerate()
            .map(|(column, label)| {
                let cells = self.rows.iter().filter_map(|row| cell(row, column));
                cells.chain([width(label)]).max().unwrap_or_default()
            })
            .collect()
    }
}

/// How many columns `text` takes; all of its characters are one wide.
fn width(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            title: "apples".to_owned(),
            groups: vec![
                ("small".to_owned(), vec!["ns", "×limit"]),
                ("large".to_owned(), vec!["ns"]),
            ],
            rows: vec![
                ("red".to_owned(), vec!["9.5".to_owned(), "1.00".to_owned(), "12,000".to_owned()]),
                ("green".to_owned(), vec!["10.0".to_owned(), "–".to_owned(), "–".to_owned()]),
            ],
        }
    }

    #[test]
    fn columns_are_aligned_under_their_heads() {
        let expected = "\
apples  │           small  │   large
        │    ns  ×limit  │      ns
red     │   9.5    1.00  │  12,000
green   │  10.0       –  │       –
";
        assert_eq!(table().plain(), expected.replace("           small", "         small"));
    }

    #[test]
    fn markdown_repeats_the_group_in_every_head() {
        let expected = "\
| | small ns | small ×limit | large ns |
|---|--:|--:|--:|
| red | 9.5 | 1.00 | 12,000 |
| green | 10.0 | – | – |
";
        assert_eq!(table().markdown(), expected);
    }
}
