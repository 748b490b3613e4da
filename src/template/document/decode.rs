//! From the bytes of a file to its text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::template::document::Limits;
use crate::vocabulary::{Diagnostic, Place};

/// The bytes that mark UTF-8 at the start of a file; allowed, and dropped.
const UTF_8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// The text of a file: UTF-8, with or without a byte order mark.
///
/// # Errors
///
/// A file that is too large, not UTF-8, or without any content.
pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    let file = Arc::new(path.to_path_buf());
    if bytes.len() > Limits::STANDARD.file_bytes {
        return Err(too_large(&file, bytes.len(), Limits::STANDARD.file_bytes));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Diagnostic::error("input-not-utf-8", "the file is UTF-16, not UTF-8")
            .at(&Place::start_of(&file))
            .help("save it as UTF-8"));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| not_utf_8(&file, &error))?;
    if text.as_bytes().starts_with(UTF_8_MARK) {
        text.drain(..UTF_8_MARK.len());
    }
    if text.trim().is_empty() {
        return Err(empty(&file));
    }
    Ok(text)
}

/// The refusal of a file above the bound.
pub(super) fn too_large(file: &Arc<PathBuf>, size: usize, limit: usize) -> Diagnostic {
    let message = format!("the file has {size} bytes; at most {limit} are read");
    Diagnostic::error("input-too-large", message)
        .at(&Place::start_of(file))
        .help("CloudFormation takes templates of up to 1 MB; point at the template itself")
}

/// The refusal of a file without content.
pub(super) fn empty(file: &Arc<PathBuf>) -> Diagnostic {
    Diagnostic::error("input-empty", "the file is empty")
        .at(&Place::start_of(file))
        .help("point at a CloudFormation or SAM template, or a scenario")
}

fn not_utf_8(file: &Arc<PathBuf>, error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = error.utf8_error().valid_up_to();
    let (before, rest) = error.as_bytes().split_at(valid);
    let read = String::from_utf8_lossy(before);
    let line = read.matches('\n').count() as u32 + 1;
    let column = read.rsplit('\n').next().map_or(0, |last| last.chars().count()) as u32 + 1;
    let place = Place { file: Arc::clone(file), line, column, start: valid as u32, end: valid as u32 + 1 };
    let byte = rest.first().copied().unwrap_or_default();
    Diagnostic::error("input-not-utf-8", format!("byte 0x{byte:02X} at offset {valid} is not UTF-8"))
        .at(&place)
        .help("save the file as UTF-8")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::decode;

    #[test]
    fn only_utf_8_text_with_content_is_read() {
        let cases: &[(&[u8], Result<&str, &str>)] = &[
            (b"a: 1\n", Ok("a: 1\n")),
            (b"\xEF\xBB\xBFa: 1\n", Ok("a: 1\n")),
            (b"", Err("f:1:1: error[input-empty]")),
            (b" \r\n\t\n", Err("f:1:1: error[input-empty]")),
            (b"\xEF\xBB\xBF", Err("f:1:1: error[input-empty]")),
            (b"\xFF\xFEa\0", Err("f:1:1: error[input-not-utf-8]: the file is UTF-16")),
            (b"a: 1\n\xC3\xA9 \xFF", Err("f:2:3: error[input-not-utf-8]: byte 0xFF at offset 8")),
        ];
        for (bytes, expected) in cases {
            let read = decode(Path::new("f"), bytes.to_vec()).map_err(|diagnostic| diagnostic.to_string());
            match (read, expected) {
                (Ok(text), Ok(wanted)) => assert_eq!(text, *wanted),
                (Err(message), Err(wanted)) => assert!(message.starts_with(wanted), "{message}"),
                (read, wanted) => panic!("{read:?} is not {wanted:?}"),
            }
        }
    }

    #[test]
    fn a_file_above_the_bound_is_refused() {
        let message =
            decode(Path::new("f"), vec![b'a'; 200 << 20]).map_err(|diagnostic| diagnostic.to_string());
        assert!(message.is_err_and(|text| text.contains("209715200 bytes; at most 4194304")));
    }
}
