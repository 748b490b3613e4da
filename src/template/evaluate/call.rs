//! One use of an intrinsic function, long or short form.

use crate::template::document::{Branch, Shape, Tree};
use crate::template::evaluate::function::Function;
use crate::vocabulary::Place;

/// A function with its argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'t> {
    pub(super) function: Function,
    /// As written: `Fn::Sub`, or the tag `Sub`.
    pub(super) written: &'t str,
    pub(super) argument: Argument<'t>,
    pub(super) place: &'t Place,
}

/// The argument of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument<'t> {
    pub(super) tree: &'t Tree,
    /// Whose the tree's tag is.
    tag: TagOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TagOf {
    Call,
    Argument,
}

impl<'t> Call<'t> {
    /// The call that a tree is; `None` for a plain value.
    pub(super) fn of(tree: &'t Tree) -> Option<Self> {
        if let Some(tag) = &tree.tag {
            let argument = Argument { tree, tag: TagOf::Call };
            return Some(Self {
                function: Function::of_tag(tag),
                written: tag,
                argument,
                place: &tree.place,
            });
        }
        Self::of_shape(tree)
    }

    /// The call that a tree is, its tag left aside.
    pub(super) fn of_shape(tree: &'t Tree) -> Option<Self> {
        match &tree.shape {
            Shape::Map(branches) => match branches.as_slice() {
                [branch] => Self::of_branch(branch, &tree.place),
                _ => None,
            },
            Shape::Scalar(_) | Shape::List(_) => None,
        }
    }

    /// The call that an entry of a map is.
    pub(super) fn of_branch(branch: &'t Branch, place: &'t Place) -> Option<Self> {
        let function = Function::of_key(&branch.key)?;
        let argument = Argument { tree: &branch.tree, tag: TagOf::Argument };
        Some(Self { function, written: &branch.key, argument, place })
    }

    /// The function as written, for messages.
    pub(super) fn name(&self) -> String {
        match self.argument.tag {
            TagOf::Call => format!("!{}", self.written),
            TagOf::Argument => self.written.to_owned(),
        }
    }
}

impl<'t> Argument<'t> {
    /// The literal text, where it is one.
    pub(super) fn text(self) -> Option<&'t str> {
        match (&self.tree.shape, self.is_plain()) {
            (Shape::Scalar(scalar), true) => Some(&scalar.text),
            (Shape::Scalar(_) | Shape::List(_) | Shape::Map(_), _) => None,
        }
    }

    /// The items, where it is written as a list.
    pub(super) fn items(self) -> Option<&'t [Tree]> {
        match (&self.tree.shape, self.is_plain()) {
            (Shape::List(items), true) => Some(items),
            (Shape::Scalar(_) | Shape::List(_) | Shape::Map(_), _) => None,
        }
    }

    /// Whether no function stands between the call and the argument's shape.
    pub(super) fn is_plain(self) -> bool {
        self.tag == TagOf::Call || self.tree.tag.is_none()
    }
}
