//! Who may do what: the policies of a template, and for each link, exit and key whether they allow it.
//!
//! A subset of IAM: statements with wildcards, the operators and keys that services and roles meet. Absent: whatever
//! cannot be told from the template, which is open and never guessed, and what becomes of an event that is denied.

mod answer;
mod callee;
mod callers;
mod condition;
mod exit;
mod judge;
mod key;
mod mention;
mod names;
mod order;
mod policies;
mod request;
mod role;
mod route;
mod scope;
mod statement;
mod tell;
mod text;

use answer::Answer;
use callee::Callee;
use statement::Statement;
use text::{Atom, Text};

pub(crate) use callers::actions;
pub(crate) use judge::judge;
pub(crate) use names::Names;
pub(crate) use policies::{POLICY_TYPES, SAM_TEMPLATES, WHOLE};
pub(crate) use scope::{Scope, may_send};
