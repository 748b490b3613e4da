//! Synchronous fronts: API Gateway in its three kinds, addresses of functions, load balancers, user pools.

use crate::template::Node;
use crate::template::build::context::{Build, FUNCTION};
use crate::template::build::deliver::Hop;
use crate::template::build::sources::{Source, by_id};
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items_at, known, path, references, scalar_at};
use crate::template::{Reference, Value};
use crate::topology::{LinkEnd, ResourceId};
use crate::vocabulary::Place;

const INTEGRATION: &str = "x-amazon-apigateway-integration";

impl Build<'_> {
    /// `AWS::ApiGateway::RestApi` and `AWS::ApiGatewayV2::Api` with a body in `OpenAPI`.
    pub(crate) fn api_body(&mut self, id: ResourceId, declared: &Declared) {
        let source = self.api_source(id);
        let api = LinkEnd::Resource(id);
        if let Some(target) = at(&declared.properties, "Target") {
            self.integration(source, &api, target);
        }
        let Some(routes) = path(&declared.properties, &["Body", "paths"]) else { return };
        for route in entries(routes) {
            for method in entries(&route.node) {
                if let Some(uri) = path(&method.node, &[INTEGRATION, "uri"]) {
                    self.integration(source, &api, uri);
                }
            }
        }
    }

    /// `AWS::ApiGateway::Method`.
    pub(crate) fn api_method(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(api), Some(uri)) = (at(own, "RestApiId"), path(own, &["Integration", "Uri"])) else {
            return;
        };
        let from = self.resolve(api, "apigateway");
        self.integration(by_id("api_gateway"), &from, uri);
    }

    /// `AWS::ApiGatewayV2::Integration`.
    pub(crate) fn api_integration(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(api), Some(uri)) = (at(own, "ApiId"), at(own, "IntegrationUri")) else { return };
        let from = self.resolve(api, "apigateway");
        let source = match &from {
            LinkEnd::Resource(id) => self.api_source(*id),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => by_id("http_api"),
        };
        self.integration(source, &from, uri);
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
    fn integration(&mut self, source: &'static Source, from: &LinkEnd, uri: &Node) {
        let to = self.index.resolve(uri, "lambda");
        match &to {
            LinkEnd::Resource(_) | LinkEnd::Missing(_) => self.hop(source, from, uri),
            LinkEnd::Outside(text) if text.contains(":lambda:") => {
                let to = LinkEnd::Outside(text.clone());
                self.deliver_to(Hop::usual(source, from), to, uri);
            }
            LinkEnd::Outside(_) => {}
        }
    }

    /// `AWS::Lambda::Url`.
    pub(crate) fn function_url(&mut self, declared: &Declared) {
        if let Some(function) = at(&declared.properties, "TargetFunctionArn") {
            let caller = LinkEnd::Outside("HTTP clients".to_owned());
            self.hop(by_id("function_url"), &caller, function);
        }
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
            self.hop_to_function(by_id("cognito"), id, target);
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
