/** Where each kind that Tronador touches is served. One table, so that no URL is written twice. */
import type { Resource } from './cluster.ts'

const namespaced = (group: string, version: string, plural: string, kind: string): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced: true,
})
const clusterScoped = (group: string, version: string, plural: string, kind: string): Resource => ({
  ...namespaced(group, version, plural, kind),
  namespaced: false,
})

export const environments = clusterScoped('tronador.stakater.com', 'v1alpha2', 'environments', 'Environment')
export const environmentProvisioners = clusterScoped(
  'tronador.stakater.com',
  'v1alpha1',
  'environmentprovisioners',
  'EnvironmentProvisioner',
)
export const repositories = namespaced('tronador.stakater.com', 'v1alpha1', 'repositories', 'Repository')

export const namespaces = clusterScoped('', 'v1', 'namespaces', 'Namespace')
export const secrets = namespaced('', 'v1', 'secrets', 'Secret')
export const configMaps = namespaced('', 'v1', 'configmaps', 'ConfigMap')
export const serviceAccounts = namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount')
export const services = namespaced('', 'v1', 'services', 'Service')
export const pods = namespaced('', 'v1', 'pods', 'Pod')
export const resourceQuotas = namespaced('', 'v1', 'resourcequotas', 'ResourceQuota')
export const limitRanges = namespaced('', 'v1', 'limitranges', 'LimitRange')
export const events = namespaced('events.k8s.io', 'v1', 'events', 'Event')
export const leases = namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease')
export const customResourceDefinitions = clusterScoped(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
)

export const roleBindings = namespaced('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding')
export const networkPolicies = namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy')
export const ingresses = namespaced('networking.k8s.io', 'v1', 'ingresses', 'Ingress')
export const httpRoutes = namespaced('gateway.networking.k8s.io', 'v1', 'httproutes', 'HTTPRoute')
export const openShiftRoutes = namespaced('route.openshift.io', 'v1', 'routes', 'Route')

export const deployments = namespaced('apps', 'v1', 'deployments', 'Deployment')
export const statefulSets = namespaced('apps', 'v1', 'statefulsets', 'StatefulSet')
export const daemonSets = namespaced('apps', 'v1', 'daemonsets', 'DaemonSet')
export const jobs = namespaced('batch', 'v1', 'jobs', 'Job')

export const gitRepositories = namespaced('source.toolkit.fluxcd.io', 'v1', 'gitrepositories', 'GitRepository')
export const helmCharts = namespaced('source.toolkit.fluxcd.io', 'v1', 'helmcharts', 'HelmChart')
export const helmReleases = namespaced('helm.toolkit.fluxcd.io', 'v2', 'helmreleases', 'HelmRelease')
export const kustomizations = namespaced('kustomize.toolkit.fluxcd.io', 'v1', 'kustomizations', 'Kustomization')

/** Tekton's. */
export const pipelineRuns = namespaced('tekton.dev', 'v1', 'pipelineruns', 'PipelineRun')
export const taskRuns = namespaced('tekton.dev', 'v1', 'taskruns', 'TaskRun')

/** Helm Operator's. */
export const helmReleasesV1 = namespaced('helm.fluxcd.io', 'v1', 'helmreleases', 'HelmRelease')

/** `group/version` as it stands in an object's `apiVersion`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}
