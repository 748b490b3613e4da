//! What a table says of its stream: which attributes name an item, what records show of it, and whether items expire.

/// `StreamViewType`: what a record shows of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ViewType {
    /// Its key.
    KeysOnly,
    /// Its key, and the item as it is now.
    NewImage,
    /// Its key, and the item as it was.
    OldImage,
    /// Its key, and both.
    NewAndOldImages,
}

impl ViewType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::KeysOnly, Self::NewImage, Self::OldImage, Self::NewAndOldImages];

    /// The word in templates and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }

    /// Whether records show the item as it is now.
    pub const fn shows_new(self) -> bool {
        matches!(self, Self::NewImage | Self::NewAndOldImages)
    }

    /// Whether records show the item as it was.
    pub const fn shows_old(self) -> bool {
        matches!(self, Self::OldImage | Self::NewAndOldImages)
    }
}

/// The table behind a stream.
///
/// ```
/// use redrive::topology::{TableStream, ViewType};
/// let table = TableStream { view: ViewType::NewImage, ..TableStream::default() };
/// assert!(table.view.shows_new() && !table.view.shows_old());
/// assert_eq!(table.keys, ["id"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableStream {
    /// The attributes that name an item: the partition key, and the sort key where there is one.
    pub keys: Vec<String>,
    /// What records show.
    pub view: ViewType,
    /// The attribute that says when an item expires; `None` where none does.
    pub expires_by: Option<String>,
}

impl Default for TableStream {
    /// A table that is declared elsewhere: everything that can be shown is, under the key that examples have.
    fn default() -> Self {
        Self { keys: vec!["id".to_owned()], view: ViewType::NewAndOldImages, expires_by: None }
    }
}
