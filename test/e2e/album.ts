/** What is kept of a preview while it stands: pictures for people, and what Argo CD and the cluster say of it. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Preview } from '../../local/demo/scene.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { secrets } from '../../src/kube/resources.ts'
import { readTree } from './argo-cd.ts'
import type { Flow } from './flows.ts'
import type { EndToEndScene } from './scene.ts'

/** What was kept. */
export interface Album {
  /** Keeps what there is to be kept of a preview that stands. */
  keep(scene: EndToEndScene, preview: Preview, flow: Flow): Promise<void>
  /** Names of the Secrets in the environment's namespace, by the flow's name. */
  readonly secrets: ReadonlyMap<string, readonly string[]>
  /** Paths of what was written. */
  readonly files: readonly string[]
  /** Why there are no pictures; undefined where there are. */
  readonly withoutPictures: string | undefined
}

/** An empty album in that folder. */
export function createAlbum(folder: string): Album {
  const seen = new Map<string, readonly string[]>()
  const files: string[] = []
  let withoutPictures: string | undefined

  async function picture(name: string, url: string): Promise<void> {
    const file = join(folder, name)
    try {
      await photograph(url, file)
      files.push(file)
    } catch (error) {
      withoutPictures = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no `chromium` in PATH' : String(error)
    }
  }

  return {
    secrets: seen,
    files,
    get withoutPictures() {
      return withoutPictures
    },
    async keep({ cluster }, preview, flow) {
      mkdirSync(folder, { recursive: true })
      const { items } = await cluster.admin.list<KubeObject>(secrets, { namespace: preview.name, metadataOnly: true })
      seen.set(
        flow.name,
        items.map(({ metadata }) => metadata.name),
      )
      const tree = join(folder, `${flow.name}-argo-cd.json`)
      writeFileSync(tree, `${JSON.stringify(await readTree(cluster.argoCd), null, 2)}\n`)
      files.push(tree)
      await picture(`${flow.name}-pull-request.png`, preview.pullRequest.html_url)
      if (preview.url !== undefined) await picture(`${flow.name}-preview.png`, preview.url)
    },
  }
}

/** A page as Chromium shows it, in a profile of its own. The code host's certificate is by the cluster's authority. */
async function photograph(url: string, file: string): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'e2e-chromium-'))
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars']
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
  const own = ['--ignore-certificate-errors', `--user-data-dir=${profile}`, '--window-size=1280,1600']
  try {
    const options = { timeout: 60_000, killSignal: 'SIGKILL' } as const
    await promisify(execFile)('chromium', [...flags, ...quiet, ...own, `--screenshot=${file}`, url], options)
  } finally {
    rmSync(profile, { recursive: true, force: true })
  }
}
