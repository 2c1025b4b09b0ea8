/** The manifests below `tekton/`, as far as tests look at them. */
import { parseAllDocuments } from 'yaml'
import { filesMatching, read } from '../conventions/sources.ts'

export interface Parameter {
  readonly name: string
  readonly type?: 'string' | 'array'
  readonly description?: string
  readonly default?: string | readonly string[]
}

export interface Step {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args?: readonly string[]
  readonly script?: string
  readonly workingDir?: string
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly volumeMounts?: readonly { readonly name: string }[]
  readonly workspaces?: readonly { readonly name: string }[]
}

export interface Workspace {
  readonly name: string
  readonly optional?: boolean
}

interface Frame {
  readonly metadata: { readonly name: string }
}

export interface Task extends Frame {
  readonly kind: 'Task'
  readonly spec: {
    readonly params: readonly Parameter[]
    readonly workspaces?: readonly Workspace[]
    readonly results?: readonly { readonly name: string }[]
    readonly volumes?: readonly { readonly name: string; readonly configMap?: unknown }[]
    readonly steps: readonly Step[]
  }
}

interface Binding {
  readonly name: string
  readonly value: string | readonly string[]
}

/** A task as a pipeline calls it. */
export interface PipelineTask {
  readonly name: string
  readonly taskRef: { readonly name: string }
  readonly runAfter?: readonly string[]
  readonly params: readonly Binding[]
  readonly workspaces?: readonly { readonly name: string; readonly workspace: string }[]
}

export interface Pipeline extends Frame {
  readonly kind: 'Pipeline'
  readonly spec: {
    readonly params: readonly Parameter[]
    readonly workspaces: readonly Workspace[]
    readonly tasks: readonly PipelineTask[]
    readonly finally?: readonly PipelineTask[]
  }
}

/** A TaskRun or PipelineRun. */
export interface TaskRun extends Frame {
  readonly kind: 'TaskRun' | 'PipelineRun'
  readonly spec: {
    readonly taskRef?: { readonly name: string }
    readonly pipelineRef?: { readonly name: string }
    readonly timeouts?: Readonly<Record<string, string>>
    readonly params?: readonly Binding[]
    readonly workspaces?: readonly { readonly name: string }[]
  }
}

export interface TriggerTemplate extends Frame {
  readonly kind: 'TriggerTemplate'
  readonly spec: { readonly params: readonly Parameter[]; readonly resourcetemplates: readonly TaskRun[] }
}

export interface TriggerBinding extends Frame {
  readonly kind: 'TriggerBinding'
  readonly spec: { readonly params: readonly Binding[] }
}

export interface EventListener extends Frame {
  readonly kind: 'EventListener'
  readonly spec: {
    readonly triggers: readonly {
      readonly name: string
      readonly interceptors: readonly { readonly ref: { readonly name: string }; readonly params: readonly unknown[] }[]
      readonly bindings: readonly { readonly ref: string }[]
      readonly template: { readonly ref: string }
    }[]
  }
}

type Manifest = Task | Pipeline | TaskRun | TriggerTemplate | TriggerBinding | EventListener

/** Every manifest with the file it stands in. */
export const manifests: readonly (Manifest & { readonly path: string })[] = filesMatching(/^tekton\/.*\.yaml$/).flatMap(
  (path) =>
    parseAllDocuments(read(path)).map((document) => {
      const [error] = [...document.errors, ...document.warnings]
      if (error !== undefined) throw new Error(`${path}: ${error.message}`)
      return { ...(document.toJS() as Manifest), path }
    }),
)

/** All manifests of a kind. */
export function manifestsOf<K extends Manifest['kind']>(...kinds: readonly K[]) {
  return manifests.filter((manifest): manifest is Extract<Manifest, { kind: K }> & { path: string } =>
    (kinds as readonly string[]).includes(manifest.kind),
  )
}

/** The task of that name. */
export function taskNamed(name: string): Task {
  const task = manifestsOf('Task').find(({ metadata }) => metadata.name === name)
  if (task === undefined) throw new Error(`There is no task ${name}.`)
  return task
}

/** The TaskRun in a task's `tests`. */
export function testRunOf(name: string): TaskRun {
  const run = manifestsOf('TaskRun').find(({ path }) => path === `tekton/task/${name}/0.1/tests/run.yaml`)
  if (run === undefined) throw new Error(`The task ${name} has no tests/run.yaml.`)
  return run
}

/** The PipelineRun in a pipeline's `samples`. */
export function sampleRunOf(name: string): TaskRun {
  const runs = manifestsOf('TaskRun', 'PipelineRun')
  const run = runs.find(({ path }) => path === `tekton/pipeline/${name}/0.1/samples/run.yaml`)
  if (run === undefined) throw new Error(`The pipeline ${name} has no samples/run.yaml.`)
  return run
}
