//! How much an input may ask for, so that no file can exhaust memory, time or stack.

/// Bounds on one file. Real templates stay far below all of them: CloudFormation itself takes at most 1 MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: usize,
    /// Levels of maps and lists within each other, aliases expanded.
    pub depth: usize,
    /// Values in the tree, each use of an alias counted; and again values in the evaluated tree.
    pub nodes: usize,
    /// Bytes of text in all values together, each use of an alias counted; and again in the evaluated tree.
    pub text_bytes: usize,
    /// Diagnostics of one code that are listed before the rest is only counted.
    pub diagnostics_per_code: usize,
}

impl Limits {
    /// The bounds that the command line uses.
    pub const STANDARD: Self = Self {
        file_bytes: 4 << 20,
        depth: 100,
        nodes: 2_000_000,
        text_bytes: 64 << 20,
        diagnostics_per_code: 100,
    };
}
