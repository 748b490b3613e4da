//! The routes of an API by which a function is called, as its permission has to name them.

use crate::template::Node;
use crate::template::access::mention::Mention;
use crate::template::access::{Answer, Atom, Names, Text};
use crate::template::declared::Declared;
use crate::template::tree::{at, references, scalar_at};
use crate::topology::ResourceId;

/// One way in.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// As people know it: `POST /bookings`; nothing where an API has but one way in.
    pub(crate) label: Option<String>,
    /// What stands in `SourceArn` behind the stage, as a permission that fits is written.
    pub(crate) behind_stage: String,
    /// The whole ARN that API Gateway calls as.
    pub(crate) arn: Text,
}

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const METHOD: &str = "AWS::ApiGateway::Method";
const RESOURCE: &str = "AWS::ApiGateway::Resource";
const INTEGRATED: &str = "AWS::ApiGatewayV2::Integration";
const ROUTE: &str = "AWS::ApiGatewayV2::Route";

/// Types of stages: the type, the property with the API, the property with the name.
const STAGES: [(&str, &str); 3] = [
    ("AWS::ApiGateway::Stage", "RestApiId"),
    ("AWS::ApiGateway::Deployment", "RestApiId"),
    ("AWS::ApiGatewayV2::Stage", "ApiId"),
];

/// Resources nest this deep at most before a path is given up as a ring.
const DEEPEST: usize = 64;

impl Names<'_> {
    /// All routes by which an API calls what is mentioned, at each of its stages.
    pub(crate) fn routes(&self, mention: &Mention<'_>, api: ResourceId) -> Vec<Route> {
        let Some(ways) = self.ways(mention) else {
            return vec![self.authorizer(api)];
        };
        let mut found = Vec::new();
        for stage in self.stages(api) {
            for (method, path) in &ways {
                found.push(self.route(api, &stage, method, path));
            }
        }
        found
    }

    /// The API that a method, an integration or the like belongs to.
    pub(crate) fn api_of(&self, declared: &Declared) -> Option<ResourceId> {
        let of = ["RestApiId", "ApiId"].iter().find_map(|key| at(&declared.properties, key))?;
        self.itself(of)
    }

    /// An authorizer is called whatever the route.
    fn authorizer(&self, api: ResourceId) -> Route {
        let arn = self.arn(api).then_literal("/authorizers/").then(&Text::name("authorizer"));
        Route { label: None, behind_stage: String::new(), arn }
    }

    fn route(&self, api: ResourceId, stage: &Text, method: &Text, path: &Text) -> Route {
        let any = method.has_open();
        let shown = if any { "*".to_owned() } else { method.shown() };
        let arn = self.arn(api).then_literal("/").then(stage);
        let written = format!("{shown}{}", starred(path));
        let label = if path.atoms.is_empty() {
            shown.clone()
        } else {
            format!("{} {}", if any { "ANY" } else { &shown }, path.shown())
        };
        let arn = arn.then_literal("/").then(method).then(&variables(path));
        Route { label: Some(label), behind_stage: written, arn }
    }

    /// Methods and paths; `None` where the mention is that of an authorizer.
    fn ways(&self, mention: &Mention<'_>) -> Option<Vec<(Text, Text)>> {
        let own = mention.declared;
        match own.type_name.as_str() {
            METHOD => {
                let path =
                    at(&own.properties, "ResourceId").map_or_else(unknown_path, |node| self.path_of(node));
                Some(vec![(self.method(at(&own.properties, "HttpMethod")), path)])
            }
            INTEGRATED => Some(self.routes_of(mention.id)),
            "AWS::ApiGateway::Authorizer" | "AWS::ApiGatewayV2::Authorizer" => None,
            _ => match mention.keys.iter().position(|key| key == INTEGRATION) {
                Some(position) if position > 1 => {
                    let (route, method) = (&mention.keys[position - 2], &mention.keys[position - 1]);
                    Some(vec![in_body(route, method)])
                }
                _ if mention.keys.first().is_some_and(|key| key == "Target") => {
                    let key = scalar_at(&own.properties, "RouteKey").unwrap_or("$default");
                    Some(vec![route_key(key)])
                }
                _ => None,
            },
        }
    }

    fn method(&self, node: Option<&Node>) -> Text {
        let text = node.map_or_else(|| Text::open("method"), |node| self.text(node));
        if text.plain().is_some_and(|word| word.eq_ignore_ascii_case("ANY")) { any_method() } else { text }
    }

    /// The path of a resource of an API: its parts from the root on.
    fn path_of(&self, resource: &Node) -> Text {
        let mut parts = Vec::new();
        let mut next = Some(resource);
        for _ in 0..DEEPEST {
            let Some(id) = next.and_then(|node| self.itself(node)) else { break };
            let own = self.declared(id);
            if own.type_name != RESOURCE {
                // The root of the API itself, by its attribute.
                let path =
                    parts.iter().rev().fold(Text::default(), |path, part| path.then_literal("/").then(part));
                return if path.atoms.is_empty() { Text::literal("/") } else { path };
            }
            parts.push(
                at(&own.properties, "PathPart").map_or_else(|| Text::open("path"), |part| self.text(part)),
            );
            next = at(&own.properties, "ParentId");
        }
        unknown_path()
    }

    /// What the routes of an integration are called.
    fn routes_of(&self, integration: ResourceId) -> Vec<(Text, Text)> {
        let routes = self.declared.iter().filter(|declared| declared.type_name == ROUTE);
        let leads = |route: &&Declared| {
            at(&route.properties, "Target").is_some_and(|target| {
                references(target).iter().any(|one| self.index.itself(&one.resource) == Some(integration))
            })
        };
        let keys = routes.filter(leads).map(|route| {
            scalar_at(&route.properties, "RouteKey").map_or_else(|| (any_method(), unknown_path()), route_key)
        });
        let keys: Vec<_> = keys.collect();
        if keys.is_empty() { vec![(any_method(), unknown_path())] } else { keys }
    }

    /// The stages of an API; one that is open where none is declared.
    fn stages(&self, api: ResourceId) -> Vec<Text> {
        let mut found = Vec::new();
        for declared in self.declared {
            let Some((_, property)) = STAGES.iter().find(|(type_name, _)| *type_name == declared.type_name)
            else {
                continue;
            };
            let of = at(&declared.properties, property).and_then(|node| self.itself(node));
            let is_deployment = declared.type_name == STAGES[1].0;
            if of == Some(api) {
                match at(&declared.properties, "StageName") {
                    Some(name) => found.push(match self.texts(name).as_slice() {
                        [(text, Answer::Yes)] => text.clone(),
                        _ => Text::open("stage"),
                    }),
                    None if is_deployment => {}
                    None => found.push(Text::open("stage")),
                }
            }
        }
        if found.is_empty() {
            found.push(Text::open("stage"));
        }
        found
    }
}

fn any_method() -> Text {
    Text::open("any method")
}

fn unknown_path() -> Text {
    Text::literal("/").then(&Text::open("path"))
}

fn in_body(route: &str, method: &str) -> (Text, Text) {
    if route == "$default" {
        return (Text::literal(route), Text::default());
    }
    let any = method.eq_ignore_ascii_case("any") || method.starts_with("x-amazon");
    let method = if any { any_method() } else { Text::literal(&method.to_ascii_uppercase()) };
    (method, Text::literal(route))
}

/// `GET /items`, or what is no method and path: `$connect`.
fn route_key(key: &str) -> (Text, Text) {
    match key.split_once(' ') {
        Some(("ANY", path)) => (any_method(), Text::literal(path)),
        Some((method, path)) => (Text::literal(method), Text::literal(path)),
        None => (Text::literal(key), Text::default()),
    }
}

/// The path with its variables open: a request fills them in, a greedy one with as many parts as it likes.
fn variables(path: &Text) -> Text {
    let mut found = Text::default();
    let mut inside: Option<Vec<Atom>> = None;
    for atom in &path.atoms {
        match (atom, &mut inside) {
            (Atom::Char('{'), _) => inside = Some(Vec::new()),
            (Atom::Char('}'), Some(name)) => {
                let greedy = name.last() == Some(&Atom::Char('+'));
                found = found.then(&if greedy { Text::open(VARIABLE) } else { Text::name(VARIABLE) });
                inside = None;
            }
            (other, Some(name)) => name.push(other.clone()),
            (other, None) => found.atoms.push(other.clone()),
        }
    }
    found
}

/// What stands for the value of a variable.
const VARIABLE: &str = "path variable";

/// The path with stars for its variables, as permissions are written.
fn starred(path: &Text) -> String {
    let shown = variables(path).shown();
    shown.replace("${path variable}", "*").replace("${path}", "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_a_path_may_be_anything() {
        let path = Text::literal("/orders/{id}/lines/{line+}");
        assert_eq!(starred(&path), "/orders/*/lines/*");
        let called = variables(&path);
        assert_eq!(Text::literal("/orders/*").pattern().like(&called), Answer::Yes);
        assert_eq!(Text::literal("/orders/7/lines/1").like(&called), Answer::Open);
        assert_eq!(Text::literal("/bills/*").pattern().like(&called), Answer::No);
    }

    #[test]
    fn a_route_key_is_a_method_and_a_path_or_a_word() {
        let shown = |key: &str| {
            let (method, path) = route_key(key);
            (method.shown(), path.shown())
        };
        assert_eq!(shown("GET /a"), ("GET".to_owned(), "/a".to_owned()));
        assert_eq!(shown("$connect"), ("$connect".to_owned(), String::new()));
        assert_eq!(shown("ANY /a").0, "${any method}");
    }
}
