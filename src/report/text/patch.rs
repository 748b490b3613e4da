//! Changed settings as lines of a template: nested as YAML nests them, so that they can be pasted.

/// One changed setting; its property may be a path such as `RedrivePolicy.maxReceiveCount`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) property: &'a str,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: &'a str,
    pub(crate) line: Option<u32>,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It stands there and stays.
    Context,
    /// It goes.
    Minus,
    /// It comes.
    Plus,
}

/// One line of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchLine {
    pub(crate) sign: Sign,
    /// The line of the template, where it is known.
    pub(crate) number: Option<u32>,
    /// With its indentation below the resource's properties.
    pub(crate) text: String,
}

impl Sign {
    /// As in a diff.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Minus => '-',
            Self::Plus => '+',
        }
    }
}

/// The lines that change one resource. What several changes lie in is written once; it is new where all that changes in
/// it is.
pub(crate) fn patch_lines(pieces: &[Piece<'_>]) -> Vec<PatchLine> {
    let mut lines = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for piece in pieces {
        let mut parents: Vec<&str> = piece.property.split('.').collect();
        let leaf = parents.pop().unwrap_or_default();
        let shared = open.iter().zip(&parents).take_while(|(one, other)| one == other).count();
        for depth in shared..parents.len() {
            let path = format!("{}.", parents[..=depth].join("."));
            let is_old = pieces.iter().any(|one| one.before.is_some() && one.property.starts_with(&path));
            let (sign, number) = if is_old { (Sign::Context, None) } else { (Sign::Plus, piece.line) };
            lines.push(line(sign, number, depth, &format!("{}:", parents[depth])));
        }
        let is_placed = shared < parents.len() && piece.before.is_none();
        let number = piece.line.filter(|_| !is_placed);
        if let Some(before) = piece.before {
            lines.push(line(Sign::Minus, number, parents.len(), &format!("{leaf}: {before}")));
        }
        let number = number.filter(|_| piece.before.is_none());
        // Nothing in its place: a property without a value is no template.
        let after = if piece.after.is_empty() { String::new() } else { format!("{leaf}: {}", piece.after) };
        for (index, text) in after.lines().enumerate() {
            lines.push(line(Sign::Plus, number.filter(|_| index == 0), parents.len(), text.trim_end()));
        }
        open = parents;
    }
    lines
}

fn line(sign: Sign, number: Option<u32>, depth: usize, text: &str) -> PatchLine {
    PatchLine { sign, number, text: format!("{}{text}", INDENT.repeat(depth)) }
}

const INDENT: &str = "  ";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[Piece<'_>]) -> Vec<String> {
        patch_lines(pieces).iter().map(|line| format!("{}{}", line.sign.letter(), line.text)).collect()
    }

    #[test]
    fn what_is_left_out_has_no_line_in_its_place() {
        let gone = [Piece { property: "Reserved", before: Some("0"), after: "", line: Some(7) }];
        assert_eq!(told(&gone), ["-Reserved: 0"]);
    }

    #[test]
    fn nested_properties_nest_and_share_what_they_lie_in() {
        let piece = |property, before, after| Piece { property, before, after, line: Some(7) };
        let old = [piece("RedrivePolicy.maxReceiveCount", Some("1"), "5"), piece("Delay", None, "0")];
        assert_eq!(
            told(&old),
            [" RedrivePolicy:", "-  maxReceiveCount: 1", "+  maxReceiveCount: 5", "+Delay: 0"]
        );
        let new = [piece("RedrivePolicy.a", None, "x\n  y: z"), piece("RedrivePolicy.b", None, "2")];
        assert_eq!(told(&new), ["+RedrivePolicy:", "+  a: x", "+    y: z", "+  b: 2"]);
    }
}
