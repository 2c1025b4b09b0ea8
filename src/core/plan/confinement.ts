/**
 * What holds a preview inside its namespace. A chart is untrusted code: Flux acts as the namespace's own service
 * account, whose rights end at the namespace.
 */
import { environmentLabel, managedByLabel, managedByValue } from '../../api/labels.ts'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../model.ts'
import type { WantedObject } from './difference.ts'

/** Name of the service account that Flux acts as, and of the ClusterRole that bounds it. */
export const confinedName = 'tronador-confined'
/** ClusterRole with what the operator itself may do in a namespace that it owns; its RoleBinding has the same name. */
export const operatorRoleName = 'tronador-operator-environment'

/** The operator's own service account. */
export interface OperatorIdentity {
  readonly namespace: string
  readonly serviceAccount: string
}

/** Namespaces whose pods may reach a preview besides its own: the usual homes of ingress controllers. */
const ingressNamespaces = [
  'contour',
  'envoy-gateway-system',
  'haproxy-controller',
  'ingress-nginx',
  'istio-system',
  'kong',
  'kube-system',
  'openshift-ingress',
  'traefik',
]
/** An administrator's word that another namespace's pods are ingress controllers. */
const ingressLabel = 'tronador.stakater.com/ingress'

/** Where the cloud's machines tell their secrets to whoever asks. */
const metadataAddresses = ['169.254.169.254/32', '100.100.100.200/32']
const metadataAddresses6 = ['fd00:ec2::254/128']

/** Everything Tronador keeps in the namespace besides source and release, by the environment's profile. */
export function namespaceContents(home: Home, operator: OperatorIdentity): WantedObject[] {
  const frame = frameOf(home)
  const limits = [limitTraffic(frame), limitAmounts(frame), assumeRequests(frame)]
  return [...actingRights(home, operator), ...(home.profile === 'confined' ? limits.map((object) => ({ object })) : [])]
}

/**
 * What of it stands though the profile no longer asks for it: the limits of a preview that is trusted now. Its account
 * stays, for a release that still names it could not be uninstalled without.
 */
export function outdatedContents({ profile }: Home, observed: readonly KubeObject[]): KubeObject[] {
  if (profile === 'confined') return []
  return observed.filter(
    ({ kind, metadata }) =>
      ['NetworkPolicy', 'ResourceQuota', 'LimitRange'].includes(kind) &&
      metadata.name === confinedName &&
      metadata.labels?.[managedByLabel] === managedByValue &&
      metadata.deletionTimestamp === undefined,
  )
}

/** What must stand for the operator and for Flux to act in the namespace: needed to remove a release, too. */
export function actingRights(home: Home, operator: OperatorIdentity): WantedObject[] {
  const frame = frameOf(home)
  const account = { ...frame('v1', 'ServiceAccount', confinedName), automountServiceAccountToken: false }
  return [
    { object: bindOperator(frame, operator) },
    ...(home.profile === 'confined' ? [{ object: account }, { object: bindConfined(frame, home.namespace) }] : []),
  ]
}

/** Where the objects lie. */
export type Home = Pick<DesiredEnvironment, 'namespace' | 'profile'>

function frameOf({ namespace }: Home): Frame {
  const labels = { [managedByLabel]: managedByValue, [environmentLabel]: namespace }
  return (apiVersion, kind, name) => ({ apiVersion, kind, metadata: { name, namespace, labels } })
}

type Frame = (apiVersion: string, kind: string, name: string) => KubeObject

function bind(frame: Frame, role: string, namespace: string, serviceAccount: string): KubeObject {
  return {
    ...frame('rbac.authorization.k8s.io/v1', 'RoleBinding', role),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', namespace, name: serviceAccount }],
  } as KubeObject
}

/** The operator reads Secrets only where it owns the namespace, and through this. */
function bindOperator(frame: Frame, operator: OperatorIdentity): KubeObject {
  return bind(frame, operatorRoleName, operator.namespace, operator.serviceAccount)
}

function bindConfined(frame: Frame, namespace: string): KubeObject {
  return bind(frame, confinedName, namespace, confinedName)
}

/** In: from the own namespace and ingress controllers. Out: anywhere except the cloud's metadata addresses. */
function limitTraffic(frame: Frame): KubeObject {
  return {
    ...frame('networking.k8s.io/v1', 'NetworkPolicy', confinedName),
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { podSelector: {} },
            fromOutside({ key: 'kubernetes.io/metadata.name', operator: 'In', values: ingressNamespaces }),
            fromOutside({ key: ingressLabel, operator: 'In', values: ['true'] }),
            fromOutside({ key: 'network.openshift.io/policy-group', operator: 'In', values: ['ingress'] }),
          ],
        },
      ],
      egress: [
        {
          to: [
            { ipBlock: { cidr: '0.0.0.0/0', except: metadataAddresses } },
            { ipBlock: { cidr: '::/0', except: metadataAddresses6 } },
          ],
        },
      ],
    },
  } as KubeObject
}

/** Such namespaces, unless they are another preview's: previews choose their names and most of their labels. */
function fromOutside(requirement: object): object {
  const isNoPreview = { key: environmentLabel, operator: 'DoesNotExist' }
  return { namespaceSelector: { matchExpressions: [requirement, isNoPreview] } }
}

function limitAmounts(frame: Frame): KubeObject {
  return {
    ...frame('v1', 'ResourceQuota', confinedName),
    spec: {
      hard: {
        pods: '50',
        services: '50',
        secrets: '200',
        configmaps: '200',
        persistentvolumeclaims: '20',
        'requests.cpu': '8',
        'requests.memory': '16Gi',
        'requests.storage': '100Gi',
      },
    },
  } as KubeObject
}

/**
 * The quota counts requests, so a container without any gets these. No default limits: one below a container's own
 * request would make the pod invalid.
 */
function assumeRequests(frame: Frame): KubeObject {
  return {
    ...frame('v1', 'LimitRange', confinedName),
    spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '50m', memory: '64Mi' } }] },
  } as KubeObject
}
