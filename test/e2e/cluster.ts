/**
 * The cluster of the end-to-end run: a node with real pods, a registry, Gitea, Flux, Helm Operator, Tekton and Argo CD,
 * and nothing of Tronador's. Gitea names itself by an address that pods reach, over TLS.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ArgoCd, argoCdPrograms, startArgoCd } from '../../local/argocd/index.ts'
import { startBuild } from '../../local/build.ts'
import { componentsOf } from '../../local/cluster.ts'
import { startApi, startControllers } from '../../local/control-plane.ts'
import { installCustomResources } from '../../local/crds.ts'
import { startFlux } from '../../local/engines.ts'
import { type Gitea, startGitea } from '../../local/gitea/index.ts'
import { startHelmOperator } from '../../local/helm-operator.ts'
import { prepareNode, startNode } from '../../local/node/index.ts'
import { checkMachine } from '../../local/preflight.ts'
import type { Progress } from '../../local/progress.ts'
import { type OpenSurroundings, openSurroundings } from '../../local/surroundings.ts'
import { startTekton } from '../../local/tekton/index.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import { removeOwnDefinitions, trusting } from '../pods/install-cluster.ts'
import { startRelay } from '../pods/relay.ts'

/** Everything that runs before Tronador comes. */
export interface EndToEndCluster {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  readonly admin: ClusterClient
  /** `HOST:PORT`, over plain HTTP. */
  readonly registry: { readonly address: string }
  /** `http://NAME.localhost:PORT` reaches the Ingress of that host. */
  readonly ingress: { readonly port: number }
  /** On the loopback address; `rootUrl` is what it calls itself. */
  readonly gitea: Gitea & { readonly rootUrl: string }
  readonly argoCd: ArgoCd
  /** An image with Buildah in it. */
  readonly builder: { readonly image: string }
  /** PEM of the authority that Gitea's certificate is by. */
  readonly authority: string
  /** Folder that lives as long as the cluster. */
  readonly folder: string
  /** Path of a program that was built. */
  readonly program: OpenSurroundings['build']['binary']
  /** Resolves when a part ends by itself. */
  readonly died: Promise<Error>
  /** Ends all of it; after a failure the logs stay until the next start. */
  stop(reason?: 'failed'): Promise<void>
}

/** Starts it, and builds what is missing. Rejects before anything long begins where this machine lacks something. */
export async function startEndToEndCluster(progress: Progress, signal: AbortSignal): Promise<EndToEndCluster> {
  await checkMachine('pipelines', { argocd: true })
  const components = [...componentsOf({ tier: 'pipelines' }), ...argoCdPrograms, 'helm', 'shop'] as const
  const surroundings = await openSurroundings(progress, (cache) => startBuild({ cache, components, progress }))
  const breakOff = () => void surroundings.stop()
  signal.addEventListener('abort', breakOff)
  try {
    signal.throwIfAborted()
    return await startParts(surroundings)
  } catch (error) {
    await surroundings.stop(signal.aborted ? undefined : 'failed')
    progress.stopRunning()
    throw error
  } finally {
    signal.removeEventListener('abort', breakOff)
  }
}

async function startParts(surroundings: OpenSurroundings): Promise<EndToEndCluster> {
  const prepared = await prepareNode(surroundings)
  const controlPlane = await startApi(surroundings, prepared.addresses)
  const authority = join(controlPlane.pki, 'ca.crt')
  const trustful = trusting(authority, surroundings)
  const pem = (name: string) => readFileSync(join(controlPlane.pki, name), 'utf8')

  const at = prepared.addresses.host
  const certificate = { cert: pem('apiserver.crt'), key: pem('apiserver.key') }
  // Its address is part of Gitea's settings, so it listens before Gitea does.
  const behind = { to: '', at, certificate }
  const relay = await startRelay(behind)
  surroundings.onStop(() => relay.stop())

  const startGiteaBehind = async () => {
    const gitea = await startGitea(surroundings, { rootUrl: `${relay.url}/` })
    behind.to = gitea.url
    return { ...gitea, rootUrl: relay.url }
  }
  const startEngines = async () => {
    await installCustomResources(surroundings, controlPlane)
    await removeOwnDefinitions(controlPlane.client)
    haveHelmOperatorTrust(authority, surroundings)
    await Promise.all([
      startFlux(trustful, controlPlane, ['source-controller', 'helm-controller']),
      startHelmOperator(trustful, controlPlane),
    ])
  }
  const [services, tekton, gitea, argoCd] = await Promise.all([
    startNode(surroundings, controlPlane, prepared),
    startTekton(surroundings, Promise.resolve(controlPlane), prepared.registry),
    startGiteaBehind(),
    startArgoCd(trustful, controlPlane),
    startControllers(surroundings, controlPlane),
    startEngines(),
  ])
  return {
    kubeconfig: controlPlane.kubeconfig,
    admin: controlPlane.client,
    ...services,
    ...tekton,
    gitea,
    argoCd,
    authority: pem('ca.crt'),
    folder: surroundings.run.path,
    program: surroundings.build.binary,
    died: surroundings.died,
    stop: surroundings.stop,
  }
}

/** Its git is handed no variable that names an authority, and reads its home's configuration. */
function haveHelmOperatorTrust(authority: string, { run }: OpenSurroundings): void {
  const home = join(run.path, 'helm-operator', 'home')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  writeFileSync(join(home, '.gitconfig'), `[http]\n\tsslCAInfo = ${authority}\n`)
}
