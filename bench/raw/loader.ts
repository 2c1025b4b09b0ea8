/** Starts the loader without logic and speaks to it. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ClusterConfig } from '../../src/kube/kubeconfig.ts'
import { processFigures } from '../process-figures.ts'
import type { Stage } from '../stage.ts'
import { type Maker, unlessDead } from '../storm.ts'
import type { Recipe } from './recipe.ts'

/** What the loader is told first. */
export interface LoaderSetup {
  readonly server: string
  readonly ca: string | undefined
  readonly token: string | undefined
  readonly recipe: Recipe
}

/** What the loader is told: its setup first, then one environment after the other. */
export type LoaderMessage = LoaderSetup | { readonly name: string; readonly uid: string }

/** Starts it with the operator's rights. It ends with the stage. */
export async function startLoader(stage: Stage, recipe: Recipe): Promise<Required<Maker>> {
  const child = fork(join(import.meta.dirname, 'process.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // A loader that failed says why.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const died = new Promise<Error>((resolve) => {
    child.once('exit', () => resolve(new Error('The loader has ended; its own lines above say why.')))
  })
  stage.onEnd(async () => {
    child.kill('SIGKILL')
    await died
  })
  const tell = (message: LoaderMessage) => void child.send(message)
  const ready = new Promise<void>((resolve) => child.once('message', () => resolve()))
  tell(setupOf(stage.operatorAccess, recipe))
  await unlessDead({ died }, ready)
  return {
    notice: ({ metadata: { name, uid = '' } }) => tell({ name, uid }),
    figures: () => processFigures(child.pid ?? 0),
    died,
  }
}

function setupOf({ server, ca, token }: ClusterConfig, recipe: Recipe): LoaderSetup {
  return { server, ca, token, recipe }
}
