/** The first thing shown: what Tronador would write for the sample's pull request, by its own command. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import type { EnvironmentObject } from '../../src/api/environment-kind.ts'
import type { Screen } from './screen.ts'
import type { Subject } from './subject.ts'

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

/** Shows the telling lines of the object that `tronador render` makes of the sample's config file. */
export async function showWhatTronadorWrites(screen: Screen, { kind, engine }: Subject): Promise<void> {
  const args = ['src/main.ts', 'render', '--kind', kind, ...flags]
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 30_000 })
  screen.heading('An example, made with no cluster: what Tronador writes for a pull request of the sample application')
  screen.say(
    stringify(pickTellingLines(parse(stdout) as EnvironmentObject))
      .trimEnd()
      .replaceAll(/^/gm, '  '),
  )
  screen.say('  (shortened; in full: npm run tronador -- render …)')
  if (engine === 'helm-operator')
    screen.say('\nHelm Operator runs its release. It acts with its own rights, so nothing confines the preview.')
}

/** Where the chart lies, and what the team's config file says; the rest is defaults. */
function pickTellingLines({ kind, metadata, spec }: EnvironmentObject): object {
  return {
    kind,
    metadata: { name: metadata.name },
    spec: { application: pickApplication(spec.application), namespaceLabels: spec.namespaceLabels },
  }
}

function pickApplication(application: EnvironmentObject['spec']['application']): object {
  if (!('gitRepository' in application)) {
    const { chart, values } = application.release
    return { release: { chart, values } }
  }
  const { gitRepository, release } = application
  return {
    gitRepository: { url: gitRepository.url, ref: { commit: gitRepository.ref?.commit } },
    release: { values: release.values },
  }
}
