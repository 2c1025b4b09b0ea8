/** The kubeconfig files of the local cluster. */

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemClock, systemRandom } from '../src/kube/clock.ts'
import { createTransport } from '../src/kube/http.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'

/** A kubeconfig with one context. The authority stays a file: some clients read it only from there. */
export function kubeconfigText(access: {
  readonly server: string
  readonly caFile: string
  readonly token: string
  readonly namespace?: string
}): string {
  const context = { cluster: 'local', user: 'local', ...(access.namespace && { namespace: access.namespace }) }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server: access.server, 'certificate-authority': access.caFile } }],
    users: [{ name: 'local', user: { token: access.token } }],
    contexts: [{ name: 'local', context }],
    'current-context': 'local',
  }
  // JSON is YAML.
  return `${JSON.stringify(config, undefined, 2)}\n`
}

/**
 * Asks for a token of this service account, valid for a day, and writes a kubeconfig with it into the folder of the
 * administrator's. Returns its path.
 */
export async function writeServiceAccountKubeconfig(
  admin: string,
  of: { readonly namespace: string; readonly serviceAccount: string },
): Promise<string> {
  const options = { clock: systemClock, random: systemRandom, userAgent: 'local-cluster' }
  const transport = createTransport(await loadKubeconfig(admin), options)
  try {
    const answer = await transport.send({
      method: 'POST',
      path: `/api/v1/namespaces/${of.namespace}/serviceaccounts/${of.serviceAccount}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } },
    })
    const { token } = (answer as { status: { token: string } }).status
    const { cluster } = JSON.parse(readFileSync(admin, 'utf8')).clusters[0]
    const path = join(dirname(admin), `${of.namespace}.${of.serviceAccount}.kubeconfig`)
    const access = { server: cluster.server, caFile: cluster['certificate-authority'], token, namespace: of.namespace }
    writeFileSync(path, kubeconfigText(access), { mode: 0o600 })
    return path
  } finally {
    await transport.close()
  }
}
