//! `AWS::Lambda::Function`.

use crate::template::build::context::{Build, FUNCTION};
use crate::template::declared::Declared;
use crate::template::tree::at;
use crate::topology::{Function, InvokeConfig};

/// The type of configurations of asynchronous invocations.
pub(crate) const INVOKE_CONFIG: &str = "AWS::Lambda::EventInvokeConfig";

impl Build<'_> {
    /// The function with its settings.
    pub(crate) fn function(&mut self, declared: &Declared) -> Function {
        let own = &declared.properties;
        let reserved = format!("{FUNCTION}.ReservedConcurrentExecutions");
        let mut reader = self.reader();
        let (attempts, age) = (
            format!("{INVOKE_CONFIG}.MaximumRetryAttempts"),
            format!("{INVOKE_CONFIG}.MaximumEventAgeInSeconds"),
        );
        Function {
            timeout: reader.required(at(own, "Timeout"), &format!("{FUNCTION}.Timeout")),
            memory: reader.required(at(own, "MemorySize"), &format!("{FUNCTION}.MemorySize")),
            reserved_concurrency: reader.optional(at(own, "ReservedConcurrentExecutions"), &reserved),
            dead_letter: None,
            invoke_default: InvokeConfig {
                qualifier: InvokeConfig::LATEST.to_owned(),
                attempts: reader.required(None, &attempts),
                age: reader.required(None, &age),
                on_success: None,
                on_failure: None,
                place: None,
            },
            invoke_configs: Vec::new(),
            recursive_loop: reader.required(at(own, "RecursiveLoop"), &format!("{FUNCTION}.RecursiveLoop")),
        }
    }
}
