import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inClusterConfig, KubeconfigError, loadKubeconfig } from './kubeconfig.ts'

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

const kubeconfig = (cluster: string, user: string) => `
apiVersion: v1
kind: Config
current-context: here
contexts:
  - { name: here, context: { cluster: c, user: u, namespace: team } }
  - { name: there, context: { cluster: other, user: u } }
clusters:
  - { name: c, cluster: ${cluster} }
users:
  - { name: u, user: ${user} }
`

test('files are found beside the kubeconfig, and data stands in it', async () => {
  const folder = await folderWith({
    'ca.crt': 'CA',
    config: kubeconfig(
      '{ server: "https://api.example.com:6443", certificate-authority: ca.crt, tls-server-name: api }',
      `{ client-certificate-data: ${btoa('CERT')}, client-key-data: ${btoa('KEY')}, tokenFile: token }`,
    ),
  })

  expect(await loadKubeconfig(join(folder, 'config'))).toEqual({
    server: 'https://api.example.com:6443',
    ca: 'CA',
    insecure: false,
    serverName: 'api',
    clientCertificate: 'CERT',
    clientKey: 'KEY',
    tokenFile: join(folder, 'token'),
    namespace: 'team',
  })
})

test('an insecure cluster with a token', async () => {
  const folder = await folderWith({
    config: kubeconfig('{ server: "https://h", insecure-skip-tls-verify: true }', '{ token: t }'),
  })

  const config = await loadKubeconfig(join(folder, 'config'))

  expect(config).toEqual({ server: 'https://h', insecure: true, token: 't', namespace: 'team' })
})

test('what is missing is named, with the file', async () => {
  const folder = await folderWith({
    config: kubeconfig('{ certificate-authority: nowhere.crt }', '{ token: t }'),
    signed: kubeconfig('{ server: "https://h", certificate-authority: nowhere.crt }', '{ token: t }'),
    exec: kubeconfig('{ server: "https://h" }', '{ exec: { command: aws } }'),
  })
  const faultOf = async (name: string, context?: string) => {
    const error: unknown = await loadKubeconfig(join(folder, name), context).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(KubeconfigError)
    return (error as Error).message.replaceAll(folder, '…')
  }

  expect(await faultOf('absent')).toBe(
    'cannot read the kubeconfig …/absent: there is no such file; check the path and its permissions',
  )
  expect(await faultOf('signed')).toBe(
    'cannot read …/nowhere.crt, the certificate-authority of …/signed: there is no such file; check the path and its permissions',
  )
  expect(await faultOf('config')).toBe('…/config: cluster "c" has no server; add clusters[].cluster.server')
  expect(await faultOf('config', 'there')).toBe('…/config: clusters has no entry named "other"; add it')
  expect(await faultOf('config', 'nowhere')).toBe('…/config: contexts has no entry named "nowhere"; add it')
  expect(await faultOf('exec')).toBe(
    '…/exec: user "u" signs in by "exec", which is not supported; use a token, a token file or a client certificate',
  )
})

test('a pod reads its service account, and its token from the file each time', async () => {
  const folder = await folderWith({ 'ca.crt': 'CA', token: 't', namespace: 'tronador\n' })

  expect(await inClusterConfig({ host: 'fd00::1', port: '443', folder })).toEqual({
    server: 'https://[fd00::1]:443',
    ca: 'CA',
    tokenFile: `${folder}/token`,
    namespace: 'tronador',
  })
})
