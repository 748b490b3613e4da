//! What resources are called outside of the template, and their ARNs. What a template does not say is made from what it
//! calls them.

use crate::report::RunReport;
use crate::report::run_payload::{ACCOUNT, REGION};

/// The name of a resource: the one that the template gives it, or its logical id; an ARN where it is declared elsewhere.
pub(super) fn name_of<'n>(report: &'n RunReport<'_>, name: &'n str) -> &'n str {
    let plain = if name.starts_with("arn:") { name } else { name.rsplit('/').next().unwrap_or(name) };
    report.program.outside_names.get(name).map_or(plain, String::as_str)
}

/// The ARN of a resource of a service, by what the template calls it.
pub(super) fn arn_of(report: &RunReport<'_>, service: &str, before: &str, name: &str) -> String {
    let name = name_of(report, name);
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{before}{name}")
}

/// The ARN of a topic.
pub(super) fn topic_arn(report: &RunReport<'_>, name: &str) -> String {
    arn_of(report, "sns", "", name)
}

/// The ARN of a queue.
pub(super) fn queue_arn(report: &RunReport<'_>, name: &str) -> String {
    arn_of(report, "sqs", "", name)
}

/// The ARN of a function, or of its version or alias.
pub(super) fn function_arn(report: &RunReport<'_>, name: &str, qualifier: Option<&str>) -> String {
    let function = arn_of(report, "lambda", "function:", name);
    qualifier.map_or_else(|| function.clone(), |qualifier| format!("{function}:{qualifier}"))
}
