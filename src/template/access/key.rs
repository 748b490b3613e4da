//! Keys that encrypt queues and topics: whoever sends or receives has to be allowed to use them.

use crate::template::access::callers::{Authority, SENDER_KEY_ACTIONS};
use crate::template::access::judge::{Act, Asked, Ends, Judge};
use crate::template::access::mention::Mention;
use crate::template::access::policies::{Decision, Policies};
use crate::template::access::request::{Caller, Request};
use crate::template::access::{Answer, Text};
use crate::template::tree::at;
use crate::topology::{Link, LinkEnd, ResourceId, RightOf};
use crate::vocabulary::{EntityName, Place};

/// What becomes of events for something encrypted whose key may not be used.
const KEY_RULE: &str = "access.denied_key";

/// A key, as far as it is known.
enum Key {
    /// The target is not encrypted with one.
    None,
    /// The one that AWS manages for a service: its policy lets in the roles of the account, and no service.
    Managed,
    /// One of the template.
    Declared(ResourceId),
    /// Another one.
    Elsewhere,
}

/// The ends of a key's right: from whoever acts, to what is encrypted, where that says so.
struct KeyEnds<'a> {
    from: &'a LinkEnd,
    to: &'a LinkEnd,
    place: Option<Place>,
}

impl Ends for KeyEnds<'_> {
    fn from(&self) -> &LinkEnd {
        self.from
    }

    fn to(&self) -> &LinkEnd {
        self.to
    }

    fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}

impl Judge<'_> {
    fn key_of(&self, to: ResourceId) -> Key {
        let own = self.names.declared(to);
        let property = match own.type_name.as_str() {
            "AWS::SQS::Queue" | "AWS::SNS::Topic" => "KmsMasterKeyId",
            _ => return Key::None,
        };
        let Some(node) = own.properties.get(property) else { return Key::None };
        let texts = self.names.texts(node);
        let [(text, Answer::Yes)] = texts.as_slice() else {
            return if texts.is_empty() { Key::None } else { Key::Elsewhere };
        };
        let managed = |text: &str| text.ends_with("alias/aws/sqs") || text.ends_with("alias/aws/sns");
        if text.plain().is_some_and(|text| managed(&text)) {
            return Key::Managed;
        }
        let mut found = self.names.itself(node);
        if let Some(alias) = found.filter(|id| self.names.declared(*id).type_name == "AWS::KMS::Alias") {
            let target = at(&self.names.declared(alias).properties, "TargetKeyId");
            found = target.and_then(|target| self.names.itself(target));
        }
        match found {
            Some(id) if self.names.declared(id).type_name == "AWS::KMS::Key" => Key::Declared(id),
            Some(_) | None => Key::Elsewhere,
        }
    }

    /// The key of what a link leads to, for whoever calls.
    pub(crate) fn key_of_link(
        &mut self,
        link: &Link,
        to: ResourceId,
        authority: &Authority,
        mentions: &[Mention<'_>],
    ) -> Answer {
        let name = EntityName::new(
            crate::vocabulary::EntityKind::Mapping,
            &format!("{}->{}", self.end(&link.from), self.end(&link.to)),
        );
        match authority {
            Authority::Service(principal) => {
                let request = self.service_request(link, mentions.first(), to, principal, None);
                self.key_for_service(link, to, &request, &name)
            }
            Authority::Role => match mentions.iter().find_map(|mention| mention.role) {
                Some(role) => self.key_for(link, to, &SENDER_KEY_ACTIONS, &name, role),
                None => self.without_key(to),
            },
            Authority::Address | Authority::Open => self.without_key(to),
        }
    }

    /// Granted where there is no key to use.
    fn without_key(&self, to: ResourceId) -> Answer {
        match self.key_of(to) {
            Key::None => Answer::Yes,
            Key::Managed | Key::Declared(_) | Key::Elsewhere => Answer::Open,
        }
    }

    /// The key of a target for a service: the policy of the key has to name it.
    pub(crate) fn key_for_service(
        &mut self,
        ends: &impl Ends,
        to: ResourceId,
        request: &Request,
        name: &EntityName,
    ) -> Answer {
        let key = match self.key_of(to) {
            Key::None => return Answer::Yes,
            Key::Elsewhere => None,
            Key::Managed => Some(None),
            Key::Declared(key) => Some(Some(key)),
        };
        let asked: Vec<Asked> = SENDER_KEY_ACTIONS
            .iter()
            .map(|action| match key {
                None => Asked::open("the key is declared elsewhere"),
                Some(None) => {
                    self.told(no_policy(), &with(request, action, Text::default()), to, KEY_RULE, None, None)
                }
                Some(Some(key)) => {
                    let request = with(request, action, self.names.arn(key));
                    let decision = self.policies_of(key).clone().decide(&request);
                    self.told(decision, &request, key, KEY_RULE, None, None)
                }
            })
            .collect();
        let caller = match &request.caller {
            Caller::Service(name) => name.clone(),
            Caller::Role(_) | Caller::Anyone => "the caller".to_owned(),
        };
        self.key_right(ends, to, caller, name, &asked)
    }

    /// The key of a target for the execution role of a function.
    pub(crate) fn key_for_role(
        &mut self,
        ends: &impl Ends,
        function: ResourceId,
        to: ResourceId,
        actions: &[&str],
        name: &EntityName,
    ) -> Answer {
        match self.own_role(function) {
            Some(role) => self.key_for(ends, to, actions, name, role),
            None => self.without_key(to),
        }
    }

    fn key_for(
        &mut self,
        ends: &impl Ends,
        to: ResourceId,
        actions: &[&str],
        name: &EntityName,
        role: &crate::template::Node,
    ) -> Answer {
        let asked: Vec<Asked> = match self.key_of(to) {
            Key::None | Key::Managed => return Answer::Yes,
            Key::Elsewhere => vec![Asked::open("the key is declared elsewhere")],
            Key::Declared(key) => {
                actions.iter().map(|action| self.role_with_key(role, action, key)).collect()
            }
        };
        let caller = match self.library.role_of(role) {
            Some(id) => self.names.declared(id).name.clone(),
            None => "the role".to_owned(),
        };
        self.key_right(ends, to, caller, name, &asked)
    }

    /// A key's own policy allows a role, or it leaves that to the account's policies and those allow it.
    fn role_with_key(&mut self, role: &crate::template::Node, action: &str, key: ResourceId) -> Asked {
        let (own, id) = self.library.role(role);
        let request = self.role_request(id, action, self.names.arn(key));
        let has_policy = self.names.declared(key).properties.get("KeyPolicy").is_some();
        let policy = self.policies_of(key).clone();
        let direct = policy.decide(&request);
        let root = Text::literal("arn:aws:iam::").then(&self.names.account(self.names.declared(key)));
        let account = Request { caller: Caller::Role(root.then_literal(":root")), ..request.clone() };
        let delegates = if has_policy { policy.decide(&account).answer } else { Answer::Yes };
        let identity = own.decide(&request);
        let answer = direct.answer.or(delegates.and(identity.answer));
        let why = identity.why.clone().or(direct.why);
        self.told(Decision { answer, why, nearest: identity.nearest }, &request, key, KEY_RULE, None, None)
    }

    fn key_right(
        &mut self,
        ends: &impl Ends,
        to: ResourceId,
        caller: String,
        name: &EntityName,
        asked: &[Asked],
    ) -> Answer {
        let worst = Answer::all(asked.iter().map(|one| one.answer));
        let at = asked.iter().position(|one| one.answer == worst).unwrap_or_default();
        let action = SENDER_KEY_ACTIONS.get(at).copied().unwrap_or_default().to_owned();
        let place = at_key(self.names.declared(to));
        let ends = KeyEnds { from: ends.from(), to: ends.to(), place };
        let told: Vec<Asked> = asked.get(at).cloned().into_iter().collect();
        self.write(name.clone(), RightOf::Key, Act { caller, action }, &ends, &told);
        worst
    }
}

fn at_key(declared: &crate::template::declared::Declared) -> Option<Place> {
    declared.properties.get("KmsMasterKeyId").map(|node| node.place.clone())
}

fn no_policy() -> Decision {
    Policies::default().decide(&Request::new(Caller::Anyone, String::new(), Text::default()))
}

fn with(request: &Request, action: &str, resource: Text) -> Request {
    Request { action: action.to_owned(), resource, ..request.clone() }
}
