//! Rules about the text of one file.

const MAX_FILE_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 70;
pub(super) const MAX_COLUMNS: usize = 100;
/// Words longer than this may stand on wide lines.
const LONG_WORD: usize = 60;

/// Files that may be longer, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// Functions that may be longer, and why.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

/// What no Rust file may contain. The words are cut in two so that this file may name them.
const BANNED: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimplemented", "!("),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
];

/// Where machines keep things that no file of a project should know.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/bash", "_jobs")];

/// The one file that may allow itself unsafe code. Everywhere else the compiler forbids it, but for
/// the rest of this file's crate, which only denies it.
const UNSAFE_FILE: &str = "lanes/src/processor.rs";

/// Words of protocols, which `base` may explain itself with but not be made of.
const PROTOCOL_WORDS: &[&str] =
    &["stun", "turn", "ice", "sdp", "rtp", "rtcp", "srtp", "sctp", "dtls", "tls", "webrtc"];

/// Checks the file `name`, adding a line to `problems` for each thing that is wrong.
pub(super) fn check(name: &str, text: &str, problems: &mut Vec<String>) {
    for (number, line) in numbered(text) {
        if let Some(path) = MACHINE_PATHS.iter().find(|path| is_path(line, path)) {
            problems.push(format!("{name}:{number}: names {path}, a path of some machine"));
        }
    }
    if name.ends_with(".rs") {
        lines(name, text, problems);
        functions(name, text, problems);
    }
}

fn lines(name: &str, text: &str, problems: &mut Vec<String>) {
    let length = text.lines().count();
    let excused = LONG_FILES.iter().any(|(file, _why)| *file == name);
    if length > MAX_FILE_LINES && !excused {
        problems.push(format!("{name}: has {length} lines, more than {MAX_FILE_LINES}"));
    }
    for (number, line) in numbered(text) {
        let columns = line.chars().count();
        if columns > MAX_COLUMNS && !is_unbreakable(line) {
            problems.push(format!("{name}:{number}: is {columns} columns wide"));
        }
        if let Some(word) = BANNED.iter().find(|word| line.contains(*word)) {
            problems.push(format!("{name}:{number}: contains {word}"));
        }
        let speaks_of_unsafe =
            line.contains("unsafe_code") && !line.contains("#![deny(unsafe_code)]");
        if name.starts_with("lanes/") && name != UNSAFE_FILE && speaks_of_unsafe {
            problems.push(format!("{name}:{number}: allows unsafe code; {UNSAFE_FILE} may"));
        }
        if name.starts_with("base/src/")
            && let Some(word) = protocol_word(line)
        {
            problems.push(format!("{name}:{number}: base knows no {word}"));
        }
    }
}

/// Whether a line is wide because of one long word, such as an address or bytes in hexadecimal.
fn is_unbreakable(line: &str) -> bool {
    line.split_whitespace().any(|word| word.chars().count() > LONG_WORD)
}

/// Finds functions by their indentation, which rustfmt guarantees.
fn functions(name: &str, text: &str, problems: &mut Vec<String>) {
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some(function) = function_name(line) else { continue };
        let rest = lines.get(index..).unwrap_or_default();
        let length = function_length(rest);
        let excused = LONG_FUNCTIONS.iter().any(|(f, n, _why)| *f == name && *n == function);
        if length > MAX_FUNCTION_LINES && !excused {
            let number = index + 1;
            problems.push(format!(
                "{name}:{number}: {function} has {length} lines, more than {MAX_FUNCTION_LINES}"
            ));
        }
    }
}

/// The name of the function that `line` starts, if it starts one.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifier = |word: &str| {
        matches!(word, "const" | "async" | "extern" | "\"C\"")
            || word.starts_with("pub")
            || word == "crate)"
            || word == "super)"
    };
    let end = after.find(['(', '<'])?;
    before.split_whitespace().all(qualifier).then(|| after.get(..end)).flatten()
}

/// The number of lines of the function that starts in the first of `lines`.
fn function_length(lines: &[&str]) -> usize {
    let Some((first, rest)) = lines.split_first() else { return 0 };
    if first.ends_with(['}', ';']) {
        return 1;
    }
    let indent = indentation(first);
    // A body ends, and a declaration of several lines too, where the indentation is the first
    // line's again; lines between that are as far left close the list of arguments.
    let closing = |line: &&&str| {
        indentation(line) == indent
            && !line.trim().is_empty()
            && (line.trim_start().starts_with('}') || line.ends_with(';'))
    };
    rest.iter().position(|line| closing(&line)).map_or(1, |position| position + 2)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn protocol_word(line: &str) -> Option<&'static str> {
    if line.trim_start().starts_with("//") {
        return None;
    }
    let line = line.to_ascii_lowercase();
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| PROTOCOL_WORDS.iter().find(|protocol| **protocol == word).copied())
}

/// Whether `line` names the absolute `path`, and not one that merely ends like it.
fn is_path(line: &str, path: &str) -> bool {
    let is_outermost = |at: usize| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~*}".contains(c))
    };
    line.match_indices(path).any(|(at, _)| is_outermost(at))
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check(name, text, &mut problems);
        problems
    }

    #[test]
    fn a_long_function_is_found_and_one_of_seventy_lines_is_not() {
        let function = |lines: usize| {
            let body = "        body();\n".repeat(lines - 2);
            format!("impl X {{\n    pub(crate) async fn long<T>() {{\n{body}    }}\n}}\n")
        };
        assert_eq!(problems("a.rs", &function(70)), [""; 0]);
        assert_eq!(problems("a.rs", &function(71)), ["a.rs:2: long has 71 lines, more than 70"]);
    }

    #[test]
    fn arguments_on_lines_of_their_own_end_no_function() {
        let body = "    body();\n".repeat(70);
        let text = format!("fn long(\n    a: u8,\n) -> u8\nwhere\n    u8: Copy,\n{{\n{body}}}\n");
        assert_eq!(problems("a.rs", &text), ["a.rs:1: long has 77 lines, more than 70"]);
        let declaration = format!("    fn short(\n        a: u8,\n    ) -> u8;\n{body}    }}\n");
        assert_eq!(problems("a.rs", &declaration), [""; 0]);
    }

    #[test]
    fn long_files_wide_lines_and_banned_words_are_found() {
        assert_eq!(problems("a.rs", &"x\n".repeat(600)), [""; 0]);
        assert_eq!(problems("a.rs", &"x\n".repeat(601)), ["a.rs: has 601 lines, more than 600"]);
        assert_eq!(problems("a.rs", &"ü ".repeat(50)), [""; 0]);
        assert_eq!(problems("a.rs", &"x ".repeat(51)), ["a.rs:1: is 102 columns wide"]);
        assert_eq!(problems("a.rs", &format!("// {}", "x".repeat(98))), [""; 0]);
        for word in BANNED {
            assert_eq!(problems("a.rs", word), [format!("a.rs:1: contains {word}")]);
        }
    }

    #[test]
    fn paths_of_machines_are_found_in_every_file() {
        for path in MACHINE_PATHS {
            let expected = format!("a.md:1: names {path}, a path of some machine");
            assert_eq!(problems("a.md", &format!("see {path}x")), [expected]);
            assert_eq!(problems("a.md", &format!("net{path}x")), [""; 0]);
        }
    }

    #[test]
    fn unsafe_code_is_allowed_in_one_file() {
        let allows = "#![allow(unsafe_code, reason = \"\")]";
        assert_eq!(problems(UNSAFE_FILE, allows), [""; 0]);
        assert_eq!(problems("lanes/src/lib.rs", "#![deny(unsafe_code)]"), [""; 0]);
        let expected = ["lanes/src/lib.rs:1: allows unsafe code; lanes/src/processor.rs may"];
        assert_eq!(problems("lanes/src/lib.rs", allows), expected);
        assert_eq!(problems("lanes/src/lib.rs", "    unsafe_code,"), expected);
    }

    #[test]
    fn base_may_explain_itself_with_protocols_but_not_name_them() {
        assert_eq!(problems("base/src/a.rs", "// An ICE agent.\nlet service = 1;"), [""; 0]);
        let expected = ["base/src/a.rs:1: base knows no ice"];
        assert_eq!(problems("base/src/a.rs", "let ice_agent = 1;"), expected);
        assert_eq!(problems("ice/src/a.rs", "let ice_agent = 1;"), [""; 0]);
    }
}
