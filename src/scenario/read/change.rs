//! `[[change]]`: what changes while events are in flight.

use crate::scenario::read::fields::Fields;
use crate::scenario::words::{Rate, Unreadable, length, moment};
use crate::scenario::{Change, PlannedChange, Replay};
use crate::vocabulary::{Diagnostic, Duration};

/// What can be done; each change does one of these.
const ACTIONS: [&str; 10] =
    ["set", "redeploy", "create", "delete", "disable", "enable", "revoke", "redrive", "replay", "peek"];

/// All changes.
pub(super) fn read(tables: Vec<Fields<'_>>, problems: &mut Vec<Diagnostic>) -> Vec<PlannedChange> {
    tables.into_iter().filter_map(|fields| one(fields, problems)).collect()
}

fn one(mut fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<PlannedChange> {
    fields.needs(&["at"], problems);
    fields.needs(&ACTIONS, problems);
    fields.one_of(&ACTIONS, problems);
    let at = fields.parsed("at", moment, problems);
    let rate = fields.parsed("rate", per_second, problems);
    let messages = fields.count("messages", (1, MOST_SEEN), problems).unwrap_or(MOST_SEEN);
    let visibility = fields.parsed("visibility", length, problems);
    let mapped = |(source, function): (String, String), is_on: State| match is_on {
        State::Enabled => Change::Enable { source, function },
        State::Disabled => Change::Disable { source, function },
    };
    let changes = [
        fields.parsed("set", setting, problems),
        fields.text("redeploy", problems).map(|function| Change::Redeploy { function }),
        fields
            .parsed("create", mapping, problems)
            .map(|(source, function)| Change::Create { source, function }),
        fields.parsed("delete", deletion, problems),
        fields.parsed("disable", mapping, problems).map(|ends| mapped(ends, State::Disabled)),
        fields.parsed("enable", mapping, problems).map(|ends| mapped(ends, State::Enabled)),
        fields.parsed("revoke", permission, problems),
        fields.text("redrive", problems).map(|queue| Change::Redrive { queue, rate }),
        replay(&mut fields, problems),
        fields.text("peek", problems).map(|queue| Change::Peek { queue, messages, visibility }),
    ];
    let place = Some(fields.place().clone());
    for (key, action, kind) in [
        ("rate", "redrive", "QUEUE"),
        ("messages", "peek", "QUEUE"),
        ("visibility", "peek", "QUEUE"),
        ("name", "replay", "ARCHIVE"),
        ("from", "replay", "ARCHIVE"),
        ("to", "replay", "ARCHIVE"),
        ("rules", "replay", "ARCHIVE"),
    ] {
        belongs(&fields, key, (action, kind), problems);
    }
    fields.finish(problems);
    let change = changes.into_iter().flatten().next()?;
    Some(PlannedChange { at: at?, change, place })
}

/// What a mapping becomes.
#[derive(Clone, Copy)]
enum State {
    Enabled,
    Disabled,
}

/// As many messages as the console shows at a time, and more than any operator reads.
const MOST_SEEN: u32 = 10_000;

/// What a replay is called that is given no name.
const USUAL_NAME: &str = "replay";

fn replay(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<Change> {
    let archive = fields.text("replay", problems);
    let name = fields.text("name", problems).unwrap_or_else(|| USUAL_NAME.to_owned());
    let from = fields.parsed("from", moment, problems).unwrap_or(Duration::ZERO);
    let to = fields.parsed("to", moment, problems);
    let rules = fields.texts("rules", problems).iter().map(|rule| rule.text.to_owned()).collect();
    Some(Change::Replay(Replay { archive: archive?, name, from, to, rules }))
}

fn belongs(fields: &Fields<'_>, key: &str, (action, kind): (&str, &str), problems: &mut Vec<Diagnostic>) {
    if fields.has(key) && !fields.has(action) {
        let message = format!("[[change]] has `{key}`, which belongs to `{action}`");
        let help = format!("leave it out, or add `{action} = \"{kind}\"`");
        problems.push(Diagnostic::error("scenario-stray-key", message).at(fields.place()).help(help));
    }
}

/// `Orders.VisibilityTimeout=180`; the resource ends at the first dot behind its path.
fn setting(text: &str) -> Result<Change, Unreadable> {
    let wrong = || {
        let help = "write `Resource.Property=VALUE`, such as `Orders.VisibilityTimeout=180`";
        Unreadable::new(format!("`{text}` is no setting"), help)
    };
    let (path, value) = text.split_once('=').ok_or_else(wrong)?;
    let path = path.trim();
    let logical_id = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = path[logical_id..].find('.').ok_or_else(wrong)? + logical_id;
    let (resource, property) = (&path[..dot], &path[dot + 1..]);
    if resource.is_empty() || property.is_empty() {
        return Err(wrong());
    }
    let [resource, property, value] = [resource, property, value.trim()].map(str::to_owned);
    Ok(Change::Set { resource, property, value })
}

/// `Orders->Fulfil`.
fn mapping(text: &str) -> Result<(String, String), Unreadable> {
    let ends = text.split_once("->").map(|(source, function)| (source.trim(), function.trim()));
    match ends {
        Some((source, function)) if !source.is_empty() && !function.is_empty() => {
            Ok((source.to_owned(), function.to_owned()))
        }
        Some(_) | None => {
            let help = "write `QUEUE->FUNCTION` or `SOURCE->TARGET`, as reports name it";
            Err(Unreadable::new(format!("`{text}` is no event source mapping"), help))
        }
    }
}

/// `Fulfil`, `Clicks`, or `Orders->Fulfil`.
fn deletion(text: &str) -> Result<Change, Unreadable> {
    if text.contains("->") {
        return mapping(text).map(|(source, function)| Change::DeleteMapping { source, function });
    }
    Ok(Change::Delete { name: text.to_owned() })
}

/// `Fulfil reads Orders`, `Fulfil sends Bills`, or `Topic->Fulfil`.
fn permission(text: &str) -> Result<Change, Unreadable> {
    let ends = |word: &str| {
        let (who, what) = text.split_once(word)?;
        let (who, what) = (who.trim().to_owned(), what.trim().to_owned());
        (!who.is_empty() && !what.is_empty()).then_some((who, what))
    };
    let reads = ends(" reads ").map(|(function, from)| Change::Revoke { function, from });
    let sends = || ends(" sends ").map(|(function, to)| Change::RevokeSending { function, to });
    let pushes = || ends("->").map(|(source, target)| Change::RevokePushing { source, target });
    reads.or_else(sends).or_else(pushes).ok_or_else(|| {
        let help =
            "write `FUNCTION reads QUEUE`, `FUNCTION sends TARGET`, or `SOURCE->TARGET` for what is pushed";
        Unreadable::new(format!("`{text}` is no permission"), help)
    })
}

/// Whole messages a second.
fn per_second(text: &str) -> Result<u32, Unreadable> {
    let rate = Rate::parse(text)?;
    let second = Duration::from_secs(1);
    let count = u32::try_from(rate.within(second)).unwrap_or(u32::MAX);
    if count == 0 {
        let help = "a redrive moves whole messages a second: write `1/s` or more";
        return Err(Unreadable::new(format!("`{text}` is less than one a second"), help));
    }
    Ok(count)
}
