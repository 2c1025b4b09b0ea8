/** The few calls of Gitea's API that set a server up and play its users. */

/** Who calls: an access token, or a name with its password (which alone may make tokens). */
export type GiteaCredentials = { readonly token: string } | { readonly name: string; readonly password: string }

/** A pull request as far as the local cluster looks at it. */
export interface GiteaPullRequest {
  readonly number: number
  readonly html_url: string
  readonly state: 'open' | 'closed'
  readonly head: { readonly sha: string; readonly ref: string }
}

/** A comment of a pull request. */
export interface GiteaComment {
  readonly id: number
  readonly body: string
  readonly user: { readonly login: string }
}

/** A commit's newest status per context. */
export interface GiteaStatus {
  readonly status: string
  readonly context: string
  readonly description: string
  readonly target_url: string
}

export interface GiteaApi {
  createOrganisation(name: string): Promise<void>
  /** Makes an empty repository with `main` as its default branch. */
  createRepository(owner: string, name: string, options?: { private?: boolean }): Promise<void>
  createUser(name: string, password: string, fullName?: string): Promise<void>
  /** Needs a password as credentials: a token cannot make tokens. */
  createToken(user: string, scopes: readonly string[]): Promise<string>
  addCollaborator(owner: string, repository: string, user: string, permission: 'read' | 'write'): Promise<void>
  /**
   * Sends events, signed with `secret`, to `url` (a loopback address). `pull_request` alone stands for all events of
   * pull requests, pushes to them included.
   */
  createHook(
    owner: string,
    repository: string,
    hook: { url: string; secret: string; event: 'pull_request' | 'push' },
  ): Promise<void>
  openPullRequest(
    owner: string,
    repository: string,
    request: { head: string; base?: string; title: string; body?: string },
  ): Promise<GiteaPullRequest>
  pullRequest(owner: string, repository: string, number: number): Promise<GiteaPullRequest>
  closePullRequest(owner: string, repository: string, number: number): Promise<void>
  mergePullRequest(owner: string, repository: string, number: number): Promise<void>
  comments(owner: string, repository: string, number: number): Promise<GiteaComment[]>
  statuses(owner: string, repository: string, commit: string): Promise<GiteaStatus[]>
  /** A file's text at a commit or branch. */
  file(owner: string, repository: string, path: string, at: string): Promise<string>
  /** Path of every file at a branch's head. */
  files(owner: string, repository: string, branch: string): Promise<string[]>
  /** First lines of the newest fifty commits of the default branch. */
  commitSubjects(owner: string, repository: string): Promise<string[]>
}

/** The API of the Gitea at `url`, as one of its users. Every call rejects with what Gitea answered. */
export function giteaApi(url: string, credentials: GiteaCredentials): GiteaApi {
  const authorization =
    'token' in credentials
      ? `token ${credentials.token}`
      : `Basic ${Buffer.from(`${credentials.name}:${credentials.password}`).toString('base64')}`

  async function send(method: string, path: string, body?: object): Promise<string> {
    const response = await fetch(new URL(`/api/v1${path}`, url), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`Gitea answered ${response.status} to ${method} ${path}: ${text.slice(0, 500)}`)
    return text
  }
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const text = await send(method, path, body)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  const repo = (owner: string, name: string) => `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`

  return {
    createOrganisation: (name) => call('POST', '/orgs', { username: name }),
    createRepository: (owner, name, options = {}) =>
      call('POST', `/orgs/${encodeURIComponent(owner)}/repos`, {
        name,
        private: options.private ?? false,
        default_branch: 'main',
      }),
    createUser: (name, password, fullName = name) =>
      call('POST', '/admin/users', {
        username: name,
        password,
        full_name: fullName,
        email: `${name}@example.com`,
        must_change_password: false,
      }),
    createToken: async (user, scopes) => {
      const made = await call<{ sha1: string }>('POST', `/users/${encodeURIComponent(user)}/tokens`, {
        name: `local-${scopes.join('-').replaceAll(':', '-')}`,
        scopes,
      })
      return made.sha1
    },
    addCollaborator: (owner, name, user, permission) =>
      call('PUT', `${repo(owner, name)}/collaborators/${encodeURIComponent(user)}`, { permission }),
    createHook: (owner, name, hook) =>
      call('POST', `${repo(owner, name)}/hooks`, {
        type: 'gitea',
        active: true,
        events: [hook.event],
        config: { url: hook.url, secret: hook.secret, content_type: 'json' },
      }),
    openPullRequest: (owner, name, request) => call('POST', `${repo(owner, name)}/pulls`, { base: 'main', ...request }),
    pullRequest: (owner, name, number) => call('GET', `${repo(owner, name)}/pulls/${number}`),
    closePullRequest: (owner, name, number) =>
      call('PATCH', `${repo(owner, name)}/pulls/${number}`, { state: 'closed' }),
    mergePullRequest: (owner, name, number) =>
      call('POST', `${repo(owner, name)}/pulls/${number}/merge`, { Do: 'merge' }),
    comments: (owner, name, number) => call('GET', `${repo(owner, name)}/issues/${number}/comments`),
    statuses: async (owner, name, commit) => {
      const combined = await call<{ statuses: GiteaStatus[] | null }>(
        'GET',
        `${repo(owner, name)}/commits/${commit}/status`,
      )
      return combined.statuses ?? []
    },
    file: (owner, name, path, at) => send('GET', `${repo(owner, name)}/raw/${path}?ref=${encodeURIComponent(at)}`),
    files: async (owner, name, branch) => {
      const tree = await call<{ tree: { path: string; type: string }[] }>(
        'GET',
        `${repo(owner, name)}/git/trees/${encodeURIComponent(branch)}?recursive=true`,
      )
      return tree.tree.filter((entry) => entry.type === 'blob').map((entry) => entry.path)
    },
    commitSubjects: async (owner, name) => {
      const query = 'limit=50&stat=false&files=false&verification=false'
      const commits = await call<{ commit: { message: string } }[]>('GET', `${repo(owner, name)}/commits?${query}`)
      return commits.map(({ commit }) => commit.message.split('\n')[0] ?? '')
    },
  }
}
