//! The program `lariat`.

fn main() {}
