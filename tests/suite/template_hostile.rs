//! Inputs made to break a reader: too deep, too large when expanded, endless, or no text at all.

use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;
use redrive::template::{Limits, ReadOptions, decode, read};

use crate::template_reading::{brief, read_text};

/// The only error of a text.
fn error(text: &str) -> String {
    let (_, diagnostics) = read_text(text);
    let errors: Vec<String> =
        diagnostics.iter().map(brief).filter(|brief| brief.contains(" error ")).collect();
    errors.join("; ")
}

#[test]
fn depth_is_bounded_in_every_syntax() {
    let deep = 200_000;
    for text in [
        "- ".repeat(deep),
        "? ".repeat(deep),
        "[".repeat(deep),
        "{\"a\":".repeat(deep),
        format!("a: {}", "[".repeat(deep)),
        format!("a: {}", "{a: ".repeat(deep)),
        format!("{}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a: {}", "!Join ['', ".repeat(deep)),
    ] {
        let error = error(&text);
        assert!(
            error.starts_with("1:") && error.ends_with(" error input-too-complex"),
            "{error} {}",
            &text[..40]
        );
    }
    let mut block = String::new();
    for level in 0..1000 {
        writeln!(block, "{}a:", " ".repeat(level)).unwrap();
    }
    assert_eq!(error(&block), "101:101 error input-too-complex");
}

#[test]
fn the_deepest_tree_allowed_is_evaluated() {
    let nest = |open: &str, close: &str, levels: usize| {
        format!(
            "Resources:\n  Q:\n    Type: A::B::C\n    Properties: {}x{}\n",
            open.repeat(levels),
            close.repeat(levels)
        )
    };
    for (open, close) in
        [("[", "]"), ("{a: ", "}"), ("!If [a, ", "]"), ("{'Fn::Length': ", "}"), ("!Join ['', [", "]]")]
    {
        let per_level = if open.contains("Join") { 2 } else { 1 };
        let (template, diagnostics) = read_text(&nest(open, close, 90 / per_level));
        assert!(template.is_some(), "{open}: {diagnostics:?}");
        assert!(
            !diagnostics.iter().any(|found| found.code.contains("too-complex")),
            "{open}: {diagnostics:?}"
        );
    }
}

#[test]
fn bombs_of_aliases_are_refused_before_they_are_expanded() {
    let mut lists = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    let mut maps = "a0: &a0 {x: 1, y: 1}\n".to_owned();
    for level in 1..40 {
        let before = level - 1;
        writeln!(lists, "a{level}: &a{level} [{}]", vec![format!("*a{before}"); 10].join(", ")).unwrap();
        writeln!(maps, "a{level}: &a{level} {{p: *a{before}, q: *a{before}}}").unwrap();
    }
    assert_eq!(error(&lists), "6:5 error input-too-complex");
    assert!(error(&maps).ends_with("error input-too-complex"), "{}", error(&maps));
    let text = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(4096));
    assert!(error(&text).starts_with("2:"), "{}", error(&text));
    let merges = format!("a: &a {{x: 1}}\nb: {{{}}}\n", "<<: *a, ".repeat(100_000));
    assert_eq!(error(&merges), "1:1 error template-not-one");
}

#[test]
fn functions_cannot_produce_without_end() {
    let text = "x".repeat(1 << 20);
    let resource = "Resources:\n  Q:\n    Type: A::B::C\n    Properties:\n      a:";
    let uses = |one: &str| format!("{resource}\n{}", format!("      - {one}\n").repeat(4096));
    let parameter = format!("Parameters: {{P: {{Type: String, Default: {text}}}}}\n");
    assert!(error(&format!("{parameter}{}", uses("!Ref P"))).ends_with("error template-too-complex"));
    assert!(
        error(&format!("{parameter}{}", uses("!Sub '${P}${P}'"))).ends_with("error template-too-complex")
    );
    let one = format!("{resource} !Sub '{}'\n", "${P}".repeat(4096));
    assert!(error(&format!("{parameter}{one}")).ends_with("error template-too-complex"));
    let one = format!("{resource} !Join [!Ref P, [{}]]\n", "a, ".repeat(4096));
    assert!(error(&format!("{parameter}{one}")).ends_with("error template-too-complex"));
    let mapping = format!("Mappings: {{M: {{a: {{b: {text}}}}}}}\n");
    assert!(
        error(&format!("{mapping}{}", uses("!FindInMap [M, a, b]"))).ends_with("error template-too-complex")
    );
    let names =
        format!("Parameters: {{P: {{Type: CommaDelimitedList, Default: '{}'}}}}\n", "a,".repeat(10_000));
    assert!(error(&format!("{names}{}", uses("!Ref P"))).ends_with("error template-too-complex"));
    assert!(
        error(&format!("{names}{}", uses("!Split [',', !Join [',', !Ref P]]")))
            .ends_with("error template-too-complex")
    );
    let mut body = "{'${A}': 1}".to_owned();
    for level in 0..20 {
        body = format!("{{'Fn::ForEach::L{level}': [A{level}, [1,2,3,4,5,6,7,8,9,10], {body}]}}");
    }
    assert!(error(&format!("{resource} {body}\n")).contains("error template-too-complex"));
}

#[test]
fn chains_and_cycles_end() {
    let mut conditions = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
    for level in 1..10_000 {
        writeln!(conditions, "  C{level}: !Not [!Condition C{}]", level - 1).unwrap();
    }
    let resources = "Resources:\n  Q: {Type: A::B::C, Condition: C9999}\n";
    assert!(error(&format!("{conditions}{resources}")).ends_with("error template-too-complex"));
    let cycle = "Conditions: {A: !Condition B, B: !Not [!Condition A]}\nResources:\n  Q: {Type: A::B::C, Condition: A}\n";
    let (_, diagnostics) = read_text(cycle);
    assert_eq!(diagnostics.iter().map(brief).collect::<Vec<_>>(), ["1:40 warning template-cycle".to_owned()]);
    let mapping = "Mappings: {M: {a: {b: !FindInMap [M, a, b]}}}\nResources:\n  Q: {Type: A::B::C, Properties: {x: !FindInMap [M, a, b]}}\n";
    assert!(error(mapping).ends_with("error template-too-complex"), "{}", error(mapping));
}

#[test]
fn many_problems_are_listed_only_so_far() {
    let keys = "a: 1\n".repeat(100_000);
    let (_, diagnostics) = read_text(&keys);
    assert_eq!(diagnostics.len(), 102);
    assert!(diagnostics.iter().any(|found| found.message == "99899 more of this kind are not listed"));
}

#[test]
fn small_limits_are_kept() {
    let mut options = ReadOptions::with_stand_ins();
    options.limits = Limits { file_bytes: 60, depth: 5, nodes: 8, text_bytes: 20, diagnostics_per_code: 1 };
    let code = |text: &str| {
        let (_, diagnostics) = read(Path::new("t"), text, &options);
        diagnostics.iter().map(|found| found.code).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(code(&"a".repeat(61)), "input-too-large");
    assert_eq!(code("[[[[[[a]]]]]]"), "input-too-complex");
    assert_eq!(code("[[[[[a]]]]]"), "template-not-one");
    assert_eq!(code("[a,a,a,a,a,a,a,a]"), "input-too-complex");
    assert_eq!(code("[aaaaaaaaaaaaaaaaaaaaa]"), "input-too-complex");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = decode(Path::new("t"), bytes) {
            read_text(&text);
        }
    }

    #[test]
    fn no_text_of_yaml_indicators_makes_the_reader_panic(
        text in "([-?:,{}&*!|>'\"%@` \t\n\r#~<=.a0é😀\u{feff}\u{e000}\u{2028}]|[\\[\\]]|---|\\.\\.\\.|<<|!Ref |&a |\\*a |\\$\\{|Resources:\n  Q:\n    Type: A\n){0,60}"
    ) {
        let (template, diagnostics) = read_text(&text);
        prop_assert!(template.is_some() || !diagnostics.is_empty());
        for found in &diagnostics {
            if let Some(place) = &found.place {
                prop_assert!(place.start <= place.end && place.end as usize <= text.len(), "{found}");
            }
        }
    }

    #[test]
    fn no_combination_of_functions_makes_the_evaluator_panic(
        pieces in proptest::collection::vec(prop_oneof![
            Just("!Ref "), Just("!Sub "), Just("!Join "), Just("!If "), Just("!Select "), Just("!Split "),
            Just("!FindInMap "), Just("!GetAtt "), Just("!Equals "), Just("!Not "), Just("!Cidr "), Just("!Base64 "),
            Just("{Fn::ForEach::L: "), Just("{Fn::Length: "), Just("{Fn::ToJsonString: "), Just("{Ref: "), Just("{a: "),
            Just("["), Just("]"), Just("}"), Just(", "), Just("Q"), Just("P"), Just("C"), Just("M"), Just("Q.Arn"),
            Just("'${Q}-${P}-${'"), Just("'{{resolve:x}}'"), Just("0"), Just("1"), Just("10.0.0.0/8"), Just("AWS::NoValue"),
        ], 0..40)
    ) {
        let mut open = Vec::new();
        let mut body = String::new();
        for piece in pieces {
            match piece {
                "]" | "}" if open.last() == Some(&piece) => { open.pop(); body.push_str(piece); }
                "]" | "}" => {}
                _ => {
                    if piece.starts_with('{') { open.push("}"); }
                    if piece == "[" { open.push("]"); }
                    body.push_str(piece);
                }
            }
        }
        while let Some(close) = open.pop() {
            body.push_str(close);
        }
        let text = format!(
            "Parameters: {{P: {{Type: String}}}}\nConditions: {{C: {body}}}\nMappings: {{M: {{a: {{b: {body}}}}}}}\n\
             Resources:\n  Q:\n    Type: A::B::C\n    Condition: C\n    Properties: {{a: {body}}}\n"
        );
        read_text(&text);
    }
}
