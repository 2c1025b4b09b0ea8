import { inject } from 'vitest'
import { createClient } from '../../src/kube/client.ts'
import { isKubeError, type KubeObject, type Resource } from '../../src/kube/cluster.ts'
import { clusterContract } from '../../src/kube/contract.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { customResourceDefinitions, openShiftRoutes } from '../../src/kube/resources.ts'

/** A kind that comes into the world with this test, so that the API server knows nothing of it at revision 1. */
const probes: Resource = {
  group: 'contract.example.com',
  version: 'v1',
  plural: 'probes',
  kind: 'Probe',
  namespaced: true,
}

clusterContract('The client before a real API server', async () => {
  const cluster = createClient(await loadKubeconfig(inject('kubeconfig')))
  await createProbes()
  return { cluster, young: probes, unserved: openShiftRoutes, stop: () => cluster.close() }

  async function createProbes(): Promise<void> {
    await cluster.create(customResourceDefinitions, probeDefinition).catch((error: unknown) => {
      if (!isKubeError(error, 'AlreadyExists')) throw error
    })
    while (!(await cluster.serves(probes))) await new Promise((resolve) => setTimeout(resolve, 50))
  }
})

const probeDefinition: KubeObject & { readonly spec: object } = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'probes.contract.example.com' },
  spec: {
    group: probes.group,
    scope: 'Namespaced',
    names: { plural: 'probes', singular: 'probe', kind: 'Probe' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}
