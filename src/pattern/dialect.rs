//! Who reads a pattern, which operators it takes, and where its limits lie.

/// Who reads a pattern. All of them share one language; each leaves something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// A rule of an `EventBridge` bus.
    Bus,
    /// A filter of an `EventBridge` pipe.
    Pipe,
    /// A filter of an event source mapping.
    Mapping,
    /// A filter policy of an SNS subscription over message attributes.
    TopicAttributes,
    /// A filter policy of an SNS subscription over the message body.
    TopicBody,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Bus, Self::Pipe, Self::Mapping, Self::TopicAttributes, Self::TopicBody];

    /// The word by which the models name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Pipe => "pipe",
            Self::Mapping => "mapping",
            Self::TopicAttributes | Self::TopicBody => "topic",
        }
    }
}

/// What compares a field with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `prefix`: begins with.
    Prefix,
    /// `prefix` of `equals-ignore-case`.
    PrefixIgnoreCase,
    /// `suffix`: ends with.
    Suffix,
    /// `suffix` of `equals-ignore-case`.
    SuffixIgnoreCase,
    /// `equals-ignore-case`.
    EqualsIgnoreCase,
    /// `anything-but` with values.
    AnythingBut,
    /// `anything-but` of `prefix`.
    AnythingButPrefix,
    /// `anything-but` of `suffix`.
    AnythingButSuffix,
    /// `anything-but` of `equals-ignore-case`.
    AnythingButIgnoreCase,
    /// `anything-but` of `wildcard`.
    AnythingButWildcard,
    /// `numeric`.
    Numeric,
    /// `exists`.
    Exists,
    /// `cidr`.
    Cidr,
    /// `wildcard`.
    Wildcard,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Prefix,
        Self::PrefixIgnoreCase,
        Self::Suffix,
        Self::SuffixIgnoreCase,
        Self::EqualsIgnoreCase,
        Self::AnythingBut,
        Self::AnythingButPrefix,
        Self::AnythingButSuffix,
        Self::AnythingButIgnoreCase,
        Self::AnythingButWildcard,
        Self::Numeric,
        Self::Exists,
        Self::Cidr,
        Self::Wildcard,
    ];

    /// How it is written, a nested one with a slash.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::PrefixIgnoreCase => "prefix/equals-ignore-case",
            Self::Suffix => "suffix",
            Self::SuffixIgnoreCase => "suffix/equals-ignore-case",
            Self::EqualsIgnoreCase => "equals-ignore-case",
            Self::AnythingBut => "anything-but",
            Self::AnythingButPrefix => "anything-but/prefix",
            Self::AnythingButSuffix => "anything-but/suffix",
            Self::AnythingButIgnoreCase => "anything-but/equals-ignore-case",
            Self::AnythingButWildcard => "anything-but/wildcard",
            Self::Numeric => "numeric",
            Self::Exists => "exists",
            Self::Cidr => "cidr",
            Self::Wildcard => "wildcard",
        }
    }

    /// The operator that is written so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }
}

/// How much a consumer takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most characters of a pattern.
    pub length: u64,
    /// The largest number, and its negative the smallest, that is compared as a number.
    pub largest: u64,
    /// How many digits behind the point such a number has at most.
    pub decimals: u64,
    /// The most combinations of alternatives that `$or` may multiply to.
    pub branches: u64,
    /// How many wildcards in one value are too many.
    pub wildcards: u64,
    /// The longest mask of an IPv4 network, and of an IPv6 one.
    pub masks: (u64, u64),
    /// The most combinations of values, where they are counted.
    pub combinations: Option<u64>,
    /// The most names at the top, where they are counted.
    pub keys: Option<u64>,
}

/// What a consumer accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// Who it is.
    pub dialect: Dialect,
    /// The operators that it takes.
    pub operators: Vec<Operator>,
    /// Words that no field inside `$or` is called.
    pub reserved: Vec<String>,
    /// How much it takes.
    pub limits: Limits,
}
