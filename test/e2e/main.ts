/**
 * `npm run e2e`: the whole picture with its own parts, unattended. A pull request's life is lived once for each flow,
 * every stage is seen from outside, and the closing table names the parts that were seen, each with its version.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Interrupted, interruptOf } from '../../local/demo/interrupt.ts'
import { proveMachineIsClean, traceRun } from '../../local/demo/machine-remains.ts'
import { podsOf, proveNothingLeft } from '../../local/demo/prove-nothing-left.ts'
import { proveOneCommitEach } from '../../local/demo/prove-one-commit.ts'
import type { Scene } from '../../local/demo/scene.ts'
import { createScreen, type Screen } from '../../local/demo/screen.ts'
import { StageFailed } from '../../local/demo/stage.ts'
import { breakChart, closePullRequest, mendChart, openPullRequest, pushChange } from '../../local/demo/story.ts'
import { createTeardown } from '../../local/demo/teardown.ts'
import { stopSignal } from '../../local/stop-signal.ts'
import { type Album, createAlbum } from './album.ts'
import { describeCast } from './cast.ts'
import { type EndToEndCluster, startEndToEndCluster } from './cluster.ts'
import { type Flow, flows } from './flows.ts'
import { type EndToEndScene, setTheScene } from './scene.ts'

const help = `The whole picture with its own parts: a pull request on Gitea starts a Tekton pipeline, which builds and pushes
the image and commits the environment; Argo CD applies it; Tronador, installed by its chart, makes namespace and
release; Helm Operator or Flux deploys it; its URL stands in the pull request; closing takes all of it back.

Usage: npm run e2e                   both flows
       npm run e2e -- --flow guide   EnvironmentProvisioner and Helm Operator, as in the guide
       npm run e2e -- --flow flux    Environment and Flux

Options:
  --flow FLOW      one flow alone
  --album FOLDER   where pictures and Argo CD's answers go (default: e2e-album)
  --help           this text

Root is needed for real pods. The first run compiles everything into ~/.cache/tronador.
Exit codes: 0 every part was seen, 1 a stage failed or a part was not seen, 2 wrong usage.`

interface Options {
  readonly flows: readonly Flow[]
  readonly album: string
}

process.exit(await main(process.argv.slice(2)))

async function main(argv: string[]): Promise<number> {
  const options = readArguments(argv)
  if (typeof options === 'string') {
    console.error(options)
    return options === help ? 0 : 2
  }
  return runAll(options)
}

/** Sets the stage once, lives each flow, stops everything; the exit code. */
async function runAll(options: Options): Promise<number> {
  const began = performance.now()
  const screen = createScreen({ json: false })
  const signal = stopSignal()
  const teardown = createTeardown()
  let cluster: EndToEndCluster | undefined
  let scene: EndToEndScene | undefined
  let failure: unknown
  try {
    screen.heading('The cluster')
    cluster = await startEndToEndCluster(screen.progress, signal).catch((error: unknown) => {
      throw signal.aborted ? new Interrupted() : error
    })
    const { stop } = cluster
    teardown.add(() => stop(failure === undefined ? undefined : 'failed'))
    scene = await setTheScene(cluster, screen, interruptOf(signal), teardown.add)
    const album = createAlbum(options.album)
    for (const flow of options.flows) await liveThrough(flow, scene, screen, album)
    const cast = await describeCast(scene, album)
    screen.say(cast.text)
    if (cast.missing.length > 0) throw new Error(cast.missing.join('; '))
  } catch (error) {
    failure = error
    if (cluster !== undefined && !signal.aborted) {
      screen.say((await scene?.describeTrouble().catch(String)) ?? '')
      screen.say(`The logs of all parts: ${join(cluster.folder, 'logs')}`)
    }
  }
  const traces = failure === undefined && cluster !== undefined ? traceRun(cluster.folder) : undefined
  await teardown
    .run()
    .then(async () => {
      if (traces !== undefined) screen.say(await proveMachineIsClean(traces))
    })
    .catch((error: unknown) => {
      failure ??= error
    })
  return tellEnding(screen, failure, (performance.now() - began) / 1000)
}

/** One pull request's life. */
async function liveThrough(flow: Flow, scene: EndToEndScene, screen: Screen, album: Album): Promise<void> {
  screen.heading(`${flow.title}: a pull request is opened`)
  const acting = await scene.play(flow)
  const preview = await openPullRequest(acting)
  await album.keep(scene, preview, flow)
  screen.heading(`${flow.title}: a commit is pushed`)
  await pushChange(acting, preview)
  screen.heading(`${flow.title}: the chart is broken`)
  await breakChart(acting, preview)
  screen.heading(`${flow.title}: the chart is mended`)
  await mendChart(acting, preview)
  screen.heading(`${flow.title}: the pull request is closed`)
  await close(acting, preview)
}

async function close(scene: Scene, preview: Parameters<typeof closePullRequest>[1]): Promise<void> {
  const pods = await podsOf(scene, preview)
  await closePullRequest(scene, preview)
  await proveNothingLeft(scene, preview, pods)
  await proveOneCommitEach(scene, preview)
}

function tellEnding(screen: Screen, failure: unknown, seconds: number): number {
  if (failure === undefined) {
    screen.say(`\nEvery part was seen; ${seconds.toFixed(1)} s in all.`)
    return 0
  }
  const message = failure instanceof Error ? failure.message : String(failure)
  screen.say(`\n${failure instanceof StageFailed ? 'A stage failed' : 'Failed'}: ${message} (${seconds.toFixed(1)} s)`)
  return failure instanceof Interrupted ? 130 : 1
}

function readArguments(argv: string[]): string | Options {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        flow: { type: 'string' },
        album: { type: 'string', default: 'e2e-album' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help === true) return help
    const chosen = values.flow === undefined ? flows : flows.filter(({ name }) => name === values.flow)
    if (chosen.length > 0) return { flows: chosen, album: values.album }
    return `--flow is ${flows.map(({ name }) => name).join(' or ')}, not "${values.flow}"\nTry: npm run e2e -- --help`
  } catch (error) {
    return `${(error as Error).message}\nTry: npm run e2e -- --help`
  }
}
