/** Gitea's API for one repository. */
import { TronadorError } from '../../core/errors.ts'
import { type RepositoryIdentity, repositoryIdentity } from '../../core/identity.ts'
import { collectPages, createScmHost, parseAnswer, type ScmHost } from '../http.ts'
import type { CommitStatus, ScmApi } from '../scm.ts'
import { mapPullRequest, saysTheSame } from './map.ts'
import {
  GiteaCombinedStatus,
  GiteaComment,
  GiteaComments,
  GiteaPullRequest,
  GiteaPullRequests,
  GiteaUser,
} from './schema.ts'

/** Most characters of a file that is read; config files are held to 64 KiB by their parser. */
const maxFileBytes = 1024 * 1024

/** How many comments are remembered; a forgotten one costs a look before its next edit. */
const maxKnownComments = 1000

/** What is needed to speak for one repository. */
export interface GiteaOptions {
  /** The repository's page: `https://git.example.com/acme/shop`, with Gitea's own path before it where it has one. */
  readonly url: string
  readonly token: string
}

/** Makes the API of one repository. Remembers the comments it has written, so that an equal one costs no request. */
export function createGitea(options: GiteaOptions): ScmApi {
  const identity = repositoryIdentity(options.url)
  const host = createScmHost({
    baseUrl: apiUrl(options.url),
    headers: { authorization: `token ${options.token}`, 'user-agent': 'tronador' },
  })
  // Where Gitea lives below a path, that path is no part of the owner as its API knows it.
  const owner = identity.owner.split('/').at(-1) ?? ''
  const repository = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(identity.name)}`
  const comments = createComments(host, repository, identity)

  return {
    identity,

    async pullRequest(number) {
      const answer = await host.send({ method: 'GET', path: `${repository}/pulls/${number}` })
      return answer && mapPullRequest(parseAnswer(answer, GiteaPullRequest, `pull request ${number}`))
    },

    async openPullRequests() {
      const pulls = await collectPages<GiteaPullRequest>(
        'open pull requests',
        ({ number }) => number,
        async (page, size) => {
          // Oldest first: what is opened while we read lands on a page that is still to come.
          const query = { state: 'open', sort: 'oldest', page: String(page), limit: String(size) }
          const answer = await host.send({ method: 'GET', path: `${repository}/pulls`, query })
          if (answer === undefined) throw notFound(identity)
          const total = answer.headers['x-total-count']
          return {
            items: parseAnswer(answer, GiteaPullRequests, 'open pull requests'),
            total: total === undefined ? undefined : Number(total),
          }
        },
      )
      return pulls.filter(({ state }) => state === 'open').map(mapPullRequest)
    },

    async readFile(path, commit) {
      const encoded = path.split('/').map(encodeURIComponent).join('/')
      const answer = await host.send({
        method: 'GET',
        path: `${repository}/raw/${encoded}`,
        query: { ref: commit },
        maxBytes: maxFileBytes,
      })
      return answer?.body.toString('utf8')
    },

    upsertComment: comments.upsert,

    async setStatus(commit, status) {
      const answer = await host.send({ method: 'GET', path: `${repository}/commits/${commit}/status` })
      if (answer !== undefined && saysTheSame(parseAnswer(answer, GiteaCombinedStatus, 'commit statuses'), status))
        return
      await postStatus(host, repository, commit, status, identity)
    },
  }
}

async function postStatus(
  host: ScmHost,
  repository: string,
  commit: string,
  status: CommitStatus,
  identity: RepositoryIdentity,
): Promise<void> {
  const { state, context, description, url } = status
  const json = { state, context, description, ...(url === undefined ? {} : { target_url: url }) }
  const answer = await host.send({ method: 'POST', path: `${repository}/statuses/${commit}`, json })
  if (answer === undefined) throw notFound(identity)
}

/**
 * One comment per pull request and marker. Ours is the first that begins with the marker **and** was written by the
 * token's own user: anybody can type a marker, and an administrator's token could edit anybody's comment.
 */
function createComments(host: ScmHost, repository: string, identity: RepositoryIdentity) {
  const known = new Map<string, GiteaComment>()
  let me: Promise<number> | undefined

  async function readMe(): Promise<number> {
    const answer = await host.send({ method: 'GET', path: '/user' })
    if (answer === undefined) throw new TronadorError('ScmAnswerUnusable', 'The code host has no user for the token.')
    return parseAnswer(answer, GiteaUser, "the token's user").id
  }

  async function find(number: number, marker: string): Promise<GiteaComment | undefined> {
    me ??= readMe().catch((error: unknown) => {
      me = undefined
      throw error
    })
    const own = await me
    // Gitea gives all comments of a pull request at once; the body's bound holds.
    const answer = await host.send({ method: 'GET', path: `${repository}/issues/${number}/comments` })
    if (answer === undefined) throw notFound(identity)
    const all = parseAnswer(answer, GiteaComments, `comments of ${number}`)
    return all.find(({ body, user }) => body.startsWith(marker) && user?.id === own)
  }

  async function write(number: number, comment: GiteaComment | undefined, body: string): Promise<GiteaComment> {
    const edited =
      comment &&
      (await host.send({ method: 'PATCH', path: `${repository}/issues/comments/${comment.id}`, json: { body } }))
    // A comment that somebody has deleted is written anew.
    const answer =
      edited ?? (await host.send({ method: 'POST', path: `${repository}/issues/${number}/comments`, json: { body } }))
    if (answer === undefined) throw notFound(identity)
    return parseAnswer(answer, GiteaComment, 'the comment')
  }

  return {
    async upsert(number: number, marker: string, text: string): Promise<void> {
      const body = `${marker}\n${text}`
      const key = `${number} ${marker}`
      const current = known.get(key) ?? (await find(number, marker))
      if (current?.body === body) {
        known.set(key, current)
        return
      }
      const written = await write(number, current, body)
      // What the host stored may differ in line ends; what counts is what was asked for.
      known.delete(key)
      known.set(key, { ...written, body })
      const [oldest] = known.keys()
      if (known.size > maxKnownComments && oldest !== undefined) known.delete(oldest)
    },
  }
}

function apiUrl(url: string): string {
  const page = new URL(url)
  const prefix = page.pathname.split('/').filter(Boolean).slice(0, -2)
  return [page.origin, ...prefix, 'api/v1'].join('/')
}

function notFound(identity: RepositoryIdentity): TronadorError {
  const name = `${identity.owner}/${identity.name}`
  return new TronadorError('ScmNotFound', `The code host ${identity.host} shows no repository ${name} to this token.`)
}
