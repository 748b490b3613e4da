//! What an enumeration adds to a check of a part: verdicts that the sweep missed, and what is proved.

use crate::explore::check::Search;
use crate::explore::shrink::shrink_choices;
use crate::explore::tell::Found;
use crate::explore::{Enumeration, Footing, Limits, Question, Runner, Scope, Standing, Verdict, enumerate};
use crate::kernel::{Families, Reduction};

impl Search<'_> {
    /// Takes all combinations of a scope, and tells what they break that the sweep did not find.
    pub(crate) fn prove(
        &self,
        scope: &Scope,
        runner: &mut Runner<'_>,
        verdicts: &mut [Verdict],
    ) -> Enumeration {
        let how = (Reduction::States, Limits::USUAL);
        let found = enumerate(runner, self.models, scope, self.options.families, how);
        for verdict in verdicts {
            if verdict.standing != Standing::Violated {
                self.correct(verdict, &found, runner);
            }
        }
        found
    }

    /// A verdict as an enumeration leaves it.
    fn correct(&self, verdict: &mut Verdict, found: &Enumeration, runner: &mut Runner<'_>) {
        let (guarantee, queue) = (verdict.guarantee, verdict.at.queue);
        let question = Question::Catalogue { guarantee, queue };
        let is_here = |name, at| (name, at) == (guarantee, queue);
        let beyond = found.beyond.iter().filter(|(name, at, _)| is_here(*name, *at));
        let beyond = beyond.fold(Families::NONE, |all, (_, _, families)| all.union(*families));
        verdict.beyond_platform = verdict.beyond_platform.union(beyond.intersection(self.ceiling.exempt(
            self.teller.program,
            guarantee,
            verdict.at.queue,
        )));
        if let Some(broken) = found.broken.iter().find(|one| is_here(one.guarantee, one.queue)) {
            let small = shrink_choices(runner, question, Footing::Ordinary, broken.choices.clone());
            let told = small.and_then(|choices| {
                let needed = choices.iter().map(|choice| choice.point.family).collect::<Families>();
                let families = needed.intersection(broken.families);
                let found = Found { question, footing: Footing::Ordinary, families, seed: None };
                self.teller.tell(&found, &choices, runner)
            });
            verdict.standing = Standing::Violated;
            verdict.broken_by = vec![told.as_ref().map_or(broken.families, |told| told.families)];
            verdict.counterexample = told;
        } else if verdict.standing == Standing::NotExercised && found.proves(guarantee, queue).is_some() {
            verdict.standing = Standing::Held;
        }
    }
}
