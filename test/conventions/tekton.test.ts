/** What every manifest below `tekton/` keeps to, above all: no shell near anything that a pull request chooses. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../scripts/image-layers.ts'
import { manifestsOf, type Parameter, type Step, type TaskRun, taskNamed, type Workspace } from '../tekton/manifests.ts'
import { filesMatching, read, root } from './sources.ts'

const tasks = manifestsOf('Task')
const pipelines = manifestsOf('Pipeline')
const runs = manifestsOf('TaskRun', 'PipelineRun')
const templates = manifestsOf('TriggerTemplate')
const names = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name).sort()

describe.each([...tasks, ...pipelines])('$path', ({ kind, metadata: { name }, path }) => {
  const folder = dirname(path)

  test('lies where a catalogue looks for it, with a page and a sample that runs it', () => {
    expect(path).toMatch(new RegExp(`^tekton/${kind.toLowerCase()}/${name}/\\d+\\.\\d+/${name}\\.yaml$`))
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true)
    expect(runs.some((run) => run.path.startsWith(`${folder}/samples/`))).toBe(true)
    if (kind === 'Task') expect(existsSync(join(root, folder, 'tests/run.yaml'))).toBe(true)
  })

  test('has a page that names every parameter, workspace and result', () => {
    const page = read(`${folder}/README.md`)
    const {
      params,
      workspaces = [],
      ...spec
    } = [...tasks, ...pipelines].find((other) => other.path === path)?.spec ?? {
      params: [],
    }
    const results = 'results' in spec ? names(spec.results) : []

    expect(
      [...names(params), ...names(workspaces), ...results].filter((word) => !page.includes(`\`${word}\``)),
    ).toEqual([])
  })
})

describe.each(tasks)('$path', (task) => {
  const { steps, params, workspaces = [], results = [], volumes = [] } = task.spec

  test('starts programs by argument list and runs no script', () => {
    expect(steps.filter(({ script }) => script !== undefined).map(({ name }) => name)).toEqual([])
    expect(steps.map(({ command }) => command.join(' ')).filter((command) => !isKnownProgram(command))).toEqual([])
  })

  test('hands parameters over as arguments, and never with a secret in the environment of the same step', () => {
    const outside = steps.flatMap((step) => [
      ...step.command,
      ...(step.env ?? []).map(({ value }) => value),
      step.workingDir ?? '',
    ])
    const variables = steps.flatMap(({ env = [] }) => env.map(({ name }) => name))

    expect(outside.filter((text) => text.includes('$(params.'))).toEqual([])
    expect(variables.filter((name) => /PASSWORD|TOKEN|SECRET|KEY/.test(name))).toEqual([])
    expect(JSON.stringify(steps)).not.toContain('valueFrom')
  })

  test('makes of each parameter one argument that cannot be taken for an option, or stands behind `--`', () => {
    const loose = steps.flatMap(({ args = [] }) => {
      const end = args.indexOf('--')
      return args.filter((argument, index) => /^\$\(params\.[^)[]+\)/.test(argument) && (end === -1 || index < end))
    })

    expect(loose).toEqual([])
  })

  test('names nothing that it does not declare, and declares nothing for nothing', () => {
    const named = (kind: string) => {
      const found = JSON.stringify(steps).matchAll(new RegExp(`\\$\\(${kind}\\.([A-Za-z_-]+)`, 'g'))
      return [...new Set([...found].map(([, name = '']) => name))].sort()
    }
    // Pipelines of earlier releases give it; the environment's name no longer comes from it.
    const kept = names(params).filter((name) => name === 'repoName')

    expect([...named('params'), ...kept].sort()).toEqual(names(params))
    expect(named('workspaces')).toEqual(names(workspaces))
    expect(named('results')).toEqual(names(results))
    expect([...new Set(steps.flatMap(({ volumeMounts }) => names(volumeMounts)))].sort()).toEqual(names(volumes))
  })

  test('gives no step more rights than it needs', () => {
    for (const step of steps) expect([step.name, step.securityContext]).toEqual([step.name, rightsOf(step)])
  })
})

/** What the step's program is; for Tronador's the image's own Node and bundle, since there is no shell in it. */
function isKnownProgram(command: string): boolean {
  const { Entrypoint = [] } = readConfig(read('Dockerfile'))
  return command === `${Entrypoint[0]} ${Entrypoint.at(-1)}` || command === '/usr/bin/git' || command === 'buildah'
}

/** Buildah makes a user namespace of its own, for which it must begin as its root; all others are confined. */
function rightsOf(step: Step): Record<string, unknown> {
  if (step.command[0] === 'buildah') {
    return {
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETFCAP', 'SETGID', 'SETUID'] },
      seccompProfile: { type: 'Unconfined' },
    }
  }
  return {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

test('create-environment takes what pipelines of earlier releases give it, and writes where they look', () => {
  const { params, workspaces, volumes } = taskNamed('create-environment').spec
  const required = params.filter((param) => param.default === undefined)

  expect(names(required)).toEqual(['gitBranch', 'gitUrl', 'imageRepo', 'imageTag', 'prNumber'])
  expect(params.find(({ name }) => name === 'pathToTronadorFile')?.default).toBe('.tronador.yaml')
  expect(names(params)).toContain('repoName')
  expect(names(workspaces)).toEqual(['output'])
  expect(volumes).toEqual([
    { name: 'environment-template', configMap: { name: 'environment-template', optional: true } },
  ])
  expect(JSON.stringify(taskNamed('create-environment').spec.steps)).toContain(
    '"--output-file=$(workspaces.output.path)/environment/environment.yaml"',
  )
})

test.each([
  ['preview-environment', ['clone-repository', 'build-image', 'create-environment', 'push-environment']],
  ['build-commit', ['clone-repository', 'build-image']],
])('%s has exactly the steps of the single tasks', (name, single) => {
  expect(taskNamed(name).spec.steps).toEqual(single.flatMap((each) => taskNamed(each).spec.steps))
})

test('a credential is mounted into the one step that needs it', () => {
  const secret = /^(?:git-credentials|dockerconfig|gitops-credentials)$/
  const bound = tasks.flatMap(({ metadata, spec }) =>
    names(spec.workspaces)
      .filter((name) => secret.test(name))
      .map((name) => {
        const steps = spec.steps.filter(({ workspaces = [] }) => names(workspaces).includes(name))
        return `${metadata.name}: ${name} in ${names(steps)}`
      }),
  )

  expect(bound.sort()).toEqual([
    'build-commit: dockerconfig in push-image',
    'build-commit: git-credentials in fetch',
    'build-image: dockerconfig in push-image',
    'clone-repository: git-credentials in fetch',
    'preview-environment: dockerconfig in push-image',
    'preview-environment: git-credentials in fetch',
    'preview-environment: gitops-credentials in push',
    'push-environment: gitops-credentials in push',
    'remove-environment: gitops-credentials in remove',
  ])
})

test('a preview is taken back whatever became of the runs that were to be ended first', () => {
  const remove = pipelines.find(({ metadata }) => metadata.name === 'remove')?.spec
  const timeouts = [...runs, ...templates.flatMap(({ spec }) => spec.resourcetemplates)]
    .filter(({ spec }) => spec.pipelineRef?.name === 'remove')
    .map(({ spec }) => spec.timeouts)

  expect(names(remove?.tasks)).toEqual(['end-runs'])
  expect(names(remove?.finally)).toEqual(['remove'])
  expect(timeouts).toEqual([
    { pipeline: '30m', tasks: '20m' },
    { pipeline: '30m', tasks: '20m' },
  ])
})

interface Callable {
  readonly params: readonly Parameter[]
  readonly workspaces?: readonly Workspace[]
}

/** What a call gives too much or too little, by name. */
function misfits(callable: Callable, params: readonly string[], workspaces: readonly string[]): string[] {
  const [known, rooms] = [names(callable.params), names(callable.workspaces)]
  const needed = names(callable.params.filter((param) => param.default === undefined))
  const neededRooms = names((callable.workspaces ?? []).filter(({ optional }) => optional !== true))
  return [
    ...params.filter((name) => !known.includes(name)),
    ...workspaces.filter((name) => !rooms.includes(name)),
    ...needed.filter((name) => !params.includes(name)),
    ...neededRooms.filter((name) => !workspaces.includes(name)),
  ]
}

function callableOf({ spec }: TaskRun): Callable {
  const name = spec.taskRef?.name ?? spec.pipelineRef?.name
  const found = [...tasks, ...pipelines].find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw new Error(`There is no ${name}.`)
  return found.spec
}

test.each([...runs, ...templates.flatMap(({ path, spec }) => spec.resourcetemplates.map((run) => ({ ...run, path })))])(
  '$path: a run gives what is asked for and nothing else',
  (run) => {
    expect(misfits(callableOf(run), names(run.spec.params), names(run.spec.workspaces))).toEqual([])
  },
)

describe.each(pipelines)('$path', ({ spec }) => {
  const calls = [...spec.tasks, ...(spec.finally ?? [])]

  test.each(calls)('gives the task $name what it asks for, each under its own name', (call) => {
    const task = taskNamed(call.taskRef.name)
    const others = call.params.filter(
      ({ name, value }) => ![`$(params.${name})`, `$(params.${name}[*])`].includes(String(value)),
    )

    expect(misfits(task.spec, names(call.params), names(call.workspaces))).toEqual([])
    expect(others).toEqual([])
    expect((call.workspaces ?? []).filter(({ name, workspace }) => name !== workspace)).toEqual([])
  })

  test('describes a parameter as its tasks do, with the same default', () => {
    const inTasks = calls.flatMap(({ taskRef }) => taskNamed(taskRef.name).spec.params)
    const strange = spec.params.filter(
      (param) =>
        !inTasks.some(
          (other) => other.name === param.name && JSON.stringify(other.default) === JSON.stringify(param.default),
        ),
    )

    expect(names(strange).filter((name) => name !== 'gitRevision')).toEqual([])
  })
})

describe.each(manifestsOf('EventListener'))('$path', ({ spec }) => {
  test.each(spec.triggers)('$name is heard only where the webhook proves itself first', ({ interceptors }) => {
    expect(interceptors.map(({ ref }) => ref.name)).toEqual([expect.stringMatching(/^git(?:hub|lab)$/), 'cel'])
    expect(JSON.stringify(interceptors[0]?.params)).toContain('"secretName":"preview-webhook"')
  })

  test.each(spec.triggers)('$name binds what its template takes', ({ bindings, template }) => {
    const wanted = templates.find(({ metadata }) => metadata.name === template.ref)?.spec.params
    const given = bindings.flatMap(({ ref }) =>
      names(manifestsOf('TriggerBinding').find(({ metadata }) => metadata.name === ref)?.spec.params),
    )

    expect(wanted).toBeDefined()
    expect(names(wanted).filter((name) => !given.includes(name))).toEqual([])
    expect(given.filter((name, index) => given.indexOf(name) !== index)).toEqual([])
  })

  test('no fork gets a run', () => {
    const open = spec.triggers.filter(
      ({ interceptors }) => !/head\.repo\.full_name ==|source_project_id ==/.test(JSON.stringify(interceptors)),
    )

    expect(names(open)).toEqual([])
  })
})

test.each(templates)('$path: the template $metadata.name names no parameter that it does not declare', ({ spec }) => {
  const text = JSON.stringify(spec.resourcetemplates)
  const named = [...text.matchAll(/\$\(tt\.params\.([A-Za-z]+)\)/g)].map(([, name = '']) => name)

  expect([...new Set(named)].sort()).toEqual(names(spec.params))
})

test('every file below tekton is a manifest or a page', () => {
  expect(filesMatching(/^tekton\//).filter((path) => !/\.(?:yaml|md)$/.test(path))).toEqual([])
})
