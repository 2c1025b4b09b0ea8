/** Asks a preview for its page, as a browser would: by its name, at the ingress's port of the loopback address. */
import { request } from 'node:http'
import { type StageHandle, waitFor } from './stage.ts'

/** Waits until the page at `url` (`http://NAME.localhost:PORT/`) holds the commit's full hash. */
export async function awaitPage(url: string, commit: string, stage: StageHandle): Promise<void> {
  await waitFor(
    `A page with ${commit} at ${url}`,
    async () => {
      const page = await requestPage(url)
      if (page.status !== 200) return { still: `HTTP ${page.status}` }
      return page.body.includes(commit) ? { found: true } : { still: 'a page without the commit' }
    },
    { update: stage.update },
  )
  stage.saw(url)
}

/** One GET. Resolvers need not know `*.localhost`, so the connection goes to 127.0.0.1 and the name into the header. */
export function requestPage(url: string): Promise<{ status: number; body: string }> {
  const { host, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: pathname, headers: { host }, agent: false, timeout: 5_000 },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
        response.on('error', reject)
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')))
    asked.on('error', reject)
    asked.end()
  })
}
