//! Rust files read as text: with comments and the contents of literals blanked, so that a scan sees code alone.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file of the repository.
pub(super) struct Source {
    /// Its path inside the folder that was read, with forward slashes.
    pub(super) path: String,
    /// As written.
    pub(super) text: String,
    /// Comments and the contents of literals replaced by spaces; every line keeps its number.
    pub(super) code: String,
    /// The same, without unit tests.
    pub(super) production: String,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let code = blank(&text);
        let production = without_tests(&code);
        Self { path, text, code, production }
    }

    /// The folder below `src/`, or the file's name without ending.
    pub(super) fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or(&self.path);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The number of the line, from 1, that holds a byte of the text.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// How many lines it has without unit tests.
    pub(super) fn production_lines(&self) -> usize {
        let end = self.text.find("#[cfg(test)]").unwrap_or(self.text.len());
        self.text[..end].trim_end().lines().count()
    }
}

/// Where the repository is.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the repository, in order.
pub(super) fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let mut files = files(&base);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&base).expect("files() stays below its folder");
        let name = inside.to_string_lossy().replace('\\', "/");
        Source::new(name, fs::read_to_string(&path).expect("a source file is text"))
    };
    files.into_iter().map(read).collect()
}

/// All files below a folder, in order; build results and hidden folders left out.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with(".git") {
                found.extend(files(&path));
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Replaces comments and the contents of texts and characters by spaces.
fn blank(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let length = hidden(rest, out.ends_with(is_word)).unwrap_or(0);
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let (gone, left) = rest.split_at(length);
            out.extend(gone.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = left;
        }
    }
    out
}

/// The length of the comment or literal that `rest` begins with, if it begins with one.
fn hidden(rest: &str, in_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(1 + quoted(&rest[1..], '"'));
    }
    if !in_word && (rest.starts_with("r\"") || rest.starts_with("r#")) {
        let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
        let opens = rest[1 + hashes..].starts_with('"');
        let close = format!("\"{}", "#".repeat(hashes));
        let start = 2 + hashes;
        return opens.then(|| start + rest[start..].find(&close).expect("a raw text ends") + close.len());
    }
    let after = rest.strip_prefix('\'')?;
    let character = after.chars().next()?;
    let is_lifetime = character != '\\' && !after[character.len_utf8()..].starts_with('\'');
    (!is_lifetime).then(|| 1 + quoted(after, '\''))
}

/// The length of what is quoted, with the closing mark.
fn quoted(rest: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == mark => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Blanks every item behind `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(at) = out.find("#[cfg(test)]") {
        let end = item_end(&out, at);
        let blanked: String = out[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(at..end, &blanked);
    }
    out
}

/// Where the item ends that begins at `start`: behind its body or its semicolon.
pub(super) fn item_end(code: &str, start: usize) -> usize {
    let mut nested = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested -= 1,
            b';' if nested == 0 => return at + 1,
            b'{' if nested == 0 => return block_end(code, at),
            _ => {}
        }
    }
    code.len()
}

/// Where the block ends that opens at `open`: behind its closing brace.
fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Whether a character can stand in a name.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The name that a text begins with.
pub(super) fn word(text: &str) -> &str {
    &text[..text.find(|character| !is_word(character)).unwrap_or(text.len())]
}

/// The places at which a whole word stands.
pub(super) fn words<'a>(code: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(wanted).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + wanted.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[test]
fn comments_and_the_contents_of_literals_are_blanked() {
    let cases = [
        ("a // b \"\nc", "a       \nc"),
        ("a /* b /* c */ 7 */ d", "a                   d"),
        ("x(\"9 {\\\" }\", 'a')", "x(         ,    )"),
        ("r#\"9 \" 8\"# r", "           r"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("'\\'' '{' b'x'", "         b   "),
    ];
    for (text, expected) in cases {
        assert_eq!(blank(text), expected, "{text}");
        assert_eq!(blank(text).len(), text.len());
    }
}

#[test]
fn unit_tests_are_left_out_of_production() {
    let source =
        Source::new("a.rs".to_owned(), "fn f() {}\n\n#[cfg(test)]\nmod tests {\n fn g() {}\n}\n".to_owned());
    assert_eq!(source.production.trim(), "fn f() {}");
    assert_eq!(source.production_lines(), 1);
}
