//! Reads one alternative of a field: a value, or an operator with what it compares with.

use serde_json::{Map, Value};

use crate::pattern::address::Network;
use crate::pattern::number::Decimal;
use crate::pattern::parse::Reader;
use crate::pattern::test::{End, Range, Test};
use crate::pattern::wildcard::Wildcard;
use crate::pattern::{Fault, Operator};

const IGNORE_CASE: &str = "equals-ignore-case";

/// What `anything-but` leaves out, where it is not a value.
#[derive(Clone, Copy)]
enum Excluded {
    Prefix,
    Suffix,
    IgnoreCase,
    Wildcard,
}

impl Reader<'_> {
    /// One entry of the array of a field.
    pub(super) fn alternative(&mut self, path: &str, value: &Value) -> Option<Test> {
        match value {
            Value::Object(fields) => self.expression(path, fields),
            Value::Number(number) => Some(Test::Number(Decimal::read(number), number.to_string())),
            Value::Null | Value::Bool(_) | Value::String(_) => Some(Test::Exact(value.clone())),
            Value::Array(_) => self.shape(path, "Match value must be String, number, true, false, or null"),
        }
    }

    fn expression(&mut self, path: &str, fields: &Map<String, Value>) -> Option<Test> {
        let (name, operand) = self.only(path, fields, "Match expression name not found")?;
        let path = format!("{path}.{name}");
        match name {
            "prefix" | "suffix" => self.affix(&path, name, operand),
            IGNORE_CASE => {
                self.takes(&path, Operator::EqualsIgnoreCase)?;
                Some(Test::IgnoreCase(self.text(&path, IGNORE_CASE, operand)?.to_lowercase()))
            }
            "anything-but" => self.anything_but(&path, operand),
            "numeric" => {
                self.takes(&path, Operator::Numeric)?;
                self.numeric(&path, operand)
            }
            "exists" => {
                self.takes(&path, Operator::Exists)?;
                match operand {
                    Value::Bool(true) => Some(Test::Exists),
                    Value::Bool(false) => Some(Test::Absent),
                    _ => self.operand(&path, "exists match pattern must be either true or false."),
                }
            }
            "cidr" => {
                self.takes(&path, Operator::Cidr)?;
                // AWS's engine speaks of a prefix here.
                let text = self.text(&path, "prefix", operand)?;
                match Network::parse(&text, &self.grammar.limits) {
                    Ok(network) => Some(Test::Address(network)),
                    Err(reason) => self.operand(&path, reason),
                }
            }
            "wildcard" => {
                self.takes(&path, Operator::Wildcard)?;
                let text = self.text(&path, "wildcard", operand)?;
                self.wildcard(&path, &text)
            }
            unknown => {
                self.refuse(&path, Fault::Operator, format!("Unrecognized match type {unknown}"));
                None
            }
        }
    }

    /// The one name of an object and what it stands for.
    fn only<'v>(
        &mut self,
        path: &str,
        fields: &'v Map<String, Value>,
        missing: &str,
    ) -> Option<(&'v str, &'v Value)> {
        let mut each = fields.iter();
        match (each.next(), each.next()) {
            (Some((name, operand)), None) => Some((name, operand)),
            (Some(_), Some(_)) => self.shape(path, "Only one key allowed in match expression"),
            (None, _) => self.shape(path, missing),
        }
    }

    /// `prefix` and `suffix`, as they are or in any case.
    fn affix(&mut self, path: &str, name: &str, operand: &Value) -> Option<Test> {
        let is_prefix = name == "prefix";
        let Value::Object(fields) = operand else {
            self.takes(path, if is_prefix { Operator::Prefix } else { Operator::Suffix })?;
            let text = self.text(path, name, operand)?;
            return Some(if is_prefix { Test::Prefix(text) } else { Test::Suffix(text) });
        };
        let missing =
            if is_prefix { "Prefix expression name not found" } else { "Suffix expression name not found" };
        let (inner, operand) = self.only(path, fields, missing)?;
        if inner != IGNORE_CASE {
            self.refuse(path, Fault::Operator, format!("Unsupported {name} pattern: {inner}"));
            return None;
        }
        let path = format!("{path}.{inner}");
        self.takes(&path, if is_prefix { Operator::PrefixIgnoreCase } else { Operator::SuffixIgnoreCase })?;
        let text = self.text(&path, IGNORE_CASE, operand)?.to_lowercase();
        Some(if is_prefix { Test::PrefixIgnoreCase(text) } else { Test::SuffixIgnoreCase(text) })
    }

    fn wildcard(&mut self, path: &str, text: &str) -> Option<Test> {
        match Wildcard::parse(text) {
            Err(reason) => self.operand(path, reason),
            //= pattern.wildcard_complexity
            Ok(wildcard) if wildcard.count() as u64 >= self.grammar.limits.wildcards => self.limit(
                path,
                "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences \
                 after a wildcard character",
            ),
            Ok(wildcard) => Some(Test::Wildcard(wildcard)),
        }
    }

    fn anything_but(&mut self, path: &str, operand: &Value) -> Option<Test> {
        match operand {
            Value::Object(fields) => {
                let (name, operand) = self.only(path, fields, "Anything-But expression name not found")?;
                self.anything_but_of(&format!("{path}.{name}"), name, operand)
            }
            Value::Array(values) => {
                self.takes(path, Operator::AnythingBut)?;
                let tests: Option<Vec<_>> = values.iter().map(|value| self.excluded(path, value)).collect();
                let tests = tests?;
                let numbers = tests.iter().filter(|test| matches!(test, Test::Number(..))).count();
                if tests.is_empty() || (numbers > 0 && numbers < tests.len()) {
                    let reason = "Inside anything but list, either all values are number or string, mixed type is \
                                  not supported";
                    return self.operand(path, reason);
                }
                Some(Test::AnythingBut(tests))
            }
            Value::String(_) | Value::Number(_) => {
                self.takes(path, Operator::AnythingBut)?;
                Some(Test::AnythingBut(vec![self.excluded(path, operand)?]))
            }
            Value::Null | Value::Bool(_) => self.no_anything_but(path),
        }
    }

    fn no_anything_but<T>(&mut self, path: &str) -> Option<T> {
        self.operand(path, "Value of anything-but must be an array or single string/number value.")
    }

    fn excluded(&mut self, path: &str, value: &Value) -> Option<Test> {
        match value {
            Value::String(_) => Some(Test::Exact(value.clone())),
            Value::Number(number) => {
                let read = self.decimal(path, number)?;
                Some(Test::Number(Some(read), number.to_string()))
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.operand(path, "Inside anything but list, start|null|boolean is not supported.")
            }
        }
    }

    /// `anything-but` of another operator, with one text or several.
    fn anything_but_of(&mut self, path: &str, name: &str, operand: &Value) -> Option<Test> {
        let (operator, excluded) = match name {
            "prefix" => (Operator::AnythingButPrefix, Excluded::Prefix),
            "suffix" => (Operator::AnythingButSuffix, Excluded::Suffix),
            IGNORE_CASE => (Operator::AnythingButIgnoreCase, Excluded::IgnoreCase),
            "wildcard" => (Operator::AnythingButWildcard, Excluded::Wildcard),
            unknown => {
                self.refuse(path, Fault::Operator, format!("Unsupported anything-but pattern: {unknown}"));
                return None;
            }
        };
        self.takes(path, operator)?;
        let tests: Option<Vec<_>> = match operand {
            Value::Array(values) => {
                values.iter().map(|value| self.excluded_by(path, excluded, value)).collect()
            }
            Value::String(_) | Value::Number(_) => {
                self.excluded_by(path, excluded, operand).map(|test| vec![test])
            }
            Value::Null | Value::Bool(_) | Value::Object(_) => self.no_anything_but(path),
        };
        tests.map(Test::AnythingBut)
    }

    fn excluded_by(&mut self, path: &str, excluded: Excluded, value: &Value) -> Option<Test> {
        let Value::String(text) = value else {
            let reason = match excluded {
                Excluded::IgnoreCase => {
                    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
                }
                Excluded::Wildcard => "wildcard match pattern must be a string",
                Excluded::Prefix | Excluded::Suffix => "prefix/suffix match pattern must be a string",
            };
            return self.operand(path, reason);
        };
        match excluded {
            Excluded::IgnoreCase => Some(Test::IgnoreCase(text.to_lowercase())),
            Excluded::Wildcard => self.wildcard(path, text),
            Excluded::Prefix | Excluded::Suffix if text.is_empty() => {
                self.operand(path, "Null prefix/suffix not allowed")
            }
            Excluded::Prefix => Some(Test::Prefix(text.clone())),
            Excluded::Suffix => Some(Test::Suffix(text.clone())),
        }
    }

    /// `["=", 5]`, `["<", 5]`, `[">=", 1, "<", 5]`.
    fn numeric(&mut self, path: &str, operand: &Value) -> Option<Test> {
        let Value::Array(terms) = operand else {
            return self.operand(path, "Value of numeric must be an array.");
        };
        let comparison = match terms.first() {
            Some(Value::String(comparison)) => comparison.as_str(),
            Some(other) => return self.operand(path, format!("Invalid member in numeric match: {other}")),
            None => return self.operand(path, "Invalid member in numeric match: ]"),
        };
        let number = match comparison {
            "=" => self.compared(path, "equals", terms.get(1))?,
            "<" | "<=" | ">" | ">=" => self.compared(path, comparison, terms.get(1))?,
            unknown => {
                return self.operand(path, format!("Unrecognized numeric range operator: {unknown}"));
            }
        };
        let rest = terms.get(2..).unwrap_or_default();
        let range = match (comparison, rest) {
            ("=", []) => Range { low: Some(End::Closed(number)), high: Some(End::Closed(number)) },
            ("<", []) => Range { low: None, high: Some(End::Open(number)) },
            ("<=", []) => Range { low: None, high: Some(End::Closed(number)) },
            (">", []) => Range { low: Some(End::Open(number)), high: None },
            (">=", []) => Range { low: Some(End::Closed(number)), high: None },
            (">", rest) => return self.upper(path, End::Open(number), rest),
            (">=", rest) => return self.upper(path, End::Closed(number), rest),
            _ => return self.operand(path, "Too many elements in numeric expression"),
        };
        Some(Test::Range(range))
    }

    /// The upper end of a range that has a lower one.
    fn upper(&mut self, path: &str, low: End, rest: &[Value]) -> Option<Test> {
        let comparison = match rest.first() {
            Some(Value::String(comparison)) => comparison.as_str(),
            other => {
                let other = other.map_or_else(String::new, ToString::to_string);
                return self.operand(path, format!("Bad value in numeric range: {other}"));
            }
        };
        if !["<", "<="].contains(&comparison) {
            return self.operand(path, format!("Bad numeric range operator: {comparison}"));
        }
        let number = self.compared(path, comparison, rest.get(1))?;
        if rest.len() > 2 {
            return self.operand(path, "Too many terms in numeric range expression");
        }
        let (End::Closed(bottom) | End::Open(bottom)) = low;
        if bottom >= number {
            return self.operand(path, "Bottom must be less than top");
        }
        let high = if comparison == "<" { End::Open(number) } else { End::Closed(number) };
        Some(Test::Range(Range { low: Some(low), high: Some(high) }))
    }

    fn compared(&mut self, path: &str, comparison: &str, term: Option<&Value>) -> Option<Decimal> {
        match term {
            Some(Value::Number(number)) => self.decimal(path, number),
            _ => self.operand(path, format!("Value of {comparison} must be numeric")),
        }
    }

    fn decimal(&mut self, path: &str, number: &serde_json::Number) -> Option<Decimal> {
        //= pattern.numeric_range
        let limits = &self.grammar.limits;
        let (largest, decimals) = (limits.largest, limits.decimals);
        match Decimal::read(number) {
            Some(read) if read.is_comparable(limits) => Some(read),
            Some(read) if read.is_in_range(limits) => {
                self.limit(path, format!("Only values upto {decimals} decimals are supported: {number}"))
            }
            Some(_) | None => self
                .limit(path, format!("Value must be between -{largest} and {largest}, inclusive: {number}")),
        }
    }

    /// Whether the consumer takes the operator.
    fn takes(&mut self, path: &str, operator: Operator) -> Option<()> {
        //= pattern.operators
        if self.grammar.operators.contains(&operator) {
            return Some(());
        }
        let reason = format!("{} is not among the operators that are taken here", operator.name());
        self.refuse(path, Fault::Operator, reason);
        None
    }

    fn text(&mut self, path: &str, name: &str, operand: &Value) -> Option<String> {
        match operand {
            Value::String(text) => Some(text.clone()),
            _ => self.operand(path, format!("{name} match pattern must be a string")),
        }
    }

    fn shape<T>(&mut self, path: &str, reason: impl Into<String>) -> Option<T> {
        self.refuse(path, Fault::Shape, reason);
        None
    }

    fn operand<T>(&mut self, path: &str, reason: impl Into<String>) -> Option<T> {
        self.refuse(path, Fault::Operand, reason);
        None
    }

    fn limit<T>(&mut self, path: &str, reason: impl Into<String>) -> Option<T> {
        self.refuse(path, Fault::Limit, reason);
        None
    }
}
