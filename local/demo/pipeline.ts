/**
 * Stands for the team's own pipeline (Tekton, Jenkins, the code host's actions): for each pushed commit it builds the
 * sample's image and pushes it, tagged with the commit. Tronador does not know it; it waits for the image.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { giteaApi } from '../gitea/api.ts'
import { packLayer, pushImage } from '../node/images.ts'
import { type CodeHost, owner, repository } from './code-host.ts'
import { fillInPage } from './page.ts'
import { waitFor } from './stage.ts'

/** A pipeline that listens for pushes. */
export interface Pipeline {
  /** What it has done for a commit once that is built. */
  readonly title: string
  /** Name of the image without tag: `HOST:PORT/acme/shop`. */
  readonly imageName: string
  /** Waits for the image built from a commit, by digest. Rejects with why the build failed, or did not begin. */
  built(commit: string, update: (detail: string) => void): Promise<string>
  stop(): Promise<void>
}

/** What a push event says, as far as it is read. */
interface Push {
  readonly ref: string
  readonly after: string
  readonly head_commit: { readonly message: string } | null
}

/** Starts the pipeline and registers it with the repository. `program` is the compiled shop. */
export async function startPipeline(options: {
  readonly codeHost: CodeHost
  /** `HOST:PORT`. */
  readonly registry: string
  readonly program: string
}): Promise<Pipeline> {
  const { codeHost, registry } = options
  const imageName = `${owner}/${repository}`
  const source = giteaApi(codeHost.url, { token: codeHost.pipeline.token })
  const base = await packLayer([{ kind: 'file', path: 'shop', content: await readFile(options.program), mode: 0o755 }])
  const builds = new Map<string, Promise<string>>()
  const secret = randomBytes(24).toString('hex')

  async function build(push: Push): Promise<string> {
    const page = await source.file(owner, repository, 'page/index.html', push.after)
    const content = fillInPage(page, {
      commit: push.after,
      branch: push.ref.slice('refs/heads/'.length),
      message: push.head_commit?.message ?? '',
    })
    return pushImage({
      registry,
      name: imageName,
      tag: push.after,
      layers: [
        base,
        [
          { kind: 'directory', path: 'page' },
          { kind: 'file', path: 'page/index.html', content },
        ],
      ],
      config: { Entrypoint: ['/shop'], User: '65532:65532', ExposedPorts: { '8080/tcp': {} } },
    })
  }

  const server = createServer(async (request, response) => {
    const body = await readBody(request)
    if (!isSigned(body, secret, request.headers['x-gitea-signature'])) {
      response.writeHead(401).end()
      return
    }
    const push = JSON.parse(body.toString()) as Push
    const isBranch = push.ref.startsWith('refs/heads/') && !/^0+$/.test(push.after)
    if (isBranch && !builds.has(push.after)) {
      const image = build(push)
      image.catch(() => undefined)
      builds.set(push.after, image)
    }
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await codeHost.admin.createHook(owner, repository, { url, secret, event: 'push' })

  return {
    title: 'The team’s pipeline (here: a stand-in) built the image',
    imageName: `${registry}/${imageName}`,
    async built(commit, update) {
      // The event is on its way; a promise in an object is not waited for.
      const { image } = await waitFor(
        'The push event',
        async () => {
          const image = builds.get(commit)
          return image === undefined ? { still: 'no push event yet' } : { found: { image } }
        },
        { update },
      )
      return image
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function isSigned(body: Buffer, secret: string, signature: string | string[] | undefined): boolean {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const given = Buffer.from(String(signature))
  return given.length === expected.length && timingSafeEqual(given, expected)
}
