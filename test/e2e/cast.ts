/** The closing table: each part of the guide's picture, which program played it, and the object that was seen. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { StageReport } from '../../local/demo/stage.ts'
import type { Component } from '../../local/pins.ts'
import type { Album } from './album.ts'
import type { Flow } from './flows.ts'
import type { EndToEndScene } from './scene.ts'

/** One part of the picture. A stage's report is the proof that it was seen. */
interface Part {
  readonly title: string
  /** The programs that play it, with the Go module whose version is theirs; Tronador itself where absent. */
  readonly played: readonly (readonly [Component, string])[]
  /** The stage in which it was seen. */
  readonly stage: string
}

const kubernetes = ['kube-apiserver', 'k8s.io/kubernetes'] as const
const engines: Readonly<Record<string, Part['played']>> = {
  guide: [['helm-operator', 'github.com/fluxcd/helm-operator']],
  flux: [
    ['source-controller', 'github.com/fluxcd/source-controller'],
    ['helm-controller', 'github.com/fluxcd/helm-controller'],
  ],
}

function partsOf({ name, subject }: Flow): readonly Part[] {
  return [
    { title: 'Config file .tronador.yaml', played: [], stage: 'open.gitops' },
    { title: 'Pull-request event', played: [['gitea', 'code.gitea.io/gitea']], stage: 'open.pull-request' },
    {
      title: 'Pipeline by Tekton',
      played: [
        ['pipeline-controller', 'github.com/tektoncd/pipeline'],
        ['triggers-controller', 'github.com/tektoncd/triggers'],
      ],
      stage: 'open.image',
    },
    {
      title: 'Image built and pushed',
      played: [
        ['buildah', 'github.com/containers/buildah'],
        ['registry', 'github.com/distribution/distribution/v3'],
      ],
      stage: 'open.image',
    },
    { title: 'GitOps repository', played: [['gitea', 'code.gitea.io/gitea']], stage: 'open.gitops' },
    { title: 'Argo CD', played: [['argocd', 'github.com/argoproj/argo-cd/v3']], stage: 'open.health' },
    { title: subject.kind, played: [], stage: 'open.environment' },
    { title: 'HelmRelease', played: engines[name] ?? [], stage: 'open.release' },
    { title: 'Secrets', played: [kubernetes], stage: 'open.secrets' },
    { title: 'Snapshot deployed', played: [kubernetes], stage: 'open.page' },
    { title: 'Snapshot updated', played: [kubernetes], stage: 'push.page' },
  ]
}

/** What these machines cannot have. */
const notRun = [
  ['GitHub', 'no network; Gitea is the code host'],
  ['Multi Tenant Operator', 'not open source'],
] as const

/** What became of the parts. */
export interface Cast {
  /** The table, for every flow that was lived through. */
  readonly text: string
  /** What those flows owe it, in sentences: a part that was not seen, a program whose version nobody knows. */
  readonly missing: readonly string[]
}

/** Looks for every part of every flow that was lived through; a flow that was not chosen owes nothing. */
export async function describeCast(scene: EndToEndScene, album: Album): Promise<Cast> {
  const lines: string[] = []
  const missing: string[] = []
  for (const [flow, stages] of scene.lived) {
    lines.push('', `${flow.title}:`)
    for (const part of partsOf(flow)) {
      const found = await findPart(part, stages, scene, album.secrets.get(flow.name))
      lines.push(found.line)
      missing.push(...found.missing.map((sentence) => `${flow.title}: ${sentence}`))
    }
  }
  lines.push('', ...notRun.map(([title, why]) => line('not run', title, why)))
  if (album.withoutPictures !== undefined) lines.push(line('not run', 'Pictures', album.withoutPictures))
  return { text: [...lines, '', ...album.files.map((file) => `Kept: ${file}`)].join('\n'), missing }
}

async function findPart(
  part: Part,
  stages: readonly StageReport[],
  scene: EndToEndScene,
  secrets: readonly string[] | undefined,
): Promise<{ readonly line: string; readonly missing: readonly string[] }> {
  const report = stages.find(({ name }) => name === part.stage)
  const seen = report?.ok === true
  const players = await Promise.all(
    part.played.map(async ([program, module]) => ({ program, version: await versionOf(scene, program, module) })),
  )
  const names = players.map(({ program, version }) => `${program} ${version ?? 'of an unknown version'}`)
  const by = names.length === 0 ? 'Tronador' : names.join(', ')
  const object = part.stage === 'open.secrets' ? (secrets?.join(', ') ?? '') : (report?.detail ?? '')
  const unknown = players.filter(({ version }) => version === undefined)
  return {
    line: line(seen ? 'seen' : 'not seen', part.title, `${by}${object === '' ? '' : `: ${object}`}`),
    missing: [
      ...(seen ? [] : [`${part.title} was not seen, for want of stage ${part.stage}`]),
      ...unknown.map(({ program }) => `${part.title} was played by ${program} of an unknown version`),
    ],
  }
}

const line = (mark: string, title: string, text: string) => `  ${mark.padEnd(9)}${title.padEnd(27)}${text}`

/** What the program itself says it was built from; undefined where it names no version. */
async function versionOf({ cluster }: EndToEndScene, program: Component, module: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('go', ['version', '-m', await cluster.program(program)])
  const version = stdout
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .find(([kind, path]) => (kind === 'dep' || kind === 'mod') && path === module)?.[2]
  // Of a module that was built from a folder, Go says "(devel)".
  return version?.startsWith('v') ? version : undefined
}
