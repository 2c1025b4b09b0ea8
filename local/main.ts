/** `npm run cluster`: starts a local cluster, says what answers where, and stays until it is told to stop. */

import { parseArgs } from 'node:util'
import { type LocalCluster, startCluster, type Tier, tiers } from './cluster.ts'
import { createProgress } from './progress.ts'
import { stopSignal, untilAborted } from './stop-signal.ts'

const help = `Start a local Kubernetes and keep it until Ctrl-C.

Usage: npm run cluster -- [--tier TIER] [--simulate-pods] [--argocd]

Tiers, each with everything of those before:
  control-plane   etcd, API server, controller manager, all custom resources (the default)
  engines         Flux (source-controller, helm-controller) and Helm Operator
  pull-requests   Gitea, and Flux's kustomize-controller
  pods            a node that runs real pods, an image registry, Ingress; needs root
  pipelines       Tekton with Triggers, and an image with Buildah

Options:
  --tier TIER       how much to start
  --simulate-pods   tier pods without root: pods only seem to run (KWOK)
  --argocd          Argo CD besides, on whichever tier; needs redis-server
  --help            this text

The first start compiles what it needs into ~/.cache/tronador; later ones take seconds.
Nothing is installed elsewhere, and nothing is left when it stops.

Examples:
  npm run cluster
  npm run cluster -- --tier engines
  KUBECONFIG=<the path it prints> kubectl get crds`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args)
  if (typeof asked === 'string') {
    console.error(`${asked}\nTry: npm run cluster -- --help`)
    return 2
  }
  if (asked.help) {
    console.log(help)
    return 0
  }
  const stop = stopSignal()
  try {
    const cluster = await startCluster({ ...asked, progress: createProgress({ stream: process.stderr }), signal: stop })
    console.log(describe(cluster))
    const ended = await Promise.race([cluster.died, untilAborted(stop)])
    await cluster.stop()
    console.log('The cluster has stopped.')
    if (ended !== undefined) throw ended
    return 0
  } catch (error) {
    if (stop.aborted) {
      console.error('Stopped before the cluster was up.')
      return 130
    }
    console.error((error as Error).message)
    return 1
  }
}

function readArguments(args: string[]): string | { tier: Tier; simulatePods: boolean; argocd: boolean; help: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        tier: { type: 'string' },
        'simulate-pods': { type: 'boolean' },
        argocd: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    const tier = tiers.find((each) => each === (values.tier ?? 'control-plane'))
    if (tier === undefined) return `There is no tier "${values.tier}"; the tiers are ${tiers.join(', ')}.`
    return {
      tier,
      simulatePods: values['simulate-pods'] === true,
      argocd: values.argocd === true,
      help: values.help === true,
    }
  } catch (error) {
    return (error as Error).message
  }
}

function describe(cluster: LocalCluster): string {
  const { kubectl, gitea, argocd, registry, ingress, builder } = cluster
  return [
    '',
    `export KUBECONFIG=${cluster.kubeconfig}`,
    '',
    `  API server  ${cluster.server}`,
    ...(kubectl ? [`  kubectl     ${kubectl}`] : []),
    ...(gitea ? [`  Gitea       ${gitea.url}  (${gitea.adminUser} / ${gitea.adminPassword})`] : []),
    ...(argocd ? [`  Argo CD     ${argocd.url}  (its API; nobody has to log in)`] : []),
    ...(registry ? [`  Registry    http://${registry.address}`] : []),
    ...(builder ? [`  Buildah     ${builder.image}`] : []),
    ...(ingress ? [`  Ingress     http://NAME.localhost:${ingress.port}`] : []),
    `  Logs        ${cluster.runFolder}/logs`,
    ...(cluster.simulatedPods ? ['', 'Pods are simulated: they get ready, and nothing runs in them.'] : []),
    '',
    'Ctrl-C stops it.',
  ].join('\n')
}
