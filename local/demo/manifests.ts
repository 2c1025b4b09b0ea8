/** Applies YAML manifests of this repository with the administrator's rights. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Cluster, KubeObject, Resource } from '../../src/kube/cluster.ts'
import { namespaces, roleBindings, secrets, serviceAccounts } from '../../src/kube/resources.ts'

const admission = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false }
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const known: readonly Resource[] = [
  namespaces,
  serviceAccounts,
  secrets,
  roleBindings,
  { ...rbac, plural: 'roles', kind: 'Role', namespaced: true },
  { ...rbac, plural: 'clusterroles', kind: 'ClusterRole', namespaced: false },
  { ...rbac, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding', namespaced: false },
  { ...admission, plural: 'validatingadmissionpolicies', kind: 'ValidatingAdmissionPolicy' },
  { ...admission, plural: 'validatingadmissionpolicybindings', kind: 'ValidatingAdmissionPolicyBinding' },
]

/** Applies every object of these files (paths from the repository's root), in order. */
export async function applyManifests(cluster: Cluster, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const text = await readFile(join(import.meta.dirname, '..', '..', file), 'utf8')
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubeObject | null
      if (object !== null) await applyObject(cluster, object, file)
    }
  }
}

async function applyObject(cluster: Cluster, object: KubeObject, file: string): Promise<void> {
  const resource = known.find(({ kind }) => kind === object.kind)
  if (resource === undefined) throw new Error(`${file}: the demo does not know how to apply a ${object.kind}`)
  await cluster.apply(resource, object, { fieldManager: 'local-demo', force: true })
}
