/** `npm start`: the first preview, from an empty machine to a page that names a pull request's commit. */
import { type LocalCluster, startCluster } from '../cluster.ts'
import { stopSignal } from '../stop-signal.ts'
import { readLastLines, tellEnding } from './ending.ts'
import { buildPagesBehind } from './gitea-pages.ts'
import { stayInteractive } from './interactive.ts'
import { Interrupted, interruptOf } from './interrupt.ts'
import { proveMachineIsClean, traceRun } from './machine-remains.ts'
import { type DemoOptions, help, parseOptions, UsageError } from './options.ts'
import { choosePods } from './pods-choice.ts'
import { showWhatTronadorWrites } from './preview-object.ts'
import { podsOf, proveNothingLeft } from './prove-nothing-left.ts'
import { proveOneCommitEach } from './prove-one-commit.ts'
import type { Preview, Scene } from './scene.ts'
import { createScreen, type Screen } from './screen.ts'
import { setTheScene } from './set-the-scene.ts'
import { breakChart, closePullRequest, mendChart, openPullRequest, pushChange } from './story.ts'
import { createTeardown, type Teardown } from './teardown.ts'

process.exit(await main(process.argv.slice(2)))

/** The exit code. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv)
    if (!options.help) return await runDemo(options)
    process.stdout.write(help)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message} (npm start -- --help says more)\n`)
    return 2
  }
}

/** The whole demo; the exit code. Whatever happens, everything that was started is stopped. */
async function runDemo(options: DemoOptions): Promise<number> {
  const began = performance.now()
  const screen = createScreen(options)
  const teardown = createTeardown()
  const signal = stopSignal()
  const interrupted = interruptOf(signal)
  let cluster: LocalCluster | undefined
  let scene: Scene | undefined
  let failure: unknown
  await showWhatTronadorWrites(screen, options.subject)
  const simulation = await choosePods(options)
  if (simulation !== undefined) screen.heading(simulation)
  try {
    cluster = await startLocalCluster(screen, teardown, signal, simulation !== undefined)
    scene = await setTheScene(cluster, options.subject, screen, interrupted, teardown.add)
    const preview = await openFirst(scene, screen, began)
    if (options.once) await liveOn(scene, screen, preview)
    else await stay(scene, screen, preview, signal)
  } catch (error) {
    failure = error
  }
  const logs = failure === undefined || cluster === undefined ? '' : readLastLines(cluster.runFolder)
  // A run that failed leaves its logs, so there only the stop itself counts.
  const traces = failure === undefined && cluster !== undefined ? traceRun(cluster.runFolder) : undefined
  await stopEverything(screen, teardown)
    .then(async () => {
      if (traces !== undefined) screen.say(await proveMachineIsClean(traces))
    })
    .catch((error: unknown) => {
      failure ??= error
    })
  const seconds = (performance.now() - began) / 1000
  return tellEnding(screen, {
    once: options.once,
    subject: options.subject,
    simulation,
    stages: scene?.stages.reports ?? [],
    failure,
    logs,
    seconds,
  })
}

async function startLocalCluster(
  screen: Screen,
  teardown: Teardown,
  signal: AbortSignal,
  simulatePods: boolean,
): Promise<LocalCluster> {
  screen.heading('The local cluster')
  try {
    const cluster = await startCluster({ tier: 'pods', progress: screen.progress, simulatePods, signal })
    teardown.add(cluster.stop)
    return cluster
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error
  }
}

/** A pull request's way to its first preview. `began`: when the command did, of the monotonic clock. */
async function openFirst(scene: Scene, screen: Screen, began: number): Promise<Preview> {
  screen.heading('A pull request is opened')
  const preview = await openPullRequest(scene)
  screen.say(`The first preview stands ${((performance.now() - began) / 1000).toFixed(1)} s after the start.`)
  return preview
}

/** The rest of a pull request's life: every stage is seen, or the first that is not rejects. */
async function liveOn(scene: Scene, screen: Screen, preview: Preview): Promise<void> {
  screen.heading('A commit is pushed')
  await pushChange(scene, preview)
  screen.heading('The chart is broken')
  await breakChart(scene, preview)
  screen.heading('The chart is mended')
  await mendChart(scene, preview)
  screen.heading('The pull request is closed')
  const pods = await podsOf(scene, preview)
  await closePullRequest(scene, preview)
  await proveNothingLeft(scene, preview, pods)
  await proveOneCommitEach(scene, preview)
}

/** Whatever the person does with the first preview. */
async function stay(scene: Scene, screen: Screen, preview: Preview, signal: AbortSignal): Promise<void> {
  const building = buildPagesBehind(scene, screen, signal)
  await stayInteractive(scene, screen, preview, interruptOf(signal))
  await building
}

async function stopEverything(screen: Screen, teardown: Teardown): Promise<void> {
  screen.progress.stopRunning()
  const stage = screen.progress.stage('Stop everything')
  await teardown.run().then(
    () => stage.done(),
    (error: unknown) => {
      stage.fail('')
      throw error
    },
  )
}
