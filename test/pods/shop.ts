/** A small application for the tests of the node: one pod, its Service and its Ingress. */

import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { pushImage } from '../../local/node/images.ts'
import { createClient } from '../../src/kube/client.ts'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { deployments, ingresses, namespaces, pods, services } from '../../src/kube/resources.ts'

/** A pod as these tests read it. */
export interface PodObject extends KubeObject {
  readonly status?: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

const labels = { app: 'shop' }

/** A client with the administrator's rights. */
export async function openCluster(kubeconfig: string): Promise<Cluster> {
  return createClient(await loadKubeconfig(kubeconfig))
}

/** Pushes the shop with a page that says `text`, and returns the image. */
export function pushShop(registry: string, program: string, text: string): Promise<string> {
  return pushImage({
    registry,
    name: 'shop',
    tag: 'test',
    layers: [
      [{ kind: 'file', path: 'shop', mode: 0o755, content: readFileSync(program) }],
      [
        { kind: 'directory', path: 'page' },
        { kind: 'file', path: 'page/index.html', content: text },
      ],
    ],
    config: { Entrypoint: ['/shop'], User: '65532:65532' },
  })
}

/** Creates a namespace and the shop in it, reached at `http://NAMESPACE.localhost`. */
export async function createShop(cluster: Cluster, namespace: string, image: string): Promise<void> {
  const metadata = { name: 'shop', namespace, labels }
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await cluster.create(deployments, deployment(metadata, image))
  await cluster.create(services, service(metadata))
  await cluster.create(ingresses, ingress(metadata))
}

/** The shop's pod, once it is Ready. */
export async function readyPod(cluster: Cluster, namespace: string): Promise<PodObject> {
  for (;;) {
    const { items } = await cluster.list<PodObject>(pods, { namespace, labelSelector: 'app=shop' })
    const ready = items.find((pod) => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'))
    if (ready !== undefined) return ready
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** GETs a URL, naming another host than the one it is sent to. */
export function visit(url: string, host?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ...(host === undefined ? {} : { headers: { host } }), agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    request.on('error', reject)
  })
}

function deployment(metadata: KubeObject['metadata'], image: string): KubeObject & { spec: object } {
  const container = {
    name: 'shop',
    image,
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
  }
  const spec = { securityContext: { seccompProfile: { type: 'RuntimeDefault' } }, containers: [container] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}

function service(metadata: KubeObject['metadata']): KubeObject & { spec: object } {
  const spec = { selector: labels, ports: [{ name: 'web', port: 80, targetPort: 'http' }] }
  return { apiVersion: 'v1', kind: 'Service', metadata, spec }
}

function ingress(metadata: KubeObject['metadata']): KubeObject & { spec: object } {
  const backend = { service: { name: 'shop', port: { name: 'web' } } }
  const rule = {
    host: `${metadata.namespace}.localhost`,
    http: { paths: [{ path: '/', pathType: 'Prefix', backend }] },
  }
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: { rules: [rule] } }
}
