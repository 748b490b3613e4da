//! `AWS::Lambda::Permission`: a caller that nothing else in the template tells of.

use crate::template::build::context::Build;
use crate::template::build::deliver::Hop;
use crate::template::build::sources::{by_id, by_principal};
use crate::template::declared::Declared;
use crate::template::tree::{at, scalar_at};
use crate::topology::LinkEnd;

impl Build<'_> {
    /// The link that a permission speaks of, where no other resource makes one.
    pub(crate) fn permission(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(principal), Some(function)) = (scalar_at(own, "Principal"), at(own, "FunctionName")) else {
            return;
        };
        let Some(source) = by_principal(principal) else { return };
        let to = self.resolve(function, "lambda");
        let named = at(own, "SourceArn").map(|arn| self.index.resolve(arn, ""));
        let told = self.links.iter().any(|link| {
            link.to == to
                && (named.as_ref() == Some(&link.from) || by_id(&link.source).principals.contains(&principal))
        });
        if told {
            return;
        }
        let from = match named {
            Some(LinkEnd::Resource(id)) => LinkEnd::Resource(id),
            Some(LinkEnd::Outside(_) | LinkEnd::Missing(_)) | None => LinkEnd::Outside(principal.to_owned()),
        };
        self.deliver_to(Hop::usual(source, &from), to, function);
    }
}
