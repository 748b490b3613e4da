//! `AWS::Lambda::Function`.

use crate::template::build::context::{Build, FUNCTION};
use crate::template::declared::Declared;
use crate::template::tree::at;
use crate::topology::Function;

impl Build<'_> {
    /// The function with its settings.
    pub(crate) fn function(&mut self, declared: &Declared) -> Function {
        let own = &declared.properties;
        let reserved = format!("{FUNCTION}.ReservedConcurrentExecutions");
        let mut reader = self.reader();
        Function {
            timeout: reader.required(at(own, "Timeout"), &format!("{FUNCTION}.Timeout")),
            memory: reader.required(at(own, "MemorySize"), &format!("{FUNCTION}.MemorySize")),
            reserved_concurrency: reader.optional(at(own, "ReservedConcurrentExecutions"), &reserved),
        }
    }
}
