//! What callers may do that act as a role: pollers, senders, exits of functions, and services with a role of their own.

use crate::template::Node;
use crate::template::access::callers::{
    CALLING, DEAD_LETTER, DESTINATION, PIPE_ROLE, POLLING, SENDING, STREAM_FAILURE, STREAMING, actions,
    principal,
};
use crate::template::access::condition::Fact;
use crate::template::access::judge::{Act, Asked, FUNCTION, INVOKE, Judge, RoleNeed};
use crate::template::access::policies::{Decision, Policies};
use crate::template::access::request::{Caller, Request, SOURCE_ACCOUNT, SOURCE_ARN};
use crate::template::access::{Answer, Text};
use crate::template::build::PIPE;
use crate::template::tree;
use crate::topology::{
    Denial, Exit, Function, InvokeConfig, Link, LinkDetail, LinkEnd, ResourceId, RightOf, RightRepair,
};
use crate::vocabulary::{EntityKind, EntityName};

/// What a caller does to take a role.
const ASSUME: &str = "sts:AssumeRole";

impl<'a> Judge<'a> {
    /// The request of a role.
    pub(crate) fn role_request(&self, role: Option<ResourceId>, action: &str, resource: Text) -> Request {
        let arn = role.map_or_else(|| Text::open("the role"), |role| self.names.arn(role));
        Request::new(Caller::Role(arn.clone()), action.to_owned(), resource)
            .with("aws:SecureTransport", Fact::Is(Text::literal("true")))
            .with("aws:PrincipalIsAWSService", Fact::Is(Text::literal("false")))
            .with("aws:ViaAWSService", Fact::Is(Text::literal("false")))
            .with("aws:PrincipalArn", Fact::Is(arn))
            .with(SOURCE_ARN, Fact::Absent)
            .with(SOURCE_ACCOUNT, Fact::Absent)
    }

    /// Whether a role may do one of several things to a resource of the template.
    pub(crate) fn role(&mut self, need: &RoleNeed<'_>, to: ResourceId) -> Asked {
        let (own, role) = self.library.role(need.role);
        let trust = match (role, &need.trusted) {
            (Some(role), Some(service)) => self.trust(role, service),
            (Some(_) | None, None) | (None, Some(_)) => Answer::Yes,
        };
        let mut best: Option<Asked> = None;
        for action in need.actions {
            let request = self.role_request(role, action, need.resource.clone());
            let decision = self.decide(&own, &request, to);
            let asked = self.told(decision, &request, to, need.rule, None, None);
            if best.as_ref().is_none_or(|best| asked.answer > best.answer) {
                best = Some(asked);
            }
        }
        let best = best.unwrap_or(Asked::YES);
        match (trust, &need.trusted, role) {
            (Answer::No, Some(service), Some(role)) => self.untrusted(role, service, need.rule),
            (Answer::Open, _, _) if best.answer == Answer::Yes => {
                Asked::open("who may take the role is not known")
            }
            _ => best,
        }
    }

    /// A role's own policies and those of what it acts on, together: either may allow, each may deny.
    fn decide(&mut self, own: &Policies, request: &Request, to: ResourceId) -> Decision {
        let mut theirs = self.policies_of(to).clone();
        if self.names.declared(to).type_name == FUNCTION {
            // A function's policy knows functions by another mark than roles do.
            let mark = crate::template::access::Callee::of(request.resource.clone()).mark();
            theirs.statements.retain(|one| one.resource.fits(&mark) != Answer::No);
            for statement in &mut theirs.statements {
                statement.resource = own_resource(&request.resource);
            }
        }
        own.clone().join(Policies { open: own.open.clone(), ..theirs }).decide(request)
    }

    /// Whether a service may take a role.
    fn trust(&self, role: ResourceId, service: &str) -> Answer {
        let own = self.names.declared(role);
        let Some(document) = own.properties.get("AssumeRolePolicyDocument") else { return Answer::Yes };
        let label = format!("the trust policy of {}", own.name);
        let statements = crate::template::access::Statement::all(&self.names, document, &label, Answer::Yes);
        let Some(statements) = statements else { return Answer::Open };
        let caller = Caller::Service(service.to_owned());
        let request = Request::new(caller, ASSUME.to_owned(), Text::default());
        Policies { statements, open: None }.decide(&request).answer
    }

    /// What is missing where a service may not take a role.
    fn untrusted(&self, role: ResourceId, service: &str, failure: &str) -> Asked {
        let own = self.names.declared(role);
        let place = own.properties.get("AssumeRolePolicyDocument").map(|node| node.place.clone());
        let lines = [
            "- Effect: Allow".to_owned(),
            format!("  Principal: {{Service: {service}}}"),
            format!("  Action: {ASSUME}"),
        ];
        let repair = RightRepair {
            says: format!("let {service} take the role {}", own.name),
            lines: lines.to_vec(),
            place: None,
        };
        let says = format!("the trust policy of {} does not name {service}", own.name);
        let denial = Denial { way: None, nearly: Some((says, place)), rule: failure.to_owned(), repair };
        Asked { answer: Answer::No, why: None, denial: Some(denial) }
    }

    /// A function that polls a queue, or a pipe that does.
    pub(crate) fn polling(&mut self, link: &Link, name: &EntityName) -> Answer {
        //= queue_poll.role_permissions
        self.reading(link, name, (POLLING, "actions"))
    }

    /// A function that reads a stream; in the rule each source has the actions that it takes.
    pub(crate) fn streaming(&mut self, link: &Link, name: &EntityName) -> Answer {
        //= stream_poll.role_permissions
        self.reading(link, name, (STREAMING, &link.source))
    }

    /// Where a mapping sends what it gives up: the execution role of the function does that too.
    pub(crate) fn failures_of_stream(&mut self, link: &mut Link) {
        let LinkEnd::Resource(function) = link.to else { return };
        let reader = link.pipe().unwrap_or(function);
        if let LinkDetail::StreamPolling(mapping) = &mut link.detail
            && let Some(exit) = &mut mapping.on_failure
        {
            //= stream_poll.destination_permission
            exit.permitted = self.role_exit(reader, exit, STREAM_FAILURE).permitted();
        }
    }

    /// What a rule says that reading takes: each of its actions has to be allowed.
    fn reading(&mut self, link: &Link, name: &EntityName, (rule, values): (&str, &str)) -> Answer {
        let (LinkEnd::Resource(queue), LinkEnd::Resource(function)) = (&link.from, &link.to) else {
            return Answer::Open;
        };
        let declared = self.models.texts(rule, values).unwrap_or_default();
        let mut declared: Vec<String> = declared.into_iter().map(str::to_owned).collect();
        if declared.is_empty() {
            return Answer::Open;
        }
        let (reader, denied) = link.pipe().map_or((*function, rule), |pipe| (pipe, PIPE_ROLE));
        let mut asked: Vec<Asked> =
            declared.iter().map(|action| self.by_role_of(reader, &[action], *queue, denied)).collect();
        if reader != *function && self.names.declared(*function).type_name == FUNCTION {
            asked.push(self.by_role_of(reader, &[INVOKE], *function, CALLING));
            declared.push(INVOKE.to_owned());
        }
        let worst = Answer::all(asked.iter().map(|one| one.answer));
        let action =
            asked.iter().position(|one| one.answer == worst).and_then(|at| declared.get(at)).cloned();
        let lacks = |(one, action): &(&Asked, &String)| one.denial.is_some() && *action != INVOKE;
        let missing = asked.iter().zip(&declared).filter(lacks);
        let missing: Vec<String> = missing.map(|(_, action)| action.clone()).collect();
        let mut first = asked.into_iter().find(|one| one.answer == worst).unwrap_or(Asked::YES);
        if let (Some(denial), Some(one)) = (&mut first.denial, &action) {
            allow_all(&mut denial.repair, one, &missing);
        }
        let act = Act { caller: self.role_of(reader), action: action.unwrap_or_default() };
        self.write(name.clone(), RightOf::Link, act, link, &[first]);
        let key = self.key_for_role(link, reader, *queue, &["kms:Decrypt"], name);
        worst.and(key)
    }

    /// A function that sends, or a pipe that does.
    pub(crate) fn sending(&mut self, link: &Link) -> Answer {
        let (LinkEnd::Resource(from), LinkEnd::Resource(to)) = (&link.from, &link.to) else {
            return Answer::Open;
        };
        let sender = &link.pipe().unwrap_or(*from);
        let done = actions(&self.names.declared(*to).type_name);
        let Some(action) = done.first() else { return Answer::Open };
        let asked = self.by_role_of(*sender, done, *to, SENDING);
        let answer = asked.answer;
        let name = format!("{}->{}", self.end(&link.from), self.end(&link.to));
        let name = EntityName::new(EntityKind::Mapping, &name);
        let act = Act { caller: self.role_of(*sender), action: (*action).to_owned() };
        self.write(name.clone(), RightOf::Link, act, link, &[asked]);
        let keys = crate::template::access::callers::SENDER_KEY_ACTIONS;
        answer.and(self.key_for_role(link, *sender, *to, &keys, &name))
    }

    /// What the role of a function or pipe may do.
    fn by_role_of(&mut self, holder: ResourceId, actions: &[&str], to: ResourceId, failure: &str) -> Asked {
        //= pipes.role
        let is_pipe = self.names.declared(holder).type_name == PIPE;
        let trusted = if is_pipe { principal(self.models, "pipes") } else { None };
        let Some(role) = self.own_role(holder) else { return Asked::open("it has no role") };
        let resource = match self.names.declared(to).type_name.as_str() {
            "AWS::S3::Bucket" => self.names.arn(to).then_literal("/").then(&Text::open("key")),
            _ if self.names.is_table(to) => self.names.stream(to),
            _ => self.names.arn(to),
        };
        self.role(&RoleNeed { role, trusted, actions, resource, rule: failure }, to)
    }

    /// What names the role of a function or pipe.
    pub(crate) fn own_role(&self, holder: ResourceId) -> Option<&'a Node> {
        let own = &self.names.declared(holder).properties;
        own.get("Role").or_else(|| own.get("RoleArn"))
    }

    /// What people call the role of a function or pipe.
    pub(crate) fn role_of(&self, holder: ResourceId) -> String {
        let role = self.own_role(holder);
        match role.and_then(|role| self.library.role_of(role)) {
            Some(id) => self.names.declared(id).name.clone(),
            None => role.map_or_else(|| "no role".to_owned(), tree::render),
        }
    }

    /// The dead-letter queue and the destinations of a function: its execution role sends there.
    pub(crate) fn function_exits(&mut self, id: ResourceId, function: &mut Function) {
        let configs = std::iter::once(&mut function.invoke_default).chain(&mut function.invoke_configs);
        let destinations = configs.flat_map(|InvokeConfig { on_success, on_failure, .. }| {
            [(on_success, DESTINATION), (on_failure, DESTINATION)]
        });
        let exits = std::iter::once((&mut function.dead_letter, DEAD_LETTER)).chain(destinations);
        for (exit, rule) in exits {
            if let Some(exit) = exit {
                exit.permitted = self.role_exit(id, exit, rule).permitted();
            }
        }
    }

    /// An exit that the execution role of a function pays for.
    pub(crate) fn role_exit(&mut self, function: ResourceId, exit: &Exit, rule: &str) -> Answer {
        let LinkEnd::Resource(to) = exit.target else { return Answer::Open };
        let done = actions(&self.names.declared(to).type_name);
        let Some(action) = done.first() else { return Answer::Open };
        let from = LinkEnd::Resource(function);
        let asked = self.by_role_of(function, done, to, rule);
        let answer = asked.answer;
        let name = format!("{}->{}", self.end(&from), self.end(&exit.target));
        let name = EntityName::new(EntityKind::Mapping, &name);
        let act = Act { caller: self.role_of(function), action: (*action).to_owned() };
        self.write(name.clone(), RightOf::Exit, act, &(&from, exit), &[asked]);
        let keys = crate::template::access::callers::SENDER_KEY_ACTIONS;
        answer.and(self.key_for_role(&(&from, exit), function, to, &keys, &name))
    }
}

/// A statement that allows all that is missing, where it would allow one of it.
fn allow_all(repair: &mut RightRepair, one: &str, missing: &[String]) {
    if missing.len() < 2 || !missing.iter().any(|action| action == one) {
        return;
    }
    let (before, after) = (format!("Action: {one}"), format!("Action: [{}]", missing.join(", ")));
    repair.says = repair.says.replace(one, &missing.join(", "));
    for line in &mut repair.lines {
        *line = line.replace(&before, &after);
    }
}

fn own_resource(resource: &Text) -> crate::template::access::statement::Matcher {
    let patterns = vec![(resource.clone(), Answer::Yes)];
    crate::template::access::statement::Matcher {
        patterns,
        sense: crate::template::access::statement::Sense::Listed,
    }
}
