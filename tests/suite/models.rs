//! The model files: they load, they are complete, and what is wrong in one is said with its place.

use redrive::models::Models;

#[test]
fn the_embedded_models_load() {
    if let Err(problems) = Models::embedded() {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"));
    }
}
