//! Capsules of earlier failures, in a file beside the user's manifest: later runs try them first.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::explore::Capsule;
use crate::face::Problems;

/// The file of one test.
#[derive(Clone, Debug)]
pub(crate) struct Regressions {
    path: PathBuf,
}

const FOLDER: &str = "redrive-regressions";
const HEAD: &str = "\
# Runs that once violated what this test asks for, each by the choices that it needs. They are tried before anything
# new is searched. Keep this file under version control; remove a line once its bug cannot come back.
";

impl Regressions {
    /// The file of a test, in `folder` or beside the manifest of the crate that is tested.
    pub(crate) fn of(test: &str, folder: Option<&PathBuf>) -> Self {
        let folder = folder.cloned().unwrap_or_else(|| {
            let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
            manifest.join(FOLDER)
        });
        let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
        let name: String = test
            .replace("::", ".")
            .chars()
            .map(|letter| if is_plain(letter) { letter } else { '-' })
            .collect();
        Self { path: folder.join(format!("{name}.capsules")) }
    }

    /// All saved capsules; none where there is no file.
    ///
    /// # Errors
    /// Every line that is no capsule of this version, with its number.
    pub(crate) fn read(&self) -> Result<Vec<Capsule>, Problems> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(problem) => {
                let message = format!("{} cannot be read: {problem}", self.path.display());
                let help = "it holds the runs that failed before".to_owned();
                return Err(Problems::one("capsules-unreadable", message, help));
            }
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !is_empty(line));
        let mut capsules = Vec::new();
        let mut wrong = Vec::new();
        for (index, line) in lines {
            match Capsule::parse(line) {
                Ok(capsule) => capsules.push(capsule),
                Err(error) => wrong.push(format!("{}:{}: {error}", self.path.display(), index + 1)),
            }
        }
        if wrong.is_empty() {
            return Ok(capsules);
        }
        let help = "remove the line, or use the version that wrote it".to_owned();
        Err(Problems::one("capsule-unreadable", wrong.join("; "), help))
    }

    /// Adds capsules that are not there yet; the file's path where there is anything to save.
    ///
    /// # Errors
    /// Why they cannot be written.
    pub(crate) fn save<'a>(&self, capsules: impl Iterator<Item = &'a str>) -> Result<Option<String>, String> {
        let problem = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let before = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => HEAD.to_owned(),
            Err(error) => return Err(problem(error)),
        };
        let mut text = before.clone();
        let mut count = 0;
        for capsule in capsules {
            count += 1;
            if !text.lines().any(|line| line == capsule) {
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(capsule);
                text.push('\n');
            }
        }
        if count == 0 {
            return Ok(None);
        }
        if text != before {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder).map_err(problem)?;
            }
            std::fs::write(&self.path, text).map_err(problem)?;
        }
        Ok(Some(self.path.display().to_string()))
    }
}

fn is_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}
