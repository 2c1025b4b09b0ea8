/** Where the chart's values go, and which it refuses. */
import { Command } from 'commander'
import { describe, expect, inject, test } from 'vitest'
import { register as registerOperator } from '../../src/cli/operator.ts'
import { register as registerServer } from '../../src/cli/server.ts'
import { chart, openHelm, render, setValues, type Values } from './helm.ts'

const helm = openHelm(inject('helm'))

describe('The values reach', () => {
  test('the command lines, which `tronador` understands', async () => {
    const operator = await argumentsOf('tronador-operator', {
      trustedRepositories: ['git.example.com/acme/platform', 'git.example.com/acme/shop'],
      engines: { environment: 'auto', environmentProvisioner: 'helm-operator' },
      operator: { concurrency: 3 },
    })
    const server = await argumentsOf('tronador-server', { server: { concurrency: 4 } })

    expect(operator).toEqual([
      'operator',
      '--namespace=tronador-system',
      '--service-account=tronador-operator',
      '--health-port=8081',
      '--concurrency=3',
      '--environment-engine=auto',
      '--provisioner-engine=helm-operator',
      '--trusted-repositories=git.example.com/acme/platform,git.example.com/acme/shop',
    ])
    expect(server).toEqual([
      'server',
      '--namespace=tronador-system',
      '--listen=0.0.0.0:8080',
      '--health-port=8081',
      '--concurrency=4',
      '--data-folder=/tmp',
    ])
    expect(
      [...operator, ...server].filter((word) => word.startsWith('--') && !knownFlags().includes(flagOf(word))),
    ).toEqual([])
  })

  test('the image, by digest before tag', async () => {
    const digest = `sha256:${'0'.repeat(64)}`
    const image = { repository: 'registry.example.com/tronador', tag: '1.2.3' }

    expect((await containerOf('tronador-operator', { image })).image).toBe('registry.example.com/tronador:1.2.3')
    expect((await containerOf('tronador-operator', { image: { ...image, digest } })).image).toBe(
      `registry.example.com/tronador@${digest}`,
    )
  })

  test('the pods: placement, variables, labels', async () => {
    const wanted = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      priorityClassName: 'high',
      affinity: { nodeAffinity: {} },
    }
    const values = {
      imagePullSecrets: [{ name: 'pull' }],
      server: { ...wanted, env: [{ name: 'HTTPS_PROXY', value: 'http://proxy' }], podLabels: { team: 'shop' } },
    }
    const pod = await podOf('tronador-server', values)

    expect(pod.spec).toMatchObject({ ...wanted, imagePullSecrets: [{ name: 'pull' }] })
    expect(pod.metadata.labels).toMatchObject({ team: 'shop' })
    expect(pod.spec.containers[0]?.env).toEqual([
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'HTTPS_PROXY', value: 'http://proxy' },
    ])
  })

  test('the server’s authorities, for Node and for git', async () => {
    const { spec } = await podOf('tronador-server', { server: { caBundle: { configMap: 'trust', key: 'all.pem' } } })
    const [container] = spec.containers

    expect(container?.env).toEqual([
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/tronador/ca.crt' },
      { name: 'GIT_SSL_CAINFO', value: '/etc/tronador/ca.crt' },
    ])
    expect(container?.volumeMounts).toContainEqual({ name: 'ca-bundle', mountPath: '/etc/tronador', readOnly: true })
    expect(spec.volumes).toContainEqual({
      name: 'ca-bundle',
      configMap: { name: 'trust', items: [{ key: 'all.pem', path: 'ca.crt' }] },
    })
  })

  test('the pods’ user, but where OpenShift gives them one', async () => {
    const usual = await podOf('tronador-server', {})
    const text = await helm('template', 'tronador', chart, '--api-versions', 'security.openshift.io/v1')

    expect(usual.spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(text).toContain('runAsNonRoot: true')
    expect(text).not.toContain('65532')
  })

  test('the network policies', async () => {
    const from = [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }]
    const egress = [{ ports: [{ port: 443 }] }]
    const objects = await render(helm, { networkPolicy: { webhooksFrom: from, egress } })
    const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'tronador-server')

    expect(policy?.spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 'health' }] }, { ports: [{ port: 'webhooks' }], from }],
      egress,
    })
  })
})

describe('Refused, with the key and the reason:', () => {
  test.each<[string, Values, RegExp]>([
    ['an unknown key', { operators: {} }, /additional properties 'operators' not allowed/],
    ['an unknown key below', { server: { replicas: 2 } }, /'\/server': additional properties 'replicas' not allowed/],
    [
      'an engine that is none',
      { engines: { environment: 'helm' } },
      /'\/engines\/environment': value must be one of 'auto', 'flux', 'helm-operator'/,
    ],
    ['no work at all', { operator: { concurrency: 0 } }, /'\/operator\/concurrency': minimum: got 0, want 1/],
    ['a number in quotes', { operator: { replicas: '2' } }, /'\/operator\/replicas': got string, want integer/],
    ['a level that is none', { server: { logLevel: 'trace' } }, /'\/server\/logLevel': value must be one of 'debug'/],
    [
      'half a repository',
      { trustedRepositories: ['acme/shop'] },
      /'\/trustedRepositories\/0': 'acme\/shop' does not match pattern/,
    ],
    ['a digest cut short', { image: { digest: 'sha256:12' } }, /'\/image\/digest': 'sha256:12' does not match pattern/],
    [
      'a host with a scheme',
      { server: { ingress: { host: 'https://a' } } },
      /'\/server\/ingress\/host': 'https:\/\/a' does not match pattern/,
    ],
    ['a port out of range', { server: { service: { port: 0 } } }, /'\/server\/service\/port': minimum: got 0, want 1/],
    [
      'an Ingress without a host',
      { server: { ingress: { enabled: true } } },
      /server\.ingress\.host is empty: an Ingress needs the name that the code host sends webhooks to\.\nSet it \(--set server\.ingress\.host=/,
    ],
  ])('%s', async (_, values, message) => {
    await expect(helm('template', 'tronador', chart, ...setValues(values))).rejects.toThrow(message)
  })
})

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly securityContext: unknown
    readonly volumes?: readonly unknown[]
    readonly containers: readonly {
      readonly image: string
      readonly args: string[]
      readonly env: unknown
      readonly volumeMounts?: readonly unknown[]
    }[]
  }
}

async function podOf(deployment: string, values: Values): Promise<Pod> {
  const objects = await render(helm, values)
  const found = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === deployment)
  if (found === undefined) throw new Error(`There is no Deployment ${deployment}.`)
  return (found.spec as { template: Pod }).template
}

async function containerOf(deployment: string, values: Values) {
  const [container] = (await podOf(deployment, values)).spec.containers
  if (container === undefined) throw new Error(`${deployment} has no container.`)
  return container
}

async function argumentsOf(deployment: string, values: Values): Promise<string[]> {
  return (await containerOf(deployment, values)).args
}

function knownFlags(): string[] {
  const program = new Command()
  const io = {} as Parameters<typeof registerOperator>[1]
  registerOperator(program, io)
  registerServer(program, io)
  return program.commands.flatMap(({ options }) => options.map(({ long }) => long ?? ''))
}

const flagOf = (word: string) => word.replace(/=.*/s, '')
