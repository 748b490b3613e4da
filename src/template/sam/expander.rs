//! Which serverless resource becomes which plain ones, and the changes that events make to other resources.

use crate::template::Node;
use crate::template::declared::{Connection, Declared};
use crate::template::sam::events::{self, Target};
use crate::template::sam::{connectors, function, globals, rights};
use crate::template::tree;
use crate::topology::Words;
use crate::vocabulary::{Diagnostic, Place};

/// A template without serverless resources.
#[derive(Debug, Default)]
pub(crate) struct Expansion {
    /// The plain resources, generated ones right after those they came with.
    pub resources: Vec<Declared>,
    /// What connectors connect.
    pub connections: Vec<Connection>,
    /// What SAM would refuse.
    pub diagnostics: Vec<Diagnostic>,
}

/// The transform at work.
#[derive(Debug, Default)]
pub(super) struct Expander {
    pub(super) resources: Vec<Declared>,
    pub(super) diagnostics: Vec<Diagnostic>,
    patches: Vec<Patch>,
}

/// A change that an event makes to another resource, applied when all resources are known.
#[derive(Debug)]
struct Patch {
    resource: String,
    keys: Vec<String>,
    change: Change,
}

/// What a patch does at the end of its keys.
#[derive(Debug)]
pub(super) enum Change {
    /// Adds to a list.
    Push(Node),
    /// Sets a value.
    Set(Node),
}

/// APIs that events without an API of their own share, as SAM names them.
pub(super) const IMPLICIT_REST_API: &str = "ServerlessRestApi";
pub(super) const IMPLICIT_HTTP_API: &str = "ServerlessHttpApi";

/// The stage of an API that SAM makes for events.
const USUAL_STAGE: &str = "Prod";

/// The two kinds of APIs that SAM deploys to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RestOrHttp {
    Rest,
    Http,
}

impl RestOrHttp {
    const fn type_name(self) -> &'static str {
        match self {
            Self::Rest => "AWS::ApiGateway::RestApi",
            Self::Http => "AWS::ApiGatewayV2::Api",
        }
    }
}

/// Replaces all serverless resources.
pub(crate) fn expand(declared: Vec<Declared>, globals: Option<&Node>) -> Expansion {
    let mut expander = Expander::default();
    let connections = connectors::read(&declared);
    for resource in declared {
        expander.expand(resource, globals);
    }
    expander.apply_patches();
    Expansion { resources: expander.resources, connections, diagnostics: expander.diagnostics }
}

impl Expander {
    fn expand(&mut self, mut declared: Declared, globals: Option<&Node>) {
        let Some(serverless) = declared.type_name.strip_prefix("AWS::Serverless::") else {
            self.resources.push(declared);
            return;
        };
        let serverless = serverless.to_owned();
        globals::merge_into(&mut declared, globals, &serverless);
        match serverless.as_str() {
            "Function" => function::expand(self, declared),
            "StateMachine" => self.state_machine(declared),
            "Api" => self.api(declared, RestOrHttp::Rest),
            "HttpApi" => self.api(declared, RestOrHttp::Http),
            "WebSocketApi" => self.renamed(declared, "AWS::ApiGatewayV2::Api", &[]),
            "SimpleTable" => self.renamed(declared, "AWS::DynamoDB::Table", &[]),
            "Application" => self.renamed(declared, "AWS::CloudFormation::Stack", &[]),
            "LayerVersion" => self.renamed(declared, "AWS::Lambda::LayerVersion", &[]),
            "GraphQLApi" => self.renamed(declared, "AWS::AppSync::GraphQLApi", &[]),
            "Connector" => {}
            // What is no type of SAM at all is told by `template::types`.
            _ => self.resources.push(declared),
        }
    }

    fn renamed(&mut self, mut declared: Declared, type_name: &str, properties: &[(&str, &str)]) {
        type_name.clone_into(&mut declared.type_name);
        for (from, to) in properties {
            let before = declared.properties.clone();
            tree::copy(&before, from, &mut declared.properties, to);
        }
        self.resources.push(declared);
    }

    /// An API with the stage that SAM deploys it to.
    fn api(&mut self, declared: Declared, kind: RestOrHttp) {
        let (id, place) = (declared.logical_id.clone(), declared.properties.place.clone());
        let stage = tree::scalar_at(&declared.properties, "StageName").map(str::to_owned);
        self.renamed(declared, kind.type_name(), &[("DefinitionBody", "Body")]);
        self.stage(&id, stage.as_deref(), kind, &place);
    }

    fn stage(&mut self, api: &str, name: Option<&str>, kind: RestOrHttp, place: &Place) {
        let letters = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let of = tree::reference(api, place);
        match kind {
            RestOrHttp::Rest => {
                let deployment = format!("{api}Deployment");
                let own = tree::map([("RestApiId", of.clone())], place);
                self.generate(deployment.clone(), "AWS::ApiGateway::Deployment", own);
                let deployed = tree::reference(&deployment, place);
                let own = tree::map([("RestApiId", of), ("DeploymentId", deployed)], place);
                let id = format!("{api}{}Stage", letters(name.unwrap_or(USUAL_STAGE)));
                self.generate(id, "AWS::ApiGateway::Stage", own);
            }
            RestOrHttp::Http => {
                let own = tree::map([("ApiId", of)], place);
                let name = name.map_or_else(|| "ApiGatewayDefault".to_owned(), letters);
                self.generate(format!("{api}{name}Stage"), "AWS::ApiGatewayV2::Stage", own);
            }
        }
    }

    fn state_machine(&mut self, mut declared: Declared) {
        self.definition(&mut declared);
        let properties = declared.properties.clone();
        let id = declared.logical_id.clone();
        self.renamed(declared, "AWS::StepFunctions::StateMachine", &[("Role", "RoleArn")]);
        if tree::at(&properties, "Role").is_none() {
            let role = rights::state_machine(self, &id, &properties);
            self.patch(&id, &["RoleArn"], Change::Set(role));
        }
        let target = Target::state_machine(&id, &properties.place);
        if let Some(list) = tree::at(&properties, "Events") {
            events::expand(self, &target, list);
        }
    }

    /// Adds a generated resource.
    pub(super) fn generate(&mut self, logical_id: String, type_name: &str, properties: Node) {
        let generated = Declared::generated(logical_id, type_name, properties);
        self.resources.push(Declared { words: Words::Sam, ..generated });
    }

    /// Remembers a change to a resource that may not have been reached yet.
    pub(super) fn patch(&mut self, resource: &str, keys: &[&str], change: Change) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.patches.push(Patch { resource: resource.to_owned(), keys, change });
    }

    /// Warns of something that SAM would refuse.
    pub(super) fn warn(&mut self, code: &'static str, message: String, at: &Node) {
        self.diagnostics.push(Diagnostic::warning(code, message).at(&at.place));
    }

    pub(super) fn warn_with(&mut self, code: &'static str, message: String, help: String, at: &Node) {
        self.diagnostics.push(Diagnostic::warning(code, message).at(&at.place).help(help));
    }

    fn apply_patches(&mut self) {
        for patch in std::mem::take(&mut self.patches) {
            self.make_implicit_api(&patch);
            let named = |declared: &&mut Declared| declared.logical_id == patch.resource;
            let Some(declared) = self.resources.iter_mut().find(named) else {
                let (Change::Push(node) | Change::Set(node)) = &patch.change;
                let message = format!("the event needs resource {} of the same template", patch.resource);
                self.diagnostics.push(Diagnostic::warning("sam-event-source", message).at(&node.place));
                continue;
            };
            let Some((last, above)) = patch.keys.split_last() else { continue };
            let parent = above.iter().fold(&mut declared.properties, |node, key| tree::entry_mut(node, key));
            match patch.change {
                Change::Push(node) => tree::push(parent, last, node),
                Change::Set(node) => tree::set(parent, last, node),
            }
        }
    }

    fn make_implicit_api(&mut self, patch: &Patch) {
        let kind = match patch.resource.as_str() {
            IMPLICIT_REST_API => RestOrHttp::Rest,
            IMPLICIT_HTTP_API => RestOrHttp::Http,
            _ => return,
        };
        if self.resources.iter().any(|declared| declared.logical_id == patch.resource) {
            return;
        }
        let (Change::Push(node) | Change::Set(node)) = &patch.change;
        let place = node.place.clone();
        self.generate(patch.resource.clone(), kind.type_name(), tree::map([], &place));
        self.stage(&patch.resource, None, kind, &place);
    }
}
