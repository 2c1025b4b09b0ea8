/** Runs the real Helm on the chart, with nothing of this machine's own settings. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/kube/cluster.ts'

/** The chart's folder. */
export const chart = join(import.meta.dirname, '../../charts/tronador')
/** Any values, as a values file has them. */
export type Values = Readonly<Record<string, unknown>>
/** An object as Kubernetes has it, whatever its kind. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

/** Runs Helm and gives what it prints. Rejects with what it says is wrong. */
export type Helm = (...args: string[]) => Promise<string>

/** Helm as that program; `kubeconfig`: of the cluster it installs into. */
export function openHelm(program: string, kubeconfig = '/dev/null'): Helm {
  const home = tmpdir()
  const env = {
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
    HOME: home,
    KUBECONFIG: kubeconfig,
  }
  return async (...args) => {
    try {
      return (await promisify(execFile)(program, args, { env, maxBuffer: 64 * 2 ** 20 })).stdout
    } catch (error) {
      const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string }
      throw new Error(stderr ? `${stderr}${stdout}` : message, { cause: error })
    }
  }
}

/** The chart as a version before this one might have been: another version, an older definition. */
export async function earlierChart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tronador-earlier-chart-'))
  await cp(chart, folder, { recursive: true })
  await replaceIn(join(folder, 'Chart.yaml'), /^version: .*$/m, 'version: 0.0.9')
  await replaceIn(join(folder, 'templates/crds/environments.yaml'), /- tenv$/m, '- earlier')
  return folder
}

async function replaceIn(file: string, what: RegExp, by: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(what, by))
}

/** Values as `--set-json` takes them, one argument for each key at the top. */
export function setValues(values: Values): string[] {
  return Object.entries(values).map(([key, value]) => `--set-json=${key}=${JSON.stringify(value)}`)
}

/** The chart's objects with these values. */
export async function render(helm: Helm, values: Values = {}, namespace = 'tronador-system'): Promise<Manifest[]> {
  const text = await helm('template', 'tronador', chart, '--namespace', namespace, ...setValues(values))
  return parseManifests(text)
}

/** The objects of a YAML text. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null)
}

/** `Kind name` of each object, sorted. */
export function namesOf(manifests: readonly Manifest[]): string[] {
  return manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()
}
