//! Numbers: none of AWS's stands in the code, and none that has a fraction in what runs.

use crate::architecture::assert_none;
use crate::architecture::source::{Source, is_word, item_end, sources, word, words};

/// Folders in which a number has to have a name.
const FOLDERS: [&str; 3] = ["world", "guarantee", "program"];

/// Folders that know no floating point.
const EXACT_FOLDERS: [&str; 5] = ["kernel", "world", "trace", "guarantee", "program"];

/// Numbers above this need a name.
const LARGEST_BARE: u128 = 2;

/// Numbers without a name of their own: the file, the number, and why it needs none.
const ALLOWED: &[(&str, u128, &str)] = &[];

/// The numbers of a file that are neither in a constant nor in an attribute, each with the line.
fn numbers(source: &Source) -> Vec<(usize, u128)> {
    let code = without(&without(&source.production, "const"), "static");
    let mut found = Vec::new();
    let mut before = ' ';
    for (at, character) in code.char_indices() {
        let starts = character.is_ascii_digit() && !is_word(before) && !is_field(&code[..at]);
        if starts {
            let text: String = word(&code[at..]).replace('_', "");
            found.push((source.line(at), parse(&text)));
        }
        before = character;
    }
    found
}

/// Whether a number here is the field of a tuple and not the end of a range.
fn is_field(before: &str) -> bool {
    before.ends_with('.') && !before.ends_with("..")
}

fn parse(text: &str) -> u128 {
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0b") => (&text[2..], 2),
        Some("0o") => (&text[2..], 8),
        Some(_) | None => (text, 10),
    };
    let digits = digits.find(|c: char| !c.is_digit(radix)).map_or(digits, |end| &digits[..end]);
    u128::from_str_radix(digits, radix).expect("a literal of Rust is a number")
}

/// The code without constants: a name is what a number needs.
fn without(code: &str, keyword: &str) -> String {
    let mut out = code.to_owned();
    for at in words(code, keyword) {
        let after = code[at + keyword.len()..].trim_start();
        if is_name(word(after)) {
            let end = item_end(code, at);
            let blanked: String = out[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            out.replace_range(at..end, &blanked);
        }
    }
    out
}

/// Whether a word is the name of a constant.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase())
        && !word.contains(|c: char| c.is_ascii_lowercase())
}

#[test]
fn numbers_have_names() {
    let mut problems = Vec::new();
    let mut used = vec![false; ALLOWED.len()];
    for source in sources("src") {
        if !FOLDERS.contains(&source.module()) {
            continue;
        }
        for (line, number) in numbers(&source) {
            let allowed =
                ALLOWED.iter().position(|(path, allowed, _)| *path == source.path && *allowed == number);
            match allowed {
                Some(index) => used[index] = true,
                None if number > LARGEST_BARE => {
                    problems.push(format!("src/{}:{line} {number}", source.path))
                }
                None => {}
            }
        }
    }
    assert_none("numbers without a name", &problems);
    let idle = ALLOWED.iter().zip(used).filter(|(_, used)| !used);
    let idle: Vec<String> = idle.map(|((path, number, _), _)| format!("src/{path} {number}")).collect();
    assert_none("exceptions that are none any more", &idle);
}

#[test]
fn nothing_that_runs_knows_floating_point() {
    let mut problems = Vec::new();
    for source in sources("src") {
        if EXACT_FOLDERS.contains(&source.module()) {
            let uses = ["f32", "f64"].iter().flat_map(|kind| words(&source.production, kind));
            problems.extend(uses.map(|at| format!("src/{}:{}", source.path, source.line(at))));
        }
    }
    assert_none("floating point", &problems);
}

#[test]
fn numbers_are_found_where_they_stand() {
    let source = |text: &str| {
        let text = text.to_owned();
        Source { path: String::new(), code: text.clone(), production: text.clone(), text }
    };
    let found =
        |text: &str| -> Vec<u128> { numbers(&source(text)).into_iter().map(|(_, number)| number).collect() };
    assert_eq!(found("f(7_000u64, x.3, 0xff, y12)"), [7_000, 255]);
    assert_eq!(found("const A: u64 = 7;\nconst fn f() -> u64 { 9 }"), [9]);
    assert_eq!(found("for _ in 0..10 {}"), [0, 10]);
}
