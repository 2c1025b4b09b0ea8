/**
 * The catalogue of codes. One code is at once an error's code, a condition's reason, an event's reason and a
 * heading in `docs/errors.md` (generated from here). Each entry says what it means and how it is mended; the
 * message of a single error names the thing concerned.
 */

/** What the loop must do: wait for a person, look again without alarm, or back off and retry. */
export type Effect = 'stalled' | 'waiting' | 'retry' | 'usage'

interface CatalogueEntry {
  readonly effect: Effect
  /** What it means, in one or two sentences. */
  readonly meaning: string
  /** What to do about it. */
  readonly mend: string
}

/** Every code there is. Keep it sorted; a test does. */
export const catalogue = {
  NamespaceConflict: {
    effect: 'stalled',
    meaning: 'A namespace of the environment’s name exists and is not this environment’s own.',
    mend: 'Delete or rename one of the two, or take the namespace over with `tronador adopt NAME`.',
  },
  RepositoryUrlInvalid: {
    effect: 'usage',
    meaning: 'A repository URL is not one that Tronador can work with.',
    mend: 'Give an https, http or ssh URL with host, owner and name, such as `https://git.example.com/acme/shop.git`.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue

/** An error a person can act on: a code from the catalogue, the thing, the cause, the mend. */
export class TronadorError extends Error {
  override readonly name = 'TronadorError'
  readonly code: ErrorCode
  /** How to mend this very case; the catalogue's general advice where none is given. */
  readonly mend: string

  constructor(code: ErrorCode, message: string, options: { mend?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.mend = options.mend ?? catalogue[code].mend
  }

  get effect(): Effect {
    return catalogue[this.code].effect
  }
}
