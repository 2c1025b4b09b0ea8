/** Gitea's shapes, with the fields we read and no other. Documented at `<gitea>/api/swagger`. */
import * as z from 'zod'

const Sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)

/** A pull request. `head.repo` is null once a fork has been deleted; `head.label` is empty where there is no branch. */
export const GiteaPullRequest = z.object({
  number: z.int().min(1),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  draft: z.boolean().default(false),
  title: z.string(),
  html_url: z.string(),
  user: z.object({ login: z.string() }),
  head: z.object({
    label: z.string().default(''),
    ref: z.string(),
    sha: Sha,
    repo: z.object({ id: z.int(), clone_url: z.string() }).nullish(),
  }),
  base: z.object({ ref: z.string(), repo: z.object({ id: z.int(), clone_url: z.string() }) }),
})
export type GiteaPullRequest = z.infer<typeof GiteaPullRequest>

/** A list holds pull requests whose head Gitea cannot find, too: one of them must not spoil the others. */
export const GiteaPullRequests = z.array(
  GiteaPullRequest.extend({ head: GiteaPullRequest.shape.head.extend({ sha: Sha.or(z.literal('')) }) }),
)

/** A comment of a pull request; pull requests are issues there. */
export const GiteaComment = z.object({ id: z.int(), body: z.string(), user: z.object({ id: z.int() }).nullish() })
export type GiteaComment = z.infer<typeof GiteaComment>

export const GiteaComments = z.array(GiteaComment)

export const GiteaUser = z.object({ id: z.int() })

/** The newest status of each context on a commit. */
export const GiteaCombinedStatus = z.object({
  statuses: z
    .array(
      z.object({
        context: z.string(),
        status: z.string(),
        description: z.string().nullish(),
        target_url: z.string().nullish(),
      }),
    )
    .nullish(),
})
export type GiteaCombinedStatus = z.infer<typeof GiteaCombinedStatus>

/** The body of a webhook about a pull request. */
export const GiteaPullRequestEvent = z.object({
  action: z.string().max(100),
  number: z
    .int()
    .min(1)
    .max(2 ** 31),
  repository: z.object({ html_url: z.string().max(2048) }),
})
