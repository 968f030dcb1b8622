//! The sandboxed child.

fn main() {}
