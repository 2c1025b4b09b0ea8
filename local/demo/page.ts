/** The sample's page: a template in the repository, filled in when its image is built. */

/** What the page names. */
export interface PageFacts {
  readonly commit: string
  readonly branch: string
  readonly message: string
}

/** Fills `%COMMIT%`, `%SHORT_COMMIT%`, `%BRANCH%` and `%MESSAGE%` in, as HTML text. */
export function fillInPage(template: string, facts: PageFacts): string {
  const values: Record<string, string> = {
    COMMIT: facts.commit,
    SHORT_COMMIT: facts.commit.slice(0, 8),
    BRANCH: facts.branch,
    MESSAGE: facts.message.split('\n', 1)[0] ?? '',
  }
  return template.replaceAll(/%([A-Z_]+)%/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : escapeHtml(value)
  })
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
}
