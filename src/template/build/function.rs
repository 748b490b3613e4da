//! `AWS::Lambda::Function`, and how Lambda treats its asynchronous invocations.

use crate::template::build::context::{Build, FUNCTION};
use crate::template::build::setting::SettingValue;
use crate::template::declared::Declared;
use crate::template::tree::{at, known, path};
use crate::template::{Node, Piece, Reference, Value};
use crate::topology::{Function, InvokeConfig, LinkEnd, Resource, ResourceDetail, Runs, Setting, Unmodelled};
use crate::vocabulary::Diagnostic;

/// The type of configurations of asynchronous invocations.
pub(crate) const INVOKE_CONFIG: &str = "AWS::Lambda::EventInvokeConfig";

/// What the names of log groups begin with that Lambda makes.
const LOG_GROUPS: &str = "/aws/lambda/";

impl Build<'_> {
    /// The function with its settings; its invoke configurations are resources of their own.
    pub(crate) fn function(&mut self, declared: &Declared) -> Function {
        let own = &declared.properties;
        let target = path(own, &["DeadLetterConfig", "TargetArn"]);
        let dead_letter =
            target.and_then(|target| self.exit(target, "DeadLetterConfig.TargetArn", &declared.name));
        let reserved = format!("{FUNCTION}.ReservedConcurrentExecutions");
        let storage = format!("{FUNCTION}.EphemeralStorage.Size");
        let invoke_default = self.invoke_default();
        let log_groups = self.log_groups(declared);
        let mut reader = self.reader();
        Function {
            runs: Runs::Code,
            timeout: reader.required(at(own, "Timeout"), &format!("{FUNCTION}.Timeout")),
            memory: reader.required(at(own, "MemorySize"), &format!("{FUNCTION}.MemorySize")),
            storage: reader.optional(path(own, &["EphemeralStorage", "Size"]), &storage),
            reserved_concurrency: reader.optional(at(own, "ReservedConcurrentExecutions"), &reserved),
            dead_letter,
            words: declared.words,
            invoke_default,
            invoke_configs: Vec::new(),
            provisioned: Vec::new(),
            log_groups,
            recursive_loop: reader.required(at(own, "RecursiveLoop"), &format!("{FUNCTION}.RecursiveLoop")),
        }
    }

    /// The log group of a function: the one that it names, or the one that Lambda makes for it, by both of its names.
    fn log_groups(&mut self, declared: &Declared) -> Vec<LinkEnd> {
        let own = &declared.properties;
        if let Some(group) = path(own, &["LoggingConfig", "LogGroup"]) {
            return vec![self.resolve(group, "logs")];
        }
        let text = || Piece::Text(LOG_GROUPS.to_owned());
        let itself = Reference { resource: declared.logical_id.clone(), attribute: None };
        let mut names = vec![Value::Mixed(vec![text(), Piece::Reference(itself)])];
        names.extend(at(own, "FunctionName").and_then(|name| match &known(name).value {
            Value::Text(name) => Some(Value::Text(format!("{LOG_GROUPS}{name}"))),
            Value::Mixed(pieces) => {
                Some(Value::Mixed(std::iter::once(text()).chain(pieces.iter().cloned()).collect()))
            }
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Reference(_)
            | Value::Unknown(_) => None,
        }));
        let place = declared.place.clone();
        names
            .into_iter()
            .map(|value| self.index.named(&Node { value, place: place.clone() }, "logs"))
            .collect()
    }

    pub(super) fn invoke_default(&mut self) -> InvokeConfig {
        let (attempts, age) = (property("MaximumRetryAttempts"), property("MaximumEventAgeInSeconds"));
        let mut reader = self.reader();
        InvokeConfig {
            qualifier: InvokeConfig::LATEST.to_owned(),
            attempts: reader.required(None, &attempts),
            age: reader.required(None, &age),
            on_success: None,
            on_failure: None,
            place: None,
        }
    }

    /// Gives the functions what `AWS::Lambda::EventInvokeConfig` says of them.
    pub(crate) fn invoke_configs(&mut self, resources: &mut [Resource]) {
        for declared in self.declared.iter().filter(|one| one.type_name == INVOKE_CONFIG) {
            let Some(name) = at(&declared.properties, "FunctionName") else {
                self.incomplete_config(declared, "FunctionName");
                continue;
            };
            let end = self.resolve(name, "lambda");
            let config = self.invoke_config(declared);
            let function = match &end {
                LinkEnd::Resource(id) => resources.get_mut(id.0 as usize).map(|one| &mut one.detail),
                LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
            };
            if let Some(ResourceDetail::Function(function)) = function {
                function.invoke_configs.push(config);
                continue;
            }
            self.unmodelled.push(Unmodelled {
                name: declared.name.clone(),
                type_name: declared.type_name.clone(),
                cost: format!(
                    "its function, {}, is not declared here, so it is not judged",
                    self.name_of(&end)
                ),
                place: Some(declared.place.clone()),
            });
        }
    }

    fn invoke_config(&mut self, declared: &Declared) -> InvokeConfig {
        let own = &declared.properties;
        let qualifier = if let Some(qualifier) = at(own, "Qualifier") {
            self.qualifier_named(qualifier)
        } else {
            self.incomplete_config(declared, "Qualifier");
            InvokeConfig::LATEST.to_owned()
        };
        let mut destination = |condition: &str| {
            let target = path(own, &["DestinationConfig", condition, "Destination"])?;
            self.exit(target, &format!("DestinationConfig.{condition}.Destination"), &declared.name)
        };
        let (on_success, on_failure) = (destination("OnSuccess"), destination("OnFailure"));
        InvokeConfig {
            qualifier,
            attempts: self.config_setting(declared, "MaximumRetryAttempts"),
            age: self.config_setting(declared, "MaximumEventAgeInSeconds"),
            on_success,
            on_failure,
            place: Some(declared.place.clone()),
        }
    }

    fn config_setting<T: SettingValue>(&mut self, declared: &Declared, name: &str) -> Setting<T> {
        self.reader().required(at(&declared.properties, name), &property(name))
    }

    fn incomplete_config(&mut self, declared: &Declared, missing: &str) {
        let message = format!("invoke configuration {} has no {missing}, which AWS needs", declared.name);
        let diagnostic = Diagnostic::warning("template-incomplete-invoke-config", message);
        self.diagnostics.push(diagnostic.at(&declared.place));
    }
}

fn property(name: &str) -> String {
    format!("{INVOKE_CONFIG}.{name}")
}
