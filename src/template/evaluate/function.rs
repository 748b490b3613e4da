//! The intrinsic functions by name: in full as a key, short as a tag.

/// One intrinsic function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Ref,
    GetAtt,
    Sub,
    Join,
    Select,
    Split,
    If,
    Equals,
    And,
    Or,
    Not,
    Condition,
    FindInMap,
    Base64,
    Cidr,
    GetAzs,
    ImportValue,
    Transform,
    Length,
    ToJsonString,
    /// A loop that the loops' own pass could not expand.
    ForEach,
    /// A directive of the tool Rain, which replaces it before deployment.
    Rain,
    /// No function that is known.
    Other,
}

impl Function {
    /// The function that a map's only key names; `None` for an ordinary key.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        match key {
            "Ref" => Some(Self::Ref),
            _ if key.starts_with("Rain::") => Some(Self::Rain),
            _ => key.strip_prefix("Fn::").map(|name| match Self::named(name) {
                Self::Ref | Self::Condition => Self::Other,
                function => function,
            }),
        }
    }

    /// The function that a tag without its `!` names.
    pub(super) fn of_tag(tag: &str) -> Self {
        Self::named(tag)
    }

    /// Whether it is one of those that give a truth.
    pub(super) const fn is_truth(self) -> bool {
        matches!(self, Self::Equals | Self::And | Self::Or | Self::Not | Self::Condition)
    }

    fn named(name: &str) -> Self {
        match name {
            "Ref" => Self::Ref,
            "GetAtt" => Self::GetAtt,
            "Sub" => Self::Sub,
            "Join" => Self::Join,
            "Select" => Self::Select,
            "Split" => Self::Split,
            "If" => Self::If,
            "Equals" => Self::Equals,
            "And" => Self::And,
            "Or" => Self::Or,
            "Not" => Self::Not,
            "Condition" => Self::Condition,
            "FindInMap" => Self::FindInMap,
            "Base64" => Self::Base64,
            "Cidr" => Self::Cidr,
            "GetAZs" => Self::GetAzs,
            "ImportValue" => Self::ImportValue,
            "Transform" => Self::Transform,
            "Length" => Self::Length,
            "ToJsonString" => Self::ToJsonString,
            _ if name == "ForEach" || name.starts_with("ForEach::") => Self::ForEach,
            _ if name.starts_with("Rain::") => Self::Rain,
            _ => Self::Other,
        }
    }
}
