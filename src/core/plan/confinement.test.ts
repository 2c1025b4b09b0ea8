import { expect, test } from 'vitest'
import { namespaceContents } from './confinement.ts'

const operator = { namespace: 'tronador-system', serviceAccount: 'tronador-operator' }

function contentsOf(profile: 'confined' | 'trusted'): Record<string, unknown>[] {
  return namespaceContents({ namespace: 'shop-7', profile }, operator).map(({ object }) => {
    const { kind, apiVersion: _, metadata, ...rest } = object
    return { is: `${kind} ${metadata.name}`, ...rest }
  })
}

const operatorBinding = {
  is: 'RoleBinding tronador-operator-environment',
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tronador-operator-environment' },
  subjects: [{ kind: 'ServiceAccount', namespace: 'tronador-system', name: 'tronador-operator' }],
}

test('A trusted preview has nothing to hold it', () => {
  expect(contentsOf('trusted')).toEqual([operatorBinding])
})

test('A confined preview acts as an account of its own namespace, within limits', () => {
  const [binding, account, own, , quota, limits] = contentsOf('confined')
  expect([binding, account, own, quota, limits]).toEqual([
    operatorBinding,
    { is: 'ServiceAccount tronador-confined', automountServiceAccountToken: false },
    {
      is: 'RoleBinding tronador-confined',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tronador-confined' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'shop-7', name: 'tronador-confined' }],
    },
    {
      is: 'ResourceQuota tronador-confined',
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
    },
    {
      is: 'LimitRange tronador-confined',
      spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '50m', memory: '64Mi' } }] },
    },
  ])
})

test('It is reached from its own namespace and from ingress controllers, and reaches all but the cloud’s secrets', () => {
  const noPreview = { key: 'tronador.stakater.com/environment', operator: 'DoesNotExist' }
  const from = (key: string, ...values: string[]) => ({
    namespaceSelector: { matchExpressions: [{ key, operator: 'In', values }, noPreview] },
  })
  expect(contentsOf('confined')[3]).toEqual({
    is: 'NetworkPolicy tronador-confined',
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { podSelector: {} },
            from(
              'kubernetes.io/metadata.name',
              'contour',
              'envoy-gateway-system',
              'haproxy-controller',
              'ingress-nginx',
              'istio-system',
              'kong',
              'kube-system',
              'openshift-ingress',
              'traefik',
            ),
            from('tronador.stakater.com/ingress', 'true'),
            from('network.openshift.io/policy-group', 'ingress'),
          ],
        },
      ],
      egress: [
        {
          to: [
            { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32', '100.100.100.200/32'] } },
            { ipBlock: { cidr: '::/0', except: ['fd00:ec2::254/128'] } },
          ],
        },
      ],
    },
  })
})
