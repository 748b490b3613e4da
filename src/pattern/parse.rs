//! Reads a pattern, with everything that is wrong with it.

use serde_json::{Map, Value};

use crate::pattern::matching::{Branch, Field};
use crate::pattern::{Dialect, Fault, Grammar, Pattern, PatternError};

/// The name that stands for alternatives where they have the form of alternatives.
const OR: &str = "$or";

impl Pattern {
    /// Reads a pattern from its text.
    ///
    /// # Errors
    /// Everything for which the consumer would refuse it.
    pub fn parse(text: &str, grammar: &Grammar) -> Result<Self, Vec<PatternError>> {
        match serde_json::from_str(text) {
            Ok(json) => Self::read(&json, text.chars().count(), grammar),
            Err(error) => {
                let reason = format!("not JSON: {error}");
                Err(vec![PatternError { path: String::new(), fault: Fault::Json, reason }])
            }
        }
    }

    /// Reads a pattern that is JSON already, as templates hold those of rules.
    ///
    /// # Errors
    /// Everything for which the consumer would refuse it.
    pub fn from_json(json: &Value, grammar: &Grammar) -> Result<Self, Vec<PatternError>> {
        Self::read(json, json.to_string().chars().count(), grammar)
    }

    fn read(json: &Value, length: usize, grammar: &Grammar) -> Result<Self, Vec<PatternError>> {
        let mut reader = Reader { grammar, errors: Vec::new() };
        reader.length(length);
        let branches = match json {
            Value::Object(fields) => {
                reader.topic(fields);
                let mut branches = vec![Branch::default()];
                reader.object(&mut branches, &mut Vec::new(), "", fields);
                branches
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                reader.refuse("", Fault::Shape, "Filter is not an object");
                Vec::new()
            }
        };
        let limits = grammar.limits.clone();
        if reader.errors.is_empty() {
            Ok(Self { branches, limits, dialect: grammar.dialect })
        } else {
            Err(reader.errors)
        }
    }
}

/// Reading at work.
pub(super) struct Reader<'a> {
    pub(super) grammar: &'a Grammar,
    pub(super) errors: Vec<PatternError>,
}

impl Reader<'_> {
    pub(super) fn refuse(&mut self, path: &str, fault: Fault, reason: impl Into<String>) {
        self.errors.push(PatternError { path: path.to_owned(), fault, reason: reason.into() });
    }

    fn length(&mut self, length: usize) {
        //= pattern.length
        let most = self.grammar.limits.length;
        if length as u64 > most {
            self.refuse("", Fault::Limit, format!("{length} characters, and at most {most} are taken"));
        }
    }

    /// What only filter policies of SNS are measured by.
    fn topic(&mut self, fields: &Map<String, Value>) {
        //= pattern.topic_keys
        let (keys, most) = (fields.len() as u64, self.grammar.limits.keys);
        if let Some(most) = most.filter(|most| keys > *most) {
            self.refuse("", Fault::Limit, format!("{keys} keys, and at most {most} are taken"));
        }
        //= pattern.topic_combinations
        let counted = combinations(fields, 1);
        let most = self.grammar.limits.combinations;
        if let Some(most) = most.filter(|most| counted > *most) {
            let reason = format!("{counted} combinations of values, and at most {most} are taken");
            self.refuse("", Fault::Limit, reason);
        }
    }

    fn object(
        &mut self,
        branches: &mut Vec<Branch>,
        names: &mut Vec<String>,
        path: &str,
        fields: &Map<String, Value>,
    ) {
        //= pattern.shape
        if fields.is_empty() {
            self.refuse(path, Fault::Shape, "Empty objects are not allowed");
        }
        for (name, value) in fields {
            if name == OR
                && let Some(alternatives) = self.alternatives(value)
            {
                self.or(branches, names, path, &alternatives);
                continue;
            }
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            names.push(name.clone());
            match value {
                Value::Object(inner) => {
                    self.nesting(&path);
                    self.object(branches, names, &path, inner);
                }
                Value::Array(values) => self.field(branches, names, &path, values),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    let reason = format!("\"{name}\" must be an object or an array");
                    self.refuse(&path, Fault::Shape, reason);
                }
            }
            names.pop();
        }
    }

    fn nesting(&mut self, path: &str) {
        //= pattern.topic_nesting
        if self.grammar.dialect == Dialect::TopicAttributes {
            let reason = "Filter policy scope MessageAttributes does not support nested filter policy";
            self.refuse(path, Fault::Shape, reason);
        }
    }

    fn field(&mut self, branches: &mut [Branch], names: &[String], path: &str, values: &[Value]) {
        if values.is_empty() {
            return self.refuse(path, Fault::Shape, "Empty arrays are not allowed");
        }
        let each = values.iter().enumerate();
        let tests: Vec<_> =
            each.filter_map(|(index, value)| self.alternative(&format!("{path}[{index}]"), value)).collect();
        let field = Field { names: names.to_vec(), path: names.join("."), tests };
        for branch in branches {
            branch.put(field.clone());
        }
    }

    /// Alternatives of fields multiply what there is so far.
    fn or(
        &mut self,
        branches: &mut Vec<Branch>,
        names: &mut Vec<String>,
        path: &str,
        alternatives: &[&Map<String, Value>],
    ) {
        let before = std::mem::take(branches);
        let path = if path.is_empty() { OR.to_owned() } else { format!("{path}.{OR}") };
        for (index, alternative) in alternatives.iter().enumerate() {
            let mut own = before.clone();
            self.object(&mut own, names, &format!("{path}[{index}]"), alternative);
            branches.append(&mut own);
        }
        //= pattern.or_combinations
        let most = self.grammar.limits.branches;
        if branches.len() as u64 > most {
            let reason =
                format!("{} combinations of alternatives, and at most {most} are taken", branches.len());
            self.refuse(&path, Fault::Limit, reason);
            branches.truncate(1);
        }
    }

    /// The alternatives of `$or`; `None` where it is a name like any other.
    fn alternatives<'v>(&self, value: &'v Value) -> Option<Vec<&'v Map<String, Value>>> {
        //= pattern.or_branches
        let Value::Array(items) = value else { return None };
        let objects: Vec<_> = items.iter().filter_map(Value::as_object).collect();
        let is_reserved = |name: &String| self.grammar.reserved.contains(name);
        let is_or = objects.len() > 1
            && objects.len() == items.len()
            && !objects.iter().any(|object| object.keys().any(is_reserved));
        is_or.then_some(objects)
    }
}

/// How many combinations SNS counts: the values of each field times its depth, multiplied over all fields.
fn combinations(fields: &Map<String, Value>, depth: u64) -> u64 {
    let count = |name: &str, value: &Value| match value {
        Value::Array(items) if name == OR => {
            let objects = items.iter().filter_map(Value::as_object);
            objects.map(|fields| combinations(fields, depth)).fold(0, u64::saturating_add).max(1)
        }
        Value::Array(values) => (values.len() as u64).max(1).saturating_mul(depth),
        Value::Object(fields) => combinations(fields, depth + 1),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    };
    fields.iter().map(|(name, value)| count(name, value)).fold(1, u64::saturating_mul)
}
