/** What the previews of these tests are made of: a chart that is ready without pods, and says its URL. */
import type { KubeObject } from '../../src/kube/cluster.ts'
import { newEnvironment, ownEnvironments } from '../environment-operator.ts'
import type { GitRepository } from '../git-repository.ts'

/** A ConfigMap, and an Ingress of a host that is named like the namespace. */
export const chart = {
  'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'deploy/templates/configmap.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  tag: {{ .Values.tag | quote }}
`,
  'deploy/templates/ingress.yaml': `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  rules:
    - host: {{ .Release.Namespace }}.example.com
`,
}

/** What the ConfigMap of a preview says. */
export interface TagMap extends KubeObject {
  readonly data?: { readonly tag: string }
}

/** An Environment as it is committed. */
export function environmentOf(
  name: string,
  repository: GitRepository,
  commit: string,
  tag: string,
  valuesFrom?: readonly object[],
) {
  return newEnvironment(name, {
    application: {
      gitRepository: { url: repository.url, ref: { branch: 'main', commit } },
      release: {
        chart: { spec: { chart: 'deploy' } },
        releaseName: 'shop',
        values: { tag },
        ...(valuesFrom && { valuesFrom }),
      },
    },
  })
}

/** An EnvironmentProvisioner as it is committed. */
export function provisionerOf(name: string, repository: GitRepository, commit: string, tag: string) {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name, labels: ownEnvironments },
    spec: {
      application: {
        release: {
          chart: { git: repository.url, path: 'deploy', ref: commit },
          releaseName: 'shop',
          values: { tag },
          // Objects of the original Tronador have it so.
          valuesFrom: null,
        },
      },
    },
  }
}
