/** What every code host's adapter keeps: run over real hosts and the fake alike. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChangeHint, CommitStatus, RawDelivery, ScmApi, ScmWebhook } from './scm.ts'

/** A repository with a branch `main`, and people who work in it. */
export interface ScmStage {
  /** A new adapter, with no memory of what others did. */
  readonly connect: () => ScmApi
  /** Pushes a branch with these files and opens a pull request for it. */
  readonly open: (
    branch: string,
    files: Readonly<Record<string, string>>,
  ) => Promise<{ number: number; commit: string }>
  /** Pushes these files to a branch; returns the commit. */
  readonly push: (branch: string, files: Readonly<Record<string, string>>) => Promise<string>
  readonly close: (number: number) => Promise<void>
  /** Somebody else's comment. */
  readonly comment: (number: number, body: string) => Promise<void>
  /** Every comment's body, oldest first. */
  readonly comments: (number: number) => Promise<readonly string[]>
  /** The newest status of each context. */
  readonly statuses: (commit: string) => Promise<readonly CommitStatus[]>
  readonly end: () => Promise<void>
}

const marker = '<!-- contract -->'

/** Runs the suite; `begin` is called once. */
export function describeScmContract(name: string, begin: () => Promise<ScmStage>): void {
  describe(`${name} as a code host`, () => {
    let stage: ScmStage
    let scm: ScmApi
    beforeAll(async () => {
      stage = await begin()
      scm = stage.connect()
    })
    afterAll(() => stage?.end())

    it('shows an open pull request as it stands, and its new head after a push', async () => {
      const { number, commit } = await stage.open('feature/one', { 'one.txt': '1\n' })
      const seen = { number, state: 'open', merged: false, draft: false, targetBranch: 'main' }
      expect(await scm.pullRequest(number)).toMatchObject({
        ...seen,
        source: { branch: 'feature/one', commit, fork: false },
      })

      const next = await stage.push('feature/one', { 'one.txt': '2\n' })
      expect(next).not.toBe(commit)
      await expect.poll(async () => (await scm.pullRequest(number))?.source.commit).toBe(next)
    })

    it('lists open pull requests and leaves closed ones out, which still can be read', async () => {
      const first = await stage.open('list-one', { 'list.txt': '1\n' })
      const second = await stage.open('list-two', { 'list.txt': '2\n' })
      await stage.close(first.number)

      const numbers = (await scm.openPullRequests()).map(({ number }) => number)
      expect(numbers).toContain(second.number)
      expect(numbers).not.toContain(first.number)
      expect(await scm.pullRequest(first.number)).toMatchObject({ state: 'closed', merged: false })
    })

    it('has nothing to show where there is no pull request', async () => {
      expect(await scm.pullRequest(987_654)).toBeUndefined()
    })

    it('reads a file at a commit, odd names and all, and says where there is none', async () => {
      const files = { '.tronador.yaml': 'application:\r\n\tx\n', 'a b/ü#?%20.yaml': 'odd\n' }
      const { commit } = await stage.open('files', files)
      expect(await scm.readFile('.tronador.yaml', commit)).toBe(files['.tronador.yaml'])
      expect(await scm.readFile('a b/ü#?%20.yaml', commit)).toBe('odd\n')
      expect(await scm.readFile('missing.yaml', commit)).toBeUndefined()
    })

    it('keeps one comment per pull request and edits it in place, whoever connects', async () => {
      const { number } = await stage.open('comments', { 'comments.txt': '1\n' })
      await stage.comment(number, `${marker}\nI only look like yours`)
      await scm.upsertComment(number, marker, 'first')
      await scm.upsertComment(number, marker, 'second')
      await stage.connect().upsertComment(number, marker, 'third | `code` <b>')
      await stage.connect().upsertComment(number, marker, 'third | `code` <b>')

      expect(await stage.comments(number)).toEqual([
        `${marker}\nI only look like yours`,
        `${marker}\nthird | \`code\` <b>`,
      ])
    })

    it('sets a commit status, the newest of which counts', async () => {
      const { number, commit } = await stage.open('statuses', { 'statuses.txt': '1\n' })
      const { url = '' } = (await scm.pullRequest(number)) ?? {}
      const pending = { state: 'pending', context: 'tronador/preview', description: 'On its way', url } as const
      const success = { ...pending, state: 'success', description: 'Ready' } as const
      await scm.setStatus(commit, pending)
      await scm.setStatus(commit, success)
      await stage.connect().setStatus(commit, success)

      expect(await stage.statuses(commit)).toEqual([success])
    })
  })
}

/** Recorded deliveries of one provider, all signed with `secret`. */
export interface WebhookSamples {
  readonly webhook: ScmWebhook
  readonly secret: string
  /** About a pull request. */
  readonly change: RawDelivery
  readonly hint: ChangeHint
  /** About something else. */
  readonly other: RawDelivery
  /** Name of the header that holds the signature. */
  readonly signatureHeader: string
}

/** Runs the suite over recorded deliveries. */
export function describeWebhookContract(name: string, samples: WebhookSamples): void {
  const { webhook, secret, change, other, signatureHeader } = samples
  const withHeader = (value: string | undefined): RawDelivery => ({
    ...change,
    headers: { ...change.headers, [signatureHeader]: value },
  })

  describe(`${name}'s webhooks`, () => {
    it('are proven over the raw bytes, with any of several secrets', () => {
      expect(webhook.verify(change, [secret])).toBe(true)
      expect(webhook.verify(change, ['the new one', secret])).toBe(true)
      expect(webhook.verify(other, [secret])).toBe(true)
    })

    it('are refused with another secret, none, or an empty one', () => {
      expect(webhook.verify(change, ['another'])).toBe(false)
      expect(webhook.verify(change, [])).toBe(false)
      expect(webhook.verify(change, [''])).toBe(false)
    })

    it('are refused when one bit of body or signature differs', () => {
      const body = Uint8Array.from(change.body)
      body[100] = (body[100] ?? 0) ^ 1
      expect(webhook.verify({ ...change, body }, [secret])).toBe(false)
      const signature = change.headers[signatureHeader] ?? ''
      for (const wrong of [undefined, '', signature.slice(0, -2), `${signature}00`, signature.replace(/.$/, 'x')]) {
        expect(webhook.verify(withHeader(wrong), [secret]), String(wrong)).toBe(false)
      }
    })

    it('give the pull request they speak of, and nothing where they speak of something else', () => {
      expect(webhook.parse(change)).toEqual(samples.hint)
      expect(webhook.parse(other)).toBeUndefined()
    })

    it('are malformed where fields are missing or wrong', () => {
      for (const text of ['', '{', '[]', 'null', '{}', '{"number":1}', '{"action":1,"number":"1"}', '"\\ud800"']) {
        const malformed = { ...change, body: Buffer.from(text) }
        expect(() => webhook.parse(malformed), text).toThrowError(
          expect.objectContaining({ name: 'TronadorError', code: 'WebhookMalformed' }),
        )
      }
    })
  })
}
