//! Where results go: standard output, or a file that is written whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use crate::vocabulary::Diagnostic;

/// A place for one result.
#[derive(Debug)]
pub(super) enum Output {
    /// Standard output.
    Terminal,
    /// Something that cannot be replaced, such as a device or a pipe.
    Special(File, PathBuf),
    /// A file, by way of a temporary one beside it.
    Replaced(Replaced),
}

/// A temporary file that becomes another one; it goes away if it does not.
#[derive(Debug)]
pub(super) struct Replaced {
    file: Option<File>,
    temporary: PathBuf,
    target: PathBuf,
}

impl Output {
    /// Opens the place before any work is done, so that a long search does not end in vain.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Diagnostic> {
        let Some(path) = path else { return Ok(Self::Terminal) };
        let shown = path.display().to_string();
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match target.metadata() {
            Ok(existing) if existing.is_dir() => {
                let error = io::Error::new(io::ErrorKind::IsADirectory, "it is a folder");
                Err(unwritable(&shown, &error))
            }
            Ok(existing) if !existing.is_file() => {
                let file = File::options().write(true).open(&target);
                file.map(|file| Self::Special(file, target)).map_err(|error| unwritable(&shown, &error))
            }
            Ok(_) | Err(_) => {
                Replaced::beside(target).map(Self::Replaced).map_err(|error| unwritable(&shown, &error))
            }
        }
    }

    /// Writes the result; nothing is left of a file where there is none.
    ///
    /// # Errors
    /// Where it could not be written to the end.
    pub(super) fn write(self, text: &str) -> Result<(), Diagnostic> {
        if text.is_empty() {
            return Ok(());
        }
        match self {
            Self::Terminal => {
                let mut stdout = io::stdout().lock();
                let text = if is_coloured(&stdout) { text.to_owned() } else { strip_str(text).to_string() };
                let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
                written.map_err(|error| unwritable("standard output", &error))
            }
            Self::Special(mut file, path) => {
                let text = styled_if_asked(text);
                let written = file.write_all(text.as_bytes()).and_then(|()| file.flush());
                written.map_err(|error| unwritable(&path.display().to_string(), &error))
            }
            Self::Replaced(replaced) => {
                let shown = replaced.target.display().to_string();
                replaced.write(&styled_if_asked(text)).map_err(|error| unwritable(&shown, &error))
            }
        }
    }
}

/// A file takes colours only where they were asked for.
fn styled_if_asked(text: &str) -> String {
    match ColorChoice::global() {
        ColorChoice::Always | ColorChoice::AlwaysAnsi => text.to_owned(),
        ColorChoice::Auto | ColorChoice::Never => strip_str(text).to_string(),
    }
}

fn is_coloured(stdout: &io::StdoutLock<'_>) -> bool {
    AutoStream::choice(stdout) != ColorChoice::Never
}

/// What to say where a result cannot be written.
pub(super) fn unwritable(place: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error("output-unwritable", format!("the result cannot be written to {place}: {error}"))
        .help("nothing was changed; name another place with --output")
}

impl Replaced {
    fn beside(target: PathBuf) -> io::Result<Self> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let temporary = target.with_file_name(hidden);
        let file = File::create_new(&temporary)?;
        if let Ok(existing) = target.metadata() {
            if existing.permissions().readonly() {
                drop(std::fs::remove_file(&temporary));
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
            }
            file.set_permissions(existing.permissions())?;
        }
        Ok(Self { file: Some(file), temporary, target })
    }

    fn write(mut self, text: &str) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&self.temporary, &self.target)
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // After a success it has another name and there is nothing to remove.
        drop(std::fs::remove_file(&self.temporary));
    }
}
