//! What stands outside of the template: other stacks, macros, files, tools.

use crate::template::evaluate::Company;
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::{Evaluator, unknown};
use crate::template::evaluate::text::known;
use crate::template::{Import, Piece, Value, tree};
use crate::vocabulary::{Diagnostic, quote, suggestion};

/// How the addresses of files in S3 begin.
const S3: &str = "s3://";

impl Evaluator<'_> {
    /// `Fn::ImportValue`: another stack's export, remembered so that several templates can be joined.
    pub(super) fn import(&mut self, call: &Call<'_>) -> Value {
        let Some(name) = self.argument(call.argument) else {
            return self.malformed(call, "the name of an export");
        };
        if matches!(name.value, Value::List(_) | Value::Map(_) | Value::Null) {
            return self.malformed(call, "the name of an export");
        }
        let around = self.scope.around;
        if let Some(value) = around.exports.get(&tree::render(&name)) {
            return self.foreign(value, call.place);
        }
        let why = match known(&name.value) {
            Some(text) => {
                self.unprovided(&text, call);
                format!("{} is another stack's export", quote(&text))
            }
            None => "it is another stack's export".to_owned(),
        };
        self.imports.push(Import { name, place: call.place.clone() });
        unknown(why)
    }

    /// An export that none of the stacks has which together are the system.
    fn unprovided(&mut self, name: &str, call: &Call<'_>) {
        let around = self.scope.around;
        if around.company == Company::Joined {
            let message = format!("no template of the system exports {}", quote(name));
            let near = suggestion(name, around.exports.keys().map(String::as_str));
            let help = near.unwrap_or_else(|| {
                "check it together with the template that does; what it names is taken to stand outside"
                    .to_owned()
            });
            self.warn("template-export", message, call.place, Some(help));
        }
    }

    /// `Fn::Transform`, `AWS::Include` above all: what a macro makes of it is not known here.
    pub(super) fn transform(&mut self, call: &Call<'_>) -> Value {
        let tree = call.argument.tree;
        let name = tree.get("Name").and_then(|name| name.text().map(str::to_owned));
        let Some(name) = name else { return self.malformed(call, "a map with the `Name` of a macro") };
        let location = tree.get("Parameters").and_then(|parameters| parameters.get("Location"));
        let location = location.map(|tree| self.present(tree).value);
        let what = match location.as_ref().and_then(known) {
            Some(location) => format!("{} of {}", quote(&name), quote(&location)),
            None => quote(&name),
        };
        let message = format!("what the transform {what} inserts is not read");
        let far = location.as_ref().is_some_and(|location| beginning(location).starts_with(S3));
        self.report.push(if far {
            let help = "download the file and name it by a path relative to the template to have it read";
            Diagnostic::warning("template-transform", message).at(call.place).help(help)
        } else {
            Diagnostic::note("template-transform", message).at(call.place)
        });
        unknown(format!("the transform {what} inserts it"))
    }

    /// A loop that was left standing because its collection is not known.
    pub(super) fn left_loop(&mut self, call: &Call<'_>) -> Value {
        let message = format!("the loop {} is not expanded", quote(&call.name()));
        let help = "only loops over literal lists and list parameters with a known value are";
        self.report.push(Diagnostic::note("template-loop", message).at(call.place).help(help));
        unknown(format!("the loop {} is not expanded", quote(&call.name())))
    }

    /// A directive of Rain.
    pub(super) fn rain(&mut self, call: &Call<'_>) -> Value {
        let name = quote(&call.name());
        let help = "run `rain pkg` and check its output".to_owned();
        self.warn(
            "template-rain",
            format!("{name} is a directive of Rain; it is not expanded"),
            call.place,
            Some(help),
        );
        unknown(format!("{name} is filled in by Rain"))
    }

    /// A function that is none.
    pub(super) fn unknown_function(&mut self, call: &Call<'_>) -> Value {
        let name = quote(&call.name());
        self.warn("template-function", format!("{name} is not a function that is known"), call.place, None);
        unknown(format!("{name} is not known"))
    }
}

/// The known beginning of a text.
fn beginning(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        Value::Mixed(pieces) => match pieces.first() {
            Some(Piece::Text(text)) => text,
            Some(Piece::Reference(_) | Piece::Unknown(_)) | None => "",
        },
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => "",
    }
}
