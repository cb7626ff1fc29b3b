//! The README shows what is run.

#[test]
fn the_readmes_example_is_the_one_that_can_be_run() {
    let readme = include_str!("../../README.md");
    let example = include_str!("../examples/data_channel.rs");
    let (_title, code) = example.split_once("\n\n").unwrap();
    assert!(readme.contains(&format!("```rust\n{code}```")), "they differ");
}
