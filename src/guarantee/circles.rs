//! The elementary circles of a graph, the shortest first. It knows nothing of what the nodes are.

/// So many circles are told; a system that has more is mended by breaking the first ones.
const MOST_CIRCLES: usize = 100;
/// So many steps are looked at before the search gives up; only a graph that is almost complete takes as many.
const MOST_STEPS: usize = 1_000_000;

/// The search for circles that start at their first node.
#[derive(Debug)]
struct Search<'g> {
    next: &'g [Vec<usize>],
    /// From each node how many steps it is back to the start, over nodes behind the start only.
    back: Vec<Option<usize>>,
    start: usize,
    found: Vec<Vec<usize>>,
    steps: usize,
}

/// All circles that pass no node twice, by the nodes that each node leads to.
pub(super) fn circles(next: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let starts: Vec<(usize, Vec<Option<usize>>)> = (0..next.len())
        .map(|start| (start, distances(next, start)))
        .filter(|(start, back)| next[*start].iter().any(|to| back[*to].is_some()))
        .collect();
    let mut found = Vec::new();
    let mut steps = 0;
    for length in 1..=next.len() {
        for (start, back) in &starts {
            let mut search = Search { next, back: back.clone(), start: *start, found, steps };
            search.extend(&mut vec![*start], length);
            (found, steps) = (search.found, search.steps);
        }
        if starts.is_empty() || found.len() >= MOST_CIRCLES || steps >= MOST_STEPS {
            break;
        }
    }
    found.truncate(MOST_CIRCLES);
    found
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Vec<usize>, length: usize) {
        let left = length - path.len();
        let Some(last) = path.last().copied() else { return };
        for index in 0..self.next[last].len() {
            let to = self.next[last][index];
            self.steps += 1;
            if self.steps >= MOST_STEPS || self.found.len() >= MOST_CIRCLES {
                return;
            }
            if left == 0 {
                if to == self.start {
                    self.found.push(path.clone());
                }
            } else if to > self.start && !path.contains(&to) && self.back[to].is_some_and(|back| back <= left)
            {
                path.push(to);
                self.extend(path, length);
                path.pop();
            }
        }
    }
}

/// How many steps it is from each node to `start`, over nodes that are not before it.
fn distances(next: &[Vec<usize>], start: usize) -> Vec<Option<usize>> {
    let mut distance = vec![None; next.len()];
    distance[start] = Some(0);
    let mut reached = vec![start];
    let mut position = 0;
    while position < reached.len() {
        let to = reached[position];
        position += 1;
        for from in start..next.len() {
            if distance[from].is_none() && next[from].contains(&to) {
                distance[from] = distance[to].map(|steps: usize| steps + 1);
                reached.push(from);
            }
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diamond_has_no_circle() {
        assert_eq!(circles(&[vec![1, 2], vec![3], vec![3], vec![]]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn each_circle_is_found_once_and_the_smallest_come_first() {
        let found = circles(&[vec![1], vec![2, 0], vec![0, 2]]);
        assert_eq!(found, [vec![2], vec![0, 1], vec![0, 1, 2]]);
    }

    #[test]
    fn a_complete_graph_ends_at_the_limit() {
        let all: Vec<usize> = (0..40).collect();
        assert_eq!(circles(&vec![all; 40]).len(), MOST_CIRCLES);
    }
}
