//! One pass over all links and exits: each is granted, denied or not known, and what is denied is told.

use std::collections::BTreeMap;

use crate::models::Models;
use crate::template::ReadOptions;
use crate::template::access::callers::{
    Authority, THROUGH_ADDRESS, actions, authority, failure, is_let_in_by_default, principal,
};
use crate::template::access::condition::Fact;
use crate::template::access::mention::Mention;
use crate::template::access::policies::{Decision, Library, Policies};
use crate::template::access::request::{Caller, Request, SOURCE_ACCOUNT, SOURCE_ARN};
use crate::template::access::route::Route;
use crate::template::access::tell::{self, Need};
use crate::template::access::{Answer, Callee, Names, Text};
use crate::template::build::Index;
use crate::template::declared::{Connection, Declared};
use crate::topology::{
    Denial, Exit, InvocationModel, Link, LinkDetail, LinkEnd, RULE, Resource, ResourceDetail, ResourceId,
    Right, RightOf,
};
use crate::vocabulary::{EntityKind, EntityName, Place};

/// What one way in comes to.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Whether it is allowed.
    pub(crate) answer: Answer,
    /// Why that is open.
    pub(crate) why: Option<String>,
    /// What is missing.
    pub(crate) denial: Option<Denial>,
}

impl Asked {
    /// It needs nothing, or has what it needs.
    pub(crate) const YES: Self = Self { answer: Answer::Yes, why: None, denial: None };

    /// It cannot be told.
    pub(crate) fn open(why: impl Into<String>) -> Self {
        Self { answer: Answer::Open, why: Some(why.into()), denial: None }
    }
}

/// Who acts on what, for people.
pub(crate) struct Act {
    /// The caller.
    pub(crate) caller: String,
    /// The action.
    pub(crate) action: String,
}

/// The judging at work.
pub(crate) struct Judge<'a> {
    pub(crate) models: &'a Models,
    pub(crate) names: Names<'a>,
    pub(crate) library: Library<'a>,
    connections: &'a [Connection],
    functions: BTreeMap<ResourceId, Policies>,
    targets: BTreeMap<ResourceId, Policies>,
    pub(crate) rights: Vec<Right>,
}

impl<'a> Judge<'a> {
    /// Nothing judged yet.
    pub(crate) fn new(models: &'a Models, names: Names<'a>, connections: &'a [Connection]) -> Self {
        Self {
            models,
            names,
            connections,
            library: Library { models, names },
            functions: BTreeMap::new(),
            targets: BTreeMap::new(),
            rights: Vec::new(),
        }
    }

    /// All links and exits.
    pub(crate) fn all(&mut self, links: &mut [Link], resources: &mut [Resource]) {
        for link in links.iter_mut() {
            link.permitted = self.link(link).permitted();
            let late = self.late(link);
            if let LinkDetail::Delivers(delivery) = &mut link.detail {
                delivery.late = late;
            }
            self.failures_of_stream(link);
            if let LinkDetail::Delivers(delivery) = &mut link.detail
                && let Some(exit) = &mut delivery.dead_letter
            {
                exit.permitted =
                    self.service_exit(&link.source, &link.from, exit, &delivery.name).permitted();
            }
        }
        for (position, resource) in resources.iter_mut().enumerate() {
            if let ResourceDetail::Function(function) = &mut resource.detail {
                self.function_exits(ResourceId(position as u32), function);
            }
        }
    }

    fn link(&mut self, link: &Link) -> Answer {
        if self.is_connected(&link.from, &link.to) {
            return Answer::Yes;
        }
        match &link.detail {
            LinkDetail::QueuePolling(mapping) => self.polling(link, &mapping.name),
            LinkDetail::Sends(_) => self.sending(link),
            LinkDetail::StreamPolling(mapping) => self.streaming(link, &mapping.name),
            LinkDetail::Delivers(_) | LinkDetail::Unmodelled => self.delivering(link),
        }
    }

    /// A service that pushes.
    fn delivering(&mut self, link: &Link) -> Answer {
        let LinkEnd::Resource(to) = link.to else { return Answer::Open };
        let target = self.names.declared(to);
        let name = format!("{}->{}", self.end(&link.from), target.name);
        let done = actions(&target.type_name);
        let authority = authority(self.models, &link.source, &target.type_name);
        let mentions = self.names.mentions(&link.from, to);
        let asked: Vec<Asked> = match &authority {
            _ if target.type_name == RULE => return Answer::Yes,
            _ if done.is_empty() => return Answer::Open,
            Authority::Open => return Answer::Open,
            Authority::Address => self.address(to),
            Authority::Service(_) | Authority::Role if mentions.is_empty() => {
                vec![self.as_permitted(link, to)]
            }
            Authority::Service(principal) => {
                mentions.iter().flat_map(|mention| self.called(link, mention, to, principal)).collect()
            }
            Authority::Role => mentions.iter().map(|mention| self.by_role(link, mention, to)).collect(),
        };
        let caller = match &authority {
            Authority::Service(principal) => principal.clone(),
            Authority::Role => format!("the role of {}", self.end(&link.from)),
            Authority::Address | Authority::Open => "any caller".to_owned(),
        };
        let action = if authority == Authority::Address { THROUGH_ADDRESS } else { done[0] };
        let act = Act { caller, action: action.to_owned() };
        self.write(EntityName::new(EntityKind::Mapping, &name), RightOf::Link, act, link, &asked);
        let key = self.key_of_link(link, to, &authority, &mentions);
        at_best(&asked).and(key)
    }

    /// One mention by a service: API Gateway may be given a role for it.
    fn called(&mut self, link: &Link, mention: &Mention<'_>, to: ResourceId, principal: &str) -> Vec<Asked> {
        let has_role = mention.role.is_some();
        if has_role && (is_api(&link.source) || link.model == InvocationModel::Sync) {
            return vec![self.by_role(link, mention, to)];
        }
        let routes = match &link.from {
            LinkEnd::Resource(api) if is_api(&link.source) => {
                let api = self.names.api_of(mention.declared).unwrap_or(*api);
                self.names.routes(mention, api).into_iter().map(Some).collect()
            }
            LinkEnd::Resource(_) | LinkEnd::Outside(_) | LinkEnd::Missing(_) => vec![None],
        };
        let each = routes.iter().map(|route| self.by_service(link, mention, to, principal, route.as_ref()));
        let mut asked: Vec<Asked> = each.collect();
        if has_role && is_rule(&link.source) {
            let role = self.by_role(link, mention, to);
            return asked.into_iter().map(|policy| either(policy, &role)).collect();
        }
        if has_role {
            // A role stands beside the policy; which of them counts is not the same for all targets.
            asked.iter_mut().filter(|one| one.answer == Answer::No).for_each(|one| {
                *one = Asked::open("the source has a role of its own for this target");
            });
        }
        asked
    }

    fn by_service(
        &mut self,
        link: &Link,
        mention: &Mention<'_>,
        to: ResourceId,
        principal: &str,
        route: Option<&Route>,
    ) -> Asked {
        let request = self.service_request(link, Some(mention), to, principal, route);
        let policies = self.policies_of(to).clone();
        let rule = failure(self.models, &link.source, link.model);
        let has_none = policies.statements.is_empty() && policies.open.is_none();
        let mut asked = if has_none && self.is_let_in_by_default(link, to) {
            Asked::YES
        } else {
            self.told(policies.decide(&request), &request, to, &rule, route, Some(mention))
        };
        asked.answer =
            asked.answer.and(if mention.there == Answer::Yes { Answer::Yes } else { Answer::Open });
        asked
    }

    fn is_let_in_by_default(&self, link: &Link, to: ResourceId) -> bool {
        is_let_in_by_default(self.models, &link.source, &self.names.declared(to).type_name)
    }

    /// The request of a service for a target, with what it says of itself.
    pub(crate) fn service_request(
        &self,
        link: &Link,
        mention: Option<&Mention<'_>>,
        to: ResourceId,
        principal: &str,
        route: Option<&Route>,
    ) -> Request {
        let target = self.names.declared(to);
        let action = actions(&target.type_name).first().copied().unwrap_or_default();
        let resource = match mention {
            Some(mention) if target.type_name == FUNCTION => Callee::of(mention.text.clone()).mark(),
            _ => self.names.arn(to),
        };
        let caller = Caller::Service(principal.to_owned());
        let request = Request::new(caller, action.to_owned(), resource);
        let source = match (route, mention) {
            (Some(route), _) => Some(route.arn.clone()),
            (None, mention) => self.source_arn(&link.source, &link.from, mention),
        };
        self.service_facts(request, &link.source, &link.from, source)
    }

    /// What any service says of itself.
    pub(crate) fn service_facts(
        &self,
        request: Request,
        source: &str,
        from: &LinkEnd,
        arn: Option<Text>,
    ) -> Request {
        let mut request = request
            .with("aws:SecureTransport", Fact::Is(Text::literal("true")))
            .with("aws:PrincipalIsAWSService", Fact::Is(Text::literal("true")))
            .with("aws:PrincipalArn", Fact::Absent);
        if let Some(arn) = arn {
            request = request.with(SOURCE_ARN, Fact::Is(arn));
        }
        //= access.rule_account
        let tells_account = !matches!(source, "eventbridge" | "schedule");
        if let (LinkEnd::Resource(id), true) = (from, tells_account) {
            let account = self.names.account(self.names.declared(*id));
            request = request.with(SOURCE_ACCOUNT, Fact::Is(account));
        }
        request
    }

    /// The ARN that a service calls for; `None` where that is not known.
    pub(crate) fn source_arn(
        &self,
        source: &str,
        from: &LinkEnd,
        mention: Option<&Mention<'_>>,
    ) -> Option<Text> {
        if UNTOLD.contains(&source) {
            return None;
        }
        let rule = mention.filter(|mention| mention.declared.type_name == "AWS::Events::Rule");
        match (rule, from) {
            (Some(mention), _) => Some(self.names.arn(mention.id)),
            (None, LinkEnd::Resource(id)) => Some(self.names.arn(*id)),
            (None, LinkEnd::Outside(text)) if text.starts_with("arn:") => Some(self.names.literal(text)),
            (None, LinkEnd::Outside(_) | LinkEnd::Missing(_)) => None,
        }
    }

    /// A caller that acts as a role: the role has to be one that it may take, with the right.
    fn by_role(&mut self, link: &Link, mention: &Mention<'_>, to: ResourceId) -> Asked {
        let Some(role) = mention.role else { return Asked::open("it names no role") };
        let trusted = principal(self.models, &link.source);
        let target = self.names.declared(to);
        let resource = if target.type_name == FUNCTION {
            self.function_arn(to, &Callee::of(mention.text.clone()))
        } else {
            self.names.arn(to)
        };
        let done = actions(&target.type_name);
        let failure = failure(self.models, &link.source, link.model);
        let need = RoleNeed { role, trusted, actions: done, resource, rule: &failure };
        let mut asked = self.role(&need, to);
        asked.answer =
            asked.answer.and(if mention.there == Answer::Yes { Answer::Yes } else { Answer::Open });
        asked
    }

    /// The ARN of a function with the qualifier of a call.
    pub(crate) fn function_arn(&self, function: ResourceId, callee: &Callee) -> Text {
        let arn = self.names.arn(function);
        match &callee.qualifier {
            Some(qualifier) => arn.then_literal(":").then(qualifier),
            None => arn,
        }
    }

    /// A link that nothing but a permission tells of is as that permission says.
    fn as_permitted(&mut self, link: &Link, to: ResourceId) -> Asked {
        let target = self.names.declared(to);
        let Some(principal) = principal(self.models, &link.source) else {
            return Asked::open("who calls is not known");
        };
        if target.type_name != FUNCTION {
            return Asked::open("how it is called is not known");
        }
        let policies = self.policies_of(to);
        let named = policies
            .statements
            .iter()
            .filter(|one| one.effect == crate::template::access::statement::Effect::Allow);
        let fits = named.map(|one| {
            let mut request =
                Request::new(Caller::Service(principal.clone()), INVOKE.to_owned(), Text::default());
            request.facts.extend(one.conditions.iter().map(|one| (one.key.clone(), Fact::AsAsked)));
            let (_, misses) = request.fits(one);
            let only_form =
                misses.iter().all(|miss| *miss == crate::template::access::request::Miss::Resource);
            Answer::of(only_form).and(one.present)
        });
        match Answer::any(fits) {
            Answer::Yes => Asked::YES,
            Answer::Open | Answer::No => Asked::open("nothing tells how it is called"),
        }
    }

    /// The policies of what is acted on.
    pub(crate) fn policies_of(&mut self, id: ResourceId) -> &Policies {
        let library = self.library;
        if self.names.declared(id).type_name == FUNCTION {
            self.functions.entry(id).or_insert_with(|| library.function(id))
        } else {
            self.targets.entry(id).or_insert_with(|| library.resource(id))
        }
    }

    /// A decision with words for what is missing.
    pub(crate) fn told(
        &self,
        decision: Decision,
        request: &Request,
        to: ResourceId,
        rule: &str,
        route: Option<&Route>,
        mention: Option<&Mention<'_>>,
    ) -> Asked {
        let Decision { answer, why, nearest } = decision;
        let need = Need { request, to, route, mention };
        let denial = (answer == Answer::No).then(|| Denial {
            way: route.and_then(|route| route.label.clone()),
            nearly: nearest.as_ref().and_then(|nearest| tell::nearly(&self.names, &need, nearest)),
            rule: rule.to_owned(),
            repair: tell::repair(&self.names, &need, nearest.as_ref()),
        });
        Asked { answer, why, denial }
    }

    /// Whether a connector of SAM's lets one resource use another; it writes the policies for that.
    pub(crate) fn is_connected(&self, from: &LinkEnd, to: &LinkEnd) -> bool {
        let is = |id: &str, end: &LinkEnd| {
            self.names.index.logical(id).is_some_and(|found| *end == LinkEnd::Resource(found))
        };
        self.connections.iter().any(|one| {
            let read = one.permissions.iter().any(|word| word == "Read");
            let write = one.permissions.iter().any(|word| word == "Write");
            (write && is(&one.from, from) && is(&one.to, to))
                || (read && is(&one.from, to) && is(&one.to, from))
        })
    }

    /// Writes down what one link, exit or key comes to.
    pub(crate) fn write(&mut self, name: EntityName, of: RightOf, act: Act, at: &impl Ends, asked: &[Asked]) {
        let worst = Answer::all(asked.iter().map(|one| one.answer));
        let right = Right {
            name,
            from: self.end(at.from()),
            to: self.end(at.to()),
            of,
            caller: act.caller,
            action: act.action,
            permitted: worst.permitted(),
            why: asked.iter().find_map(|one| one.why.clone()),
            denials: asked.iter().filter_map(|one| one.denial.clone()).collect(),
            place: at.place().cloned(),
        };
        if !self
            .rights
            .iter()
            .any(|other| other.name == right.name && other.of == of && other.place == right.place)
        {
            self.rights.push(right);
        }
    }

    /// What an end is called.
    pub(crate) fn end(&self, end: &LinkEnd) -> String {
        match end {
            LinkEnd::Resource(id) => self.names.declared(*id).name.clone(),
            LinkEnd::Outside(name) | LinkEnd::Missing(name) => self.names.called(name).to_owned(),
        }
    }
}

/// What a role is needed for.
pub(crate) struct RoleNeed<'a> {
    /// What names it.
    pub(crate) role: &'a crate::template::Node,
    /// The service that takes it.
    pub(crate) trusted: Option<String>,
    /// Any one of these.
    pub(crate) actions: &'a [&'a str],
    /// On this.
    pub(crate) resource: Text,
    /// What becomes of it without.
    pub(crate) rule: &'a str,
}

/// Something with two ends and a place.
pub(crate) trait Ends {
    /// Where it comes from.
    fn from(&self) -> &LinkEnd;
    /// Where it leads.
    fn to(&self) -> &LinkEnd;
    /// Where it is declared.
    fn place(&self) -> Option<&Place>;
}

impl Ends for Link {
    fn from(&self) -> &LinkEnd {
        &self.from
    }

    fn to(&self) -> &LinkEnd {
        &self.to
    }

    fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}

impl Ends for (&LinkEnd, &Exit) {
    fn from(&self) -> &LinkEnd {
        self.0
    }

    fn to(&self) -> &LinkEnd {
        &self.1.target
    }

    fn place(&self) -> Option<&Place> {
        self.1.place.as_ref()
    }
}

pub(crate) const FUNCTION: &str = "AWS::Lambda::Function";
pub(crate) const INVOKE: &str = "lambda:InvokeFunction";

/// Sources that call for something whose ARN the template does not tell.
const UNTOLD: [&str; 5] = ["ses", "config", "secrets_manager", "alexa", "lex"];

fn is_rule(source: &str) -> bool {
    matches!(source, "eventbridge" | "schedule")
}

/// What the policy of a rule's target and the role of the rule come to together.
fn either(policy: Asked, role: &Asked) -> Asked {
    //= eventbridge.target_role
    match (policy.answer, role.answer) {
        (_, Answer::Yes) | (Answer::No, Answer::No) => role.clone(),
        (Answer::Yes, Answer::No) => Asked::open(
            "the policy of the target allows it and the role of the rule does not: whether the policy still counts is \
             not documented",
        ),
        (Answer::Yes, Answer::Open) => policy,
        (Answer::Open | Answer::No, _) => Asked::open("what the role of the rule allows decides"),
    }
}

fn is_api(source: &str) -> bool {
    matches!(source, "api_gateway" | "http_api" | "websocket_api")
}

/// What a link comes to at run time: it works where one of its ways in does.
pub(crate) fn at_best(asked: &[Asked]) -> Answer {
    if asked.is_empty() { Answer::Open } else { Answer::any(asked.iter().map(|one| one.answer)) }
}

/// Judges all links and exits, and fills in what they come to.
pub(crate) fn judge(
    models: &Models,
    (declared, connections): (&[Declared], &[Connection]),
    index: &Index,
    links: &mut [Link],
    resources: &mut [Resource],
) -> Vec<Right> {
    let stand_ins = ReadOptions::with_stand_ins();
    let names = Names { declared, index, stand_ins: &stand_ins };
    let mut judge = Judge::new(models, names, connections);
    judge.all(links, resources);
    judge.rights
}
