/** The first thing shown: what Tronador would write for the sample's pull request, by its own command. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import type { Environment } from '../../src/api/environment.ts'
import type { Screen } from './screen.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

const flags = [
  ...['--config', 'local/sample/repository/.tronador.yaml'],
  ...['--repository-url', 'https://git.example.com/acme/shop'],
  ...['--pull-request', '1'],
  ...['--branch', 'croissants'],
  ...['--commit', '6f50ff2f5b1e4d3c2a190f8e7d6c5b4a39281706'],
  ...['--image-name', 'registry.example.com/acme/shop'],
  ...['--image-tag', '6f50ff2f'],
]

/** Shows the telling lines of the Environment that `tronador render` makes of the sample's config file. */
export async function showWhatTronadorWrites(screen: Screen): Promise<void> {
  const { stdout } = await run(process.execPath, ['src/main.ts', 'render', ...flags], { cwd: root, timeout: 30_000 })
  screen.heading('An example, made with no cluster: what Tronador writes for a pull request of the sample application')
  screen.say(
    stringify(pickTellingLines(parse(stdout) as Environment))
      .trimEnd()
      .replaceAll(/^/gm, '  '),
  )
  screen.say('  (shortened; in full: npm run tronador -- render …)')
}

/** Where the chart lies, and what the team's config file says; the rest is defaults. */
function pickTellingLines({ kind, metadata, spec }: Environment): object {
  const { gitRepository, release } = spec.application
  return {
    kind,
    metadata: { name: metadata.name },
    spec: {
      application: {
        gitRepository: { url: gitRepository.url, ref: { commit: gitRepository.ref?.commit } },
        release: { values: release.values },
      },
      namespaceLabels: spec.namespaceLabels,
    },
  }
}
