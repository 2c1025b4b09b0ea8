/** The known word a mistyped one most likely meant. */

/**
 * The candidate with the fewest edits to `word`, where that is near enough to be a slip (case, dashes and
 * underscores are no difference at all); undefined when nothing is near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const bare = simplify(word)
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(bare, simplify(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(1, best.candidate.length * 0.4) ? best.candidate : undefined
}

function simplify(word: string): string {
  return word.slice(0, 100).toLowerCase().replace(/[-_]/g, '')
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
