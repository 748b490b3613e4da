//! The documents about scenarios agree with the reader: every example is read, every key is in the schema.

use std::path::Path;

use redrive::scenario::read_scenario_text;
use serde_json::Value as Json;

const DOCUMENT: &str = include_str!("../../docs/scenario.md");
const SCHEMA: &str = include_str!("../../docs/scenario.schema.json");

fn schema() -> Json {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

/// The blocks of the document in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let after = DOCUMENT.split(fence.as_str()).skip(1);
    after.map(|rest| rest.split("```").next().expect("a block ends")).collect()
}

fn messages(text: &str) -> Vec<String> {
    let read = read_scenario_text(Path::new("scenario.toml"), text);
    read.diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn every_example_of_the_document_is_read() {
    let examples = blocks("toml");
    assert!(examples.len() > 8, "{}", examples.len());
    for example in examples {
        assert_eq!(messages(example), [""; 0], "{example}");
        let read = read_scenario_text(Path::new("scenario.toml"), example).file;
        let says_nothing = read.scenario.is_silent() && read.settings.is_empty();
        assert!(!says_nothing, "{example}");
    }
}

/// Each table of a scenario: how one with an unknown key is written, and where the schema has it.
const TABLES: [(&str, &str); 11] = [
    ("zzzzzzzz = 1", ""),
    ("[[message]]\nto = 'Q'\nzzzzzzzz = 1", "message"),
    ("[[load]]\nto = 'Q'\nevents = 1\nzzzzzzzz = 1", "load"),
    ("[handler.F]\nzzzzzzzz = 1", "handler"),
    ("[caller.F]\nzzzzzzzz = 1", "caller"),
    ("[[handler.F.outcomes]]\nthen = 'fails'\nzzzzzzzz = 1", "outcome"),
    ("[[handler.F.emits]]\nto = 'Q'\nzzzzzzzz = 1", "emission"),
    ("[[change]]\nat = '1s'\nredeploy = 'F'\nzzzzzzzz = 1", "change"),
    ("[faults]\nzzzzzzzz = 1", "faults"),
    ("[bounds]\nzzzzzzzz = 1", "bounds"),
    ("[[expect]]\nqueue = 'Q'\nholds = 1\nzzzzzzzz = 1", "expect"),
];

#[test]
fn the_schema_has_the_keys_of_the_reader_and_no_others() {
    let schema = schema();
    for (text, table) in TABLES {
        let read = read_scenario_text(Path::new("scenario.toml"), text);
        let [problem] = read.diagnostics.as_slice() else { panic!("{text}: {:?}", read.diagnostics) };
        let help = problem.help.as_deref().expect("an unknown key has help");
        let known = help.strip_prefix("expected one of: ").unwrap_or_else(|| panic!("{text}: {help}"));
        let mut known: Vec<&str> = known.split(", ").collect();
        known.sort_unstable();
        let table = if table.is_empty() { &schema } else { &schema["$defs"][table] };
        assert_eq!(table["additionalProperties"], Json::Bool(false), "{text}");
        let properties = table["properties"].as_object().expect("a table has properties");
        let mut described: Vec<&str> = properties.keys().map(String::as_str).collect();
        described.sort_unstable();
        assert_eq!(known, described, "{text}");
    }
    let tables = schema["$defs"].as_object().expect("the schema has tables").len();
    assert_eq!(tables + 1, TABLES.len(), "every table of the schema is compared");
}

#[test]
fn every_key_is_in_the_document_and_explained_in_the_schema() {
    let schema = schema();
    let tables = schema["$defs"].as_object().expect("the schema has tables").values();
    for table in std::iter::once(&schema).chain(tables) {
        for (key, property) in table["properties"].as_object().expect("a table has properties") {
            let is_there = [format!("`{key}`"), format!("[{key}]"), format!("`{key} = "), format!("[{key}.")];
            assert!(is_there.iter().any(|form| DOCUMENT.contains(form)), "{key} is not in the document");
            let is_explained = property["description"].is_string() || property["$ref"].is_string();
            assert!(is_explained, "{key} is not explained");
        }
    }
}

#[test]
fn words_of_the_schema_are_those_of_the_reader() {
    let schema = schema();
    for (words, text) in [
        (&schema["$defs"]["outcome"]["properties"]["then"], "[[handler.F.outcomes]]\nthen = 'WORD'"),
        (&schema["$defs"]["emission"]["properties"]["per"], "[[handler.F.emits]]\nto = 'Q'\nper = 'WORD'"),
        (&schema["$defs"]["handler"]["properties"]["preset"], "[handler.F]\npreset = 'WORD'"),
        (&schema["$defs"]["caller"]["properties"]["retries"], "[caller.F]\nretries = 'WORD'"),
        (&schema["$defs"]["bounds"]["properties"]["ordering"], "[bounds]\nordering = 'WORD'"),
        (&schema["$defs"]["expect"]["properties"]["fate"], "[[expect]]\nevents = 'Q'\nfate = 'WORD'"),
    ] {
        let words: Vec<&str> =
            words["enum"].as_array().expect("words").iter().filter_map(Json::as_str).collect();
        for word in &words {
            assert_eq!(messages(&text.replace("WORD", word)), [""; 0], "{text}");
        }
        let refusal = &messages(&text.replace("WORD", "zzzzzzzz"))[0];
        assert!(words.iter().all(|word| refusal.contains(word)), "{refusal}");
        let known = refusal.rsplit("there are ").next().map_or(0, |known| known.split(", ").count());
        assert_eq!(known, words.len(), "{refusal}");
    }
}
