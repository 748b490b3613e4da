//! Event patterns: a table of cases, a second evaluator that knows nothing of the first, and laws.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use redrive::models::Models;
use redrive::pattern::{Dialect, Fault, Grammar, Pattern, PatternError};
use redrive::topology::grammar;

fn grammar_of(dialect: Dialect) -> &'static Grammar {
    static GRAMMARS: LazyLock<BTreeMap<Dialect, Grammar>> = LazyLock::new(|| {
        let models = Models::embedded().expect("the embedded models load");
        let of = |dialect| (dialect, grammar(&models, dialect).expect("the rules are there"));
        Dialect::ALL.into_iter().map(of).collect()
    });
    &GRAMMARS[&dialect]
}

fn read(text: &str, dialect: Dialect) -> Result<Pattern, Vec<PatternError>> {
    Pattern::parse(text, grammar_of(dialect))
}

fn bus(text: &str) -> Pattern {
    read(text, Dialect::Bus).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// The payload of records in the table.
const PAYLOAD: &str = "body";

fn verdict(dialect: Dialect, grammar: &Grammar, pattern: &str, event: &str) -> String {
    let pattern = match Pattern::parse(pattern, grammar) {
        Ok(pattern) => pattern,
        Err(errors) => {
            let reasons: Vec<String> = errors.into_iter().map(|error| error.reason).collect();
            return reasons.join("; ");
        }
    };
    let event: Value = serde_json::from_str(event).expect("the events of the table are JSON");
    let is_wanted = match dialect {
        Dialect::Mapping => pattern.matches_record(&event, PAYLOAD),
        Dialect::Bus | Dialect::Pipe | Dialect::TopicAttributes | Dialect::TopicBody => {
            pattern.matches(&event)
        }
    };
    if is_wanted { "match".to_owned() } else { "no match".to_owned() }
}

fn dialect(name: &str) -> Dialect {
    match name {
        "bus" => Dialect::Bus,
        "pipe" => Dialect::Pipe,
        "mapping" => Dialect::Mapping,
        "topic-attributes" => Dialect::TopicAttributes,
        "topic-body" => Dialect::TopicBody,
        other => panic!("no dialect is called {other}"),
    }
}

//= test: pattern.fields_all
//= test: pattern.values_any
//= test: pattern.same_element
//= test: pattern.dotted_names
//= test: pattern.number_by_value
//= test: pattern.exists_leaf
//= test: pattern.anything_but_present
//= test: pattern.or_branches
//= test: pattern.shape
//= test: pattern.operators
//= test: pattern.numeric_range
//= test: pattern.topic_numeric_range
//= test: pattern.wildcard_syntax
//= test: pattern.wildcard_complexity
//= test: pattern.cidr_mask
//= test: pattern.topic_combinations
//= test: pattern.topic_keys
//= test: pattern.topic_nesting
//= test: queue_poll.filter_body_format
#[test]
fn every_case_of_the_table_has_its_verdict() {
    let table: toml::Table = include_str!("fixtures/patterns.toml").parse().expect("the table is TOML");
    let mut wrong = Vec::new();
    let mut count = 0;
    for part in table["table"].as_array().expect("the table has parts") {
        let dialect = dialect(part["dialect"].as_str().expect("a dialect"));
        let grammar = grammar_of(dialect);
        for row in part["rows"].as_array().expect("a part has rows") {
            let cells: Vec<&str> =
                row.as_array().expect("a row").iter().filter_map(toml::Value::as_str).collect();
            let [pattern, event, expected] = cells.as_slice() else { panic!("a row has three cells: {row}") };
            let found = verdict(dialect, grammar, pattern, event);
            count += 1;
            if found != *expected {
                wrong.push(format!(
                    "{} {pattern} {event}\n  expected {expected}\n  found    {found}",
                    part["about"]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 250, "the table has shrunk to {count} rows");
}

#[test]
fn everything_wrong_with_a_pattern_is_said_with_its_place() {
    let text = r#"{"a": 1, "b": {"c": [{"prefix": 2}, "x", {"like": 3}]}, "$or": [{"d": []}, {"e": [4]}]}"#;
    let errors = read(text, Dialect::Bus).unwrap_err();
    let places: Vec<(&str, Fault)> = errors.iter().map(|error| (error.path.as_str(), error.fault)).collect();
    let expected = [
        ("a", Fault::Shape),
        ("b.c[0].prefix", Fault::Operand),
        ("b.c[2].like", Fault::Operator),
        ("$or[0].d", Fault::Shape),
    ];
    assert_eq!(places, expected);
    assert_eq!(errors[0].to_string(), r#"a: "a" must be an object or an array"#);
}

//= test: pattern.length
#[test]
fn each_consumer_takes_patterns_of_its_own_length() {
    for (dialect, most) in [(Dialect::Bus, 2_048), (Dialect::Mapping, 4_096), (Dialect::TopicBody, 262_144)] {
        let filled =
            |length: usize| format!("{{\"a\":[\"{}\"]}}", "x".repeat(length - r#"{"a":[""]}"#.len()));
        assert!(read(&filled(most), dialect).is_ok(), "{dialect:?}");
        let errors = read(&filled(most + 1), dialect).unwrap_err();
        assert_eq!(errors[0].fault, Fault::Limit, "{dialect:?}");
    }
}

//= test: pattern.or_combinations
#[test]
fn alternatives_multiply_to_a_thousand_at_most() {
    let tens = |names: &[&str]| {
        let or = |name: &&str| {
            let each: Vec<String> = (0..10).map(|value| format!(r#"{{"x": [{value}]}}"#)).collect();
            format!(r#""{name}": {{"$or": [{}]}}"#, each.join(", "))
        };
        format!("{{{}}}", names.iter().map(or).collect::<Vec<_>>().join(", "))
    };
    assert!(read(&tens(&["a", "b", "c"]), Dialect::Bus).is_ok());
    let errors = read(&tens(&["a", "b", "c", "d"]), Dialect::Bus).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].path, "d.$or");
    assert_eq!(errors[0].reason, "10000 combinations of alternatives, and at most 1000 are taken");
}

#[test]
fn a_pattern_that_is_json_already_reads_like_its_text() {
    let text = r#"{"detail":{"state":["paid",{"anything-but":["open"]}]}}"#;
    let json: Value = serde_json::from_str(text).unwrap();
    assert_eq!(Pattern::from_json(&json, grammar_of(Dialect::Bus)).unwrap(), bus(text));
}

#[test]
fn a_sample_of_a_pattern_is_wanted_by_it() {
    let patterns = [
        r#"{"a": ["x"], "b": {"c": [7, 8], "d": [null]}}"#,
        r#"{"a": [{"exists": false}], "b": [{"exists": true}]}"#,
        r#"{"a": [{"prefix": "in/"}], "b": [{"suffix": {"equals-ignore-case": ".PNG"}}]}"#,
        r#"{"a": [{"numeric": [">", 0, "<", 0.000002]}], "b": [{"numeric": ["<", -5]}]}"#,
        r#"{"a": [{"anything-but": ["sample-0", "sample-1"]}], "b": [{"anything-but": 0}]}"#,
        r#"{"a": [{"wildcard": "x\\*/*/y"}], "b": [{"cidr": "10.0.0.0/8"}], "c": [{"cidr": "2001:db8::/32"}]}"#,
        r#"{"a": [{"anything-but": {"prefix": "sample"}}]}"#,
        r#"{"$or": [{"a": ["x"]}, {"b": ["y"]}], "c": [{"equals-ignore-case": "Z"}]}"#,
    ];
    for text in patterns {
        let pattern = bus(text);
        let sample = pattern.sample().unwrap_or_else(|| panic!("{text} has no sample"));
        assert!(pattern.matches(&sample), "{text} does not want {sample}");
    }
}

#[test]
fn a_sample_of_a_filter_has_its_payload_as_a_text() {
    let pattern = read(r#"{"body": {"state": ["paid"]}}"#, Dialect::Mapping).unwrap();
    assert_eq!(pattern.sample_record("body"), Some(json!({"body": r#"{"state":"paid"}"#})));
    let plain = read(r#"{"body": [{"prefix": "pa"}]}"#, Dialect::Mapping).unwrap();
    assert_eq!(plain.sample_record("body"), Some(json!({"body": "pa"})));
}

#[test]
fn a_pattern_that_contradicts_itself_has_no_sample() {
    assert_eq!(bus(r#"{"a": [{"numeric": [">", 5000000000]}]}"#).sample(), None);
}

// ---- the second evaluator ----

/// Every way to take one element of each array of objects, as events without such arrays.
fn projections(event: &Value) -> Vec<Value> {
    match event {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().flat_map(projections).collect()
        }
        Value::Object(fields) => fields.iter().fold(vec![json!({})], |so_far, (name, value)| {
            let choices = projections(value);
            let choices = if choices.is_empty() { vec![json!([])] } else { choices };
            let with = |event: &Value, choice: &Value| {
                let mut event = event.clone();
                event[name] = choice.clone();
                event
            };
            so_far.iter().flat_map(|event| choices.iter().map(move |choice| with(event, choice))).collect()
        }),
        other => vec![other.clone()],
    }
}

fn has_leaf(event: &Value, names: &[&str]) -> bool {
    match (event, names) {
        (Value::Array(items), _) => items.iter().any(|item| has_leaf(item, names)),
        (Value::Object(fields), [name, rest @ ..]) => {
            fields.get(*name).is_some_and(|value| has_leaf(value, rest))
        }
        (Value::Object(_), []) => false,
        (_, names) => names.is_empty(),
    }
}

/// Walks the pattern as it is written, over one projection.
fn wants(pattern: &Value, part: Option<&Value>, whole: &Value, names: &[&str]) -> bool {
    let fields = pattern.as_object().expect("patterns here are objects");
    fields.iter().all(|(name, wanted)| {
        if let (true, Value::Array(alternatives)) = (name == "$or", wanted) {
            return alternatives.iter().any(|one| wants(one, part, whole, names));
        }
        let names: Vec<&str> = names.iter().copied().chain([name.as_str()]).collect();
        let below = part.and_then(|part| part.get(name));
        match wanted {
            Value::Object(_) => wants(wanted, below, whole, &names),
            Value::Array(alternatives) => {
                if !has_leaf(whole, &names) {
                    return alternatives.contains(&json!({"exists": false}));
                }
                let values: Vec<&Value> = match below {
                    Some(Value::Array(items)) => items.iter().collect(),
                    Some(Value::Object(_)) | None => Vec::new(),
                    Some(value) => vec![value],
                };
                values.iter().any(|value| alternatives.iter().any(|one| fits(one, value)))
            }
            other => panic!("{other} is no pattern"),
        }
    })
}

fn fits(alternative: &Value, value: &Value) -> bool {
    let Some(expression) = alternative.as_object() else {
        return alternative == value
            || alternative.as_f64().is_some_and(|number| value.as_f64() == Some(number));
    };
    let (operator, operand) = expression.iter().next().expect("an operator");
    let texts = || value.as_str().zip(operand.as_str());
    match operator.as_str() {
        "exists" => operand == &json!(true),
        "prefix" => texts().is_some_and(|(value, prefix)| value.starts_with(prefix)),
        "suffix" => texts().is_some_and(|(value, suffix)| value.ends_with(suffix)),
        "equals-ignore-case" => texts().is_some_and(|(value, other)| value.eq_ignore_ascii_case(other)),
        "anything-but" => match operand {
            Value::Array(values) => !values.iter().any(|one| fits(one, value)),
            one => !fits(one, value),
        },
        "numeric" => {
            let terms = operand.as_array().expect("terms");
            let Some(number) = value.as_f64() else { return false };
            terms.chunks(2).all(|term| {
                let bound = term[1].as_f64().expect("a number");
                match term[0].as_str().expect("an operator") {
                    "=" => number.total_cmp(&bound).is_eq(),
                    "<" => number < bound,
                    "<=" => number <= bound,
                    ">" => number > bound,
                    _ => number >= bound,
                }
            })
        }
        "wildcard" => texts().is_some_and(|(value, wildcard)| like(value.as_bytes(), wildcard.as_bytes())),
        other => panic!("the second evaluator does not know {other}"),
    }
}

fn like(text: &[u8], wildcard: &[u8]) -> bool {
    match wildcard.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        Some((first, rest)) => {
            text.split_first().is_some_and(|(one, others)| one == first && like(others, rest))
        }
    }
}

// ---- what is tried ----

const NAMES: [&str; 3] = ["a", "b", "c"];

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(NAMES.as_slice()).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    "[xyX]{0,4}"
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::String),
        3 => (-3..4_i64).prop_map(|number| json!(number)),
        1 => Just(json!(0.5)),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ]
}

fn event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![3 => scalar(), 1 => prop::collection::vec(scalar(), 0..3).prop_map(Value::Array)];
    let value = leaf.prop_recursive(3, 24, 3, |inner| {
        let object = prop::collection::btree_map(name(), inner, 0..3)
            .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
            .boxed();
        prop_oneof![2 => object.clone(), 1 => prop::collection::vec(object, 1..3).prop_map(Value::Array)]
    });
    prop::collection::btree_map(name(), value, 0..4)
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
}

fn alternative() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => scalar(),
        1 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
        1 => text().prop_map(|text| json!({"prefix": text})),
        1 => text().prop_map(|text| json!({"suffix": text})),
        1 => text().prop_map(|text| json!({"equals-ignore-case": text})),
        1 => text().prop_map(|text| json!({"anything-but": text})),
        1 => prop::collection::vec(-3..4_i64, 1..3).prop_map(|numbers| json!({"anything-but": numbers})),
        1 => text().prop_map(|text| json!({"anything-but": {"prefix": format!("x{text}")}})),
        1 => (-3..4_i64).prop_map(|number| json!({"numeric": ["<=", number]})),
        1 => (-3..1_i64, 1..4_i64).prop_map(|(low, high)| json!({"numeric": [">", low, "<", high]})),
        1 => (text(), text()).prop_map(|(left, right)| json!({"wildcard": format!("{left}*{right}")})),
    ]
}

fn alternatives() -> impl Strategy<Value = Value> {
    prop::collection::vec(alternative(), 1..3).prop_map(Value::Array)
}

fn pattern() -> impl Strategy<Value = Value> {
    let fields = |value: BoxedStrategy<Value>| {
        prop::collection::btree_map(name(), value, 1..3)
            .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
    };
    let below = alternatives().boxed().prop_recursive(2, 12, 3, move |inner| fields(inner.boxed()).boxed());
    let whole = fields(below.boxed());
    let or = prop::collection::vec(fields(alternatives().boxed()), 2..4);
    (whole, prop::option::of(or)).prop_map(|(mut whole, or)| {
        if let Some(or) = or {
            whole["d"] = json!({"$or": or});
        }
        whole
    })
}

fn with_d(event: Value, d: Value) -> Value {
    let mut event = event;
    event["d"] = d;
    event
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_evaluators_agree(pattern in pattern(), event in event(), d in event()) {
        let event = with_d(event, d);
        let read = bus(&pattern.to_string());
        let expected = projections(&event).iter().any(|one| wants(&pattern, Some(one), &event, &[]));
        prop_assert_eq!(read.matches(&event), expected, "{} over {}", pattern, event);
    }

    #[test]
    fn anything_but_is_the_complement_of_exact_on_a_value_that_is_there(value in scalar(), other in text()) {
        let exact = bus(&json!({"a": [other]}).to_string());
        let but = bus(&json!({"a": [{"anything-but": other}]}).to_string());
        let event = json!({"a": value});
        prop_assert_ne!(exact.matches(&event), but.matches(&event));
    }

    #[test]
    fn alternatives_of_fields_are_the_union_of_patterns(
        left in alternatives(),
        right in alternatives(),
        shared in alternatives(),
        event in event(),
    ) {
        let both = bus(&json!({"c": shared, "$or": [{"a": left}, {"b": right}]}).to_string());
        let one = bus(&json!({"c": shared, "a": left}).to_string());
        let other = bus(&json!({"c": shared, "b": right}).to_string());
        prop_assert_eq!(both.matches(&event), one.matches(&event) || other.matches(&event));
    }

    #[test]
    fn a_field_more_wants_no_event_more(pattern in pattern(), more in alternatives(), event in event()) {
        let mut narrower = pattern.clone();
        narrower["e"] = more;
        prop_assert!(!bus(&narrower.to_string()).matches(&event) || bus(&pattern.to_string()).matches(&event));
    }

    #[test]
    fn a_sample_is_wanted_where_there_is_one(pattern in pattern()) {
        let pattern = bus(&pattern.to_string());
        if let Some(sample) = pattern.sample() {
            prop_assert!(pattern.matches(&sample));
        }
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,40}") {
        prop_assert!(read(&text, Dialect::Bus).is_ok() || !read(&text, Dialect::Bus).unwrap_err().is_empty());
    }
}
