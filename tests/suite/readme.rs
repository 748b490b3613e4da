//! The README shows what the command prints, and the command that it prints does what it says.

use std::process::{Command, Output};

/// Runs a shell command in the repository with the built binary as `redrive`.
fn shell(command: &str) -> Output {
    let binary = env!("CARGO_BIN_EXE_redrive");
    let script = format!("redrive() {{ '{binary}' \"$@\"; }}\n{command}");
    Command::new("sh")
        .args(["-c", &script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("a shell runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What stands between the README's marks, and the command above it.
fn shown() -> (String, Vec<String>) {
    let readme = include_str!("../../README.md");
    let command =
        readme.lines().find_map(|line| line.strip_prefix("$ ")).expect("the README shows a command");
    let (_, rest) = readme.split_once("<!-- output:check-orders -->\n```text\n").expect("the output begins");
    let (block, _) = rest.split_once("```\n<!-- /output:check-orders -->").expect("the output ends");
    (command.to_owned(), block.lines().map(str::to_owned).collect())
}

#[test]
fn the_readme_shows_the_real_output() {
    let (command, lines) = shown();
    let output = shell(&command);
    assert_eq!(output.status.code(), Some(1), "the example has findings");
    let real = printed(&output);
    let mut rest = real.lines();
    for line in lines.iter().filter(|line| *line != "…" && !line.is_empty()) {
        assert!(
            rest.any(|other| other == line),
            "the command does not print this line, or not here:\n{line}"
        );
    }
}

#[test]
fn the_replay_command_of_every_finding_runs_as_printed() {
    let (command, _) = shown();
    let report = printed(&shell(&format!("{command} --all")));
    let commands: Vec<&str> =
        report.lines().map(str::trim).filter(|line| line.starts_with("redrive replay '")).collect();
    assert!(commands.len() >= 2, "{report}");
    for command in commands {
        let output = shell(command);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(printed(&output).contains("the same run as before"), "{}", printed(&output));
    }
}
