//! Dead-letter queues of links: the service that could not deliver sends there, and the queue has to let it.

use crate::template::access::callers::{Authority, THROUGH_ADDRESS, actions, authority, exit_failure};
use crate::template::access::condition::Fact;
use crate::template::access::judge::{Act, Asked, Judge, RoleNeed};
use crate::template::access::request::{Caller, Request};
use crate::template::access::{Answer, Text};
use crate::template::tree::at;
use crate::topology::{Exit, LinkEnd, ResourceId, RightOf};
use crate::vocabulary::EntityName;

/// The rule that says what a caller sees of an address that may not be called.
const ADDRESS: &str = "function_url.denied";

impl Judge<'_> {
    /// The dead-letter queue of a link of some source.
    pub(crate) fn service_exit(
        &mut self,
        source: &str,
        from: &LinkEnd,
        exit: &Exit,
        name: &EntityName,
    ) -> Answer {
        let LinkEnd::Resource(to) = exit.target else { return Answer::Open };
        let type_name = self.names.declared(to).type_name.as_str();
        let done = actions(type_name);
        let Some(action) = done.first().copied() else { return Answer::Open };
        let rule = exit_failure(self.models, source);
        let (asked, caller, key) = match authority(self.models, source, type_name) {
            Authority::Service(principal) => {
                let request =
                    Request::new(Caller::Service(principal.clone()), action.to_owned(), self.names.arn(to));
                let request = self.service_facts(request, source, from, self.source_arn(source, from, None));
                let decision = self.policies_of(to).clone().decide(&request);
                let asked = self.told(decision, &request, to, &rule, None, None);
                let key = self.key_for_service(&(from, exit), to, &request, name);
                (asked, principal, key)
            }
            Authority::Role => {
                let asked = self.by_own_role(from, to, done, &rule);
                (asked, format!("the role of {}", self.end(from)), Answer::Yes)
            }
            Authority::Address | Authority::Open => return Answer::Open,
        };
        let answer = asked.answer;
        let act = Act { caller, action: action.to_owned() };
        self.write(name.clone(), RightOf::Exit, act, &(from, exit), &[asked]);
        answer.and(key)
    }

    /// The role that a schedule, a pipe or a subscriber names.
    fn by_own_role(&mut self, from: &LinkEnd, to: ResourceId, actions: &[&str], failure: &str) -> Asked {
        let LinkEnd::Resource(id) = from else { return Asked::open("its role is declared elsewhere") };
        let own = &self.names.declared(*id).properties;
        let within = |property: &str| at(own, property).and_then(|part| at(part, "RoleArn"));
        let role = at(own, "RoleArn").or_else(|| within("Target")).or_else(|| within("InvokeConfiguration"));
        let Some(role) = role else { return Asked::open("it names no role") };
        let need = RoleNeed { role, trusted: None, actions, resource: self.names.arn(to), rule: failure };
        self.role(&need, to)
    }

    /// The address of a function that anybody may call: since late 2025 new ones need a second statement.
    pub(crate) fn address(&mut self, function: ResourceId) -> Vec<Asked> {
        let urls: Vec<_> =
            self.names.declared.iter().filter(|one| one.type_name == "AWS::Lambda::Url").collect();
        let mut asked = Vec::new();
        for url in urls {
            let Some(target) = at(&url.properties, "TargetFunctionArn") else { continue };
            if self.names.means(target, "lambda") == Some(function) {
                asked.push(self.address_of(function, &url.properties, target));
            }
        }
        asked
    }

    fn address_of(
        &mut self,
        function: ResourceId,
        url: &crate::template::Node,
        target: &crate::template::Node,
    ) -> Asked {
        let open =
            at(url, "AuthType").is_some_and(|kind| self.names.text(kind).plain().as_deref() == Some("NONE"));
        if !open {
            return Asked::open("who signs requests, and with which rights, is not known");
        }
        let mut callee = self.names.callee(target);
        if let Some(qualifier) = at(url, "Qualifier") {
            callee.qualifier = Some(self.names.text(qualifier));
        }
        let kind = Fact::Is(Text::literal("NONE"));
        let request = Request::new(Caller::Anyone, THROUGH_ADDRESS.to_owned(), callee.mark())
            .with("lambda:FunctionUrlAuthType", kind);
        let policies = self.policies_of(function).clone();
        let first = policies.decide(&request);
        if first.answer != Answer::Yes {
            return self.told(first, &request, function, ADDRESS, None, None);
        }
        //= access.address_statements
        let through = Fact::Is(Text::literal("true"));
        let second = Request::new(Caller::Anyone, "lambda:InvokeFunction".to_owned(), callee.mark())
            .with("lambda:InvokedViaFunctionUrl", through);
        match policies.decide(&second).answer {
            Answer::Yes => Asked::YES,
            Answer::Open | Answer::No => Asked::open(
                "a new address needs a statement for lambda:InvokeFunction too, an old one does not",
            ),
        }
    }
}
