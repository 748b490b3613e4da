//! Synchronous fronts: API Gateway in its three kinds, addresses of functions, load balancers, user pools.

use crate::models::RuleValue;
use crate::template::Node;
use crate::template::build::context::{Build, FUNCTION};
use crate::template::build::deliver::Hop;
use crate::template::build::setting::SettingValue;
use crate::template::build::sources::{Source, by_id};
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items_at, known, path, references, render, scalar_at};
use crate::template::{Reference, Value};
use crate::topology::{InvocationModel, LinkEnd, ResourceId, Setting, UnknownSetting, Unmapped};
use crate::vocabulary::{Diagnostic, Duration, Place};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// The parameter by which a REST API asks Lambda not to wait for the function, and its value.
const INVOCATION_TYPE: (&str, &str) = ("integration.request.header.X-Amz-Invocation-Type", "Event");
/// The triggers of a user pool that it does not wait for.
const SENDERS: [&str; 2] = ["CustomEmailSender", "CustomSMSSender"];
/// What an HTTP API calls without a function: the integration's subtype, the parameter that names the target.
const SUBTYPES: [(&str, &str, &str); 4] = [
    ("SQS-SendMessage", "QueueUrl", "sqs"),
    ("EventBridge-PutEvents", "EventBusName", "events"),
    ("StepFunctions-StartExecution", "StateMachineArn", "states"),
    ("StepFunctions-StartSyncExecution", "StateMachineArn", "states"),
];
const REST_TIMEOUT: &str = "AWS::ApiGateway::Method.Integration.TimeoutInMillis";
const HTTP_TIMEOUT: &str = "AWS::ApiGatewayV2::Integration.TimeoutInMillis";

impl Build<'_> {
    /// `AWS::ApiGateway::RestApi` and `AWS::ApiGatewayV2::Api` with a body in `OpenAPI`.
    pub(crate) fn api_body(&mut self, id: ResourceId, declared: &Declared) {
        let source = self.api_source(id);
        let api = LinkEnd::Resource(id);
        if let Some(target) = at(&declared.properties, "Target") {
            self.integration(Hop::usual(source, &api), target);
        }
        let Some(routes) = path(&declared.properties, &["Body", "paths"]) else { return };
        for route in entries(routes) {
            for method in entries(&route.node) {
                let Some(integration) = at(&method.node, INTEGRATION) else { continue };
                let Some(uri) = at(integration, "uri") else { continue };
                let label = format!("{} {}", method.key, route.key);
                let mut hop = Hop::usual(source, &api).labelled(&label);
                let timeout = at(integration, "timeoutInMillis");
                hop.delivery.timeout = self.milliseconds(timeout, timeout_of(source));
                if is_event(at(integration, "requestParameters")) {
                    hop.model = InvocationModel::Async;
                }
                if is_custom(integration, "type") {
                    let responses = at(integration, "responses").map_or(&[][..], entries).iter();
                    let each = responses.map(|one| {
                        let pattern = Some(one.key.as_str()).filter(|key| *key != "default");
                        (pattern, scalar_at(&one.node, "statusCode"))
                    });
                    hop.delivery.unmapped = unmapped(each);
                }
                self.integration(hop, uri);
            }
        }
    }

    /// `AWS::ApiGateway::Method`.
    pub(crate) fn api_method(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(api), Some(integration)) = (at(own, "RestApiId"), at(own, "Integration")) else { return };
        let Some(uri) = at(integration, "Uri") else { return };
        let from = self.resolve(api, "apigateway");
        let mut hop = Hop::usual(by_id("api_gateway"), &from).labelled(&declared.name);
        hop.delivery.timeout = self.milliseconds(at(integration, "TimeoutInMillis"), REST_TIMEOUT);
        if is_event(at(integration, "RequestParameters")) {
            hop.model = InvocationModel::Async;
        }
        if is_custom(integration, "Type") {
            let responses = items_at(integration, "IntegrationResponses").iter();
            let each =
                responses.map(|one| (scalar_at(one, "SelectionPattern"), scalar_at(one, "StatusCode")));
            hop.delivery.unmapped = unmapped(each);
        }
        if let Some((machine, waits)) = self.started(integration, uri) {
            return self.starts(hop, LinkEnd::Resource(machine), uri, waits);
        }
        if self.is_broken(integration, uri) {
            let to = self.resolve(uri, "lambda");
            let cost = format!(
                "nothing reaches {}: Lambda takes POST alone, and {} calls it with another IntegrationHttpMethod \
                 (api_gateway.broken_integration)",
                self.name_of(&to),
                declared.name,
            );
            let message = format!(
                "every request to {} ends in an error: it does not call its function with POST",
                declared.name
            );
            let help = "write IntegrationHttpMethod: POST, whatever the method of the API is";
            let diagnostic = Diagnostic::warning("template-broken-integration", message);
            self.diagnostics.push(diagnostic.at(&integration.place).help(help));
            return self.link_costing("api_gateway", InvocationModel::Sync, from, to, &declared.place, cost);
        }
        self.integration(hop, uri);
    }

    /// A front that starts a state machine, and waits for its end or does not.
    fn starts(&mut self, hop: Hop, machine: LinkEnd, place: &Node, waits: bool) {
        let before = self.links.len();
        self.deliver_to(hop, machine, place);
        if waits {
            self.links[before..].iter_mut().for_each(|link| link.model = InvocationModel::Sync);
        }
    }

    /// The state machine that a method starts, which its template names, and whether it waits for its end.
    fn started(&self, integration: &Node, uri: &Node) -> Option<(ResourceId, bool)> {
        let uri = render(uri);
        let (_, action) = uri.split_once(":states:action/")?;
        let waits = action == "StartSyncExecution";
        let mut found = Vec::new();
        gather(at(integration, "RequestTemplates")?, &mut found);
        let named = found.iter().filter_map(|(reference, _)| self.index.logical(&reference.resource));
        let is_machine = |id: &ResourceId| self.declared(*id).type_name == "AWS::StepFunctions::StateMachine";
        named.into_iter().find(is_machine).map(|machine| (machine, waits))
    }

    /// Whether a method calls a function in a way that Lambda does not take.
    fn is_broken(&self, integration: &Node, uri: &Node) -> bool {
        //= api_gateway.broken_integration
        let method = scalar_at(integration, "IntegrationHttpMethod");
        let calls = match self.index.resolve(uri, "lambda") {
            LinkEnd::Resource(id) => self.declared(id).type_name == FUNCTION,
            LinkEnd::Outside(text) => text.contains(":lambda:"),
            LinkEnd::Missing(_) => false,
        };
        calls && method.is_some_and(|method| method != "POST")
    }

    /// `AWS::ApiGatewayV2::Integration`.
    pub(crate) fn api_integration(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let Some(api) = at(own, "ApiId") else { return };
        let from = self.resolve(api, "apigateway");
        let source = match &from {
            LinkEnd::Resource(id) => self.api_source(*id),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => by_id("http_api"),
        };
        let mut hop = Hop::usual(source, &from).labelled(&declared.name);
        hop.delivery.timeout = self.milliseconds(at(own, "TimeoutInMillis"), timeout_of(source));
        let subtype = scalar_at(own, "IntegrationSubtype");
        let direct =
            SUBTYPES.iter().find(|(name, _, _)| Some(*name) == subtype).and_then(|(_, name, service)| {
                path(own, &["RequestParameters", name]).map(|target| (target, *service))
            });
        match (direct, at(own, "IntegrationUri")) {
            (Some((target, service)), _) => {
                let to = self.resolve(target, service);
                let waits = subtype.is_some_and(|name| name.ends_with("StartSyncExecution"));
                self.starts(hop, to, target, waits);
            }
            (None, Some(uri)) => self.integration(hop, uri),
            (None, None) => {}
        }
    }

    /// A time-out in milliseconds; none where the template leaves it out, since then the source's own holds.
    fn milliseconds(&mut self, written: Option<&Node>, property: &str) -> Option<Setting<Duration>> {
        let read: Setting<Milliseconds> = self.reader().optional(written, property)?;
        let unknown = read.unknown.map(|unknown| UnknownSetting {
            why: unknown.why,
            alternatives: unknown.alternatives.into_iter().map(|one| one.0).collect(),
        });
        Some(Setting { value: read.value.0, origin: read.origin, unknown })
    }

    fn api_source(&self, id: ResourceId) -> &'static Source {
        let declared = self.declared(id);
        match (declared.type_name.as_str(), scalar_at(&declared.properties, "ProtocolType")) {
            ("AWS::ApiGatewayV2::Api", Some("WEBSOCKET")) => by_id("websocket_api"),
            ("AWS::ApiGatewayV2::Api", _) => by_id("http_api"),
            _ => by_id("api_gateway"),
        }
    }

    /// An integration reaches what its address refers to; addresses of the web and of nothing here lead nowhere.
    fn integration(&mut self, hop: Hop, uri: &Node) {
        let to = self.index.resolve(uri, "lambda");
        match &to {
            LinkEnd::Resource(_) | LinkEnd::Missing(_) => self.deliver(hop, uri),
            LinkEnd::Outside(text) if text.contains(":lambda:") => self.deliver_to(hop, to, uri),
            LinkEnd::Outside(_) => {}
        }
    }

    /// `AWS::Lambda::Url`: the address itself is the front.
    pub(crate) fn function_url(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let Some(function) = at(own, "TargetFunctionArn") else { return };
        let to = self.resolve(function, "lambda");
        self.exists(&to, function, &declared.name);
        let mut hop = Hop::usual(by_id("function_url"), &LinkEnd::Resource(id));
        hop.delivery.qualifier = match at(own, "Qualifier") {
            Some(qualifier) => Some(self.qualifier_named(qualifier)),
            None => self.qualifier(function),
        };
        self.delivers(hop, to, &function.place);
    }

    /// `AWS::ElasticLoadBalancingV2::TargetGroup`.
    pub(crate) fn target_group(&mut self, id: ResourceId, declared: &Declared) {
        for target in items_at(&declared.properties, "Targets") {
            if let Some(target) = at(target, "Id") {
                self.hop_to_function(by_id("alb"), id, target);
            }
        }
    }

    /// `AWS::Cognito::UserPool`.
    pub(crate) fn user_pool(&mut self, id: ResourceId, declared: &Declared) {
        for trigger in at(&declared.properties, "LambdaConfig").map_or(&[][..], entries) {
            let target = at(&trigger.node, "LambdaArn").unwrap_or(&trigger.node);
            let to = self.index.resolve(target, "lambda");
            if self.is_function(&to, target) {
                let mut hop = Hop::usual(by_id("cognito"), &LinkEnd::Resource(id)).labelled(&trigger.key);
                if SENDERS.contains(&trigger.key.as_str()) {
                    hop.model = InvocationModel::Async;
                }
                self.deliver(hop, target);
            }
        }
    }

    /// Every function that is named anywhere in the given properties, as state machines and the like name them.
    pub(crate) fn mentions(&mut self, source: &str, id: ResourceId, properties: &[&str]) {
        let source = by_id(source);
        let own = &self.declared(id).properties;
        let mut found = Vec::new();
        for property in properties.iter().filter_map(|property| at(own, property)) {
            gather(property, &mut found);
        }
        for (reference, place) in found {
            let Some(function) = self.index.logical(&reference.resource) else { continue };
            if self.declared(function).type_name == FUNCTION {
                let hop = Hop::usual(source, &LinkEnd::Resource(id));
                self.delivers(hop, LinkEnd::Resource(function), &place);
            }
        }
    }

    fn hop_to_function(&mut self, source: &'static Source, from: ResourceId, target: &Node) {
        let to = self.index.resolve(target, "lambda");
        if self.is_function(&to, target) {
            self.hop(source, &LinkEnd::Resource(from), target);
        }
    }
}

/// What a time-out of an API is called.
fn timeout_of(source: &Source) -> &'static str {
    if source.id == "api_gateway" { REST_TIMEOUT } else { HTTP_TIMEOUT }
}

/// Whether an integration hands on what its target answers as it is, and does not ask for the form of a proxy.
fn is_custom(integration: &Node, key: &str) -> bool {
    scalar_at(integration, key).is_some_and(|kind| kind.eq_ignore_ascii_case("AWS"))
}

/// Which failures the responses of an integration answer as they do success, each with its pattern and its status. What no
/// response is for ends in an error, so without a default response nothing is hidden.
fn unmapped<'n>(responses: impl Iterator<Item = (Option<&'n str>, Option<&'n str>)>) -> Unmapped {
    //= api_gateway.custom_integration
    let (mut patterns, mut default) = (Vec::new(), None);
    for (pattern, status) in responses {
        match pattern.filter(|pattern| !pattern.is_empty()) {
            Some(pattern) if is_error(status) => patterns.push(pattern),
            Some(_) => {}
            None => default = Some(is_error(status)),
        }
    }
    let maps_all = |pattern: &&str| CATCH_ALL.contains(&pattern.trim_matches(['^', '$']));
    match default {
        None | Some(true) => Unmapped::Nothing,
        Some(false) if patterns.iter().any(maps_all) => Unmapped::Nothing,
        Some(false) if patterns.is_empty() => Unmapped::Everything,
        // What a function throws may say what a pattern looks for; what AWS says of a function that broke off does not.
        Some(false) => Unmapped::BrokenOff,
    }
}

/// Patterns that every text fits.
const CATCH_ALL: [&str; 10] = [
    ".*",
    ".+",
    "(.|\\n)*",
    "(.|\\n)+",
    "(\\n|.)*",
    "(\\n|.)+",
    "[\\s\\S]*",
    "[\\s\\S]+",
    "(?s).*",
    "(?s).+",
];

/// Whether a status tells a client that something failed; one that the template leaves open may.
fn is_error(status: Option<&str>) -> bool {
    status.is_none_or(|status| status.starts_with(['4', '5']))
}

/// Whether the parameters of an integration ask for an asynchronous invocation.
fn is_event(parameters: Option<&Node>) -> bool {
    let (name, wanted) = INVOCATION_TYPE;
    let given = parameters.and_then(|parameters| scalar_at(parameters, name));
    given.is_some_and(|value| value.trim_matches('\'') == wanted)
}

/// A number of milliseconds, as APIs have their time-outs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Milliseconds(Duration);

impl std::fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl SettingValue for Milliseconds {
    const EXPECTED: &'static str = "a whole number of milliseconds";
    const NOTHING: Self = Self(Duration::ZERO);

    fn read(text: &str) -> Option<Self> {
        u64::read(text).map(Duration::from_millis).map(Self)
    }

    fn of(value: &RuleValue) -> Option<Self> {
        value.as_duration().map(Self)
    }
}

fn gather<'a>(node: &'a Node, found: &mut Vec<(&'a Reference, Place)>) {
    let node = known(node);
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| gather(&entry.node, found)),
        Value::List(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Mixed(_) | Value::Reference(_) => {
            found.extend(references(node).into_iter().map(|one| (one, node.place.clone())));
        }
        Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::Unknown(_) => {}
    }
}
