import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { planSteps, programName } from './build.ts'
import { componentsOf } from './cluster.ts'
import { buildKey, fillVersion, readDownload } from './go-build.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'module-'))
  cpSync(join(import.meta.dirname, 'modules/cni'), folder, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

const cni = { name: 'cni', cgo: false, programs: {} }

test('the same sources, flags and compiler have the same key', () => {
  expect(buildKey(cni, folder, 'go1.26.8')).toBe(buildKey(cni, join(import.meta.dirname, 'modules/cni'), 'go1.26.8'))
})

test('a moved pin, another flag and another compiler change the key', () => {
  const key = buildKey(cni, folder, 'go1.26.8')
  expect(buildKey(cni, folder, 'go1.27.0')).not.toBe(key)
  expect(buildKey({ ...cni, cgo: true }, folder, 'go1.26.8')).not.toBe(key)
  writeFileSync(join(folder, 'go.sum'), 'other sums')
  expect(buildKey(cni, folder, 'go1.26.8')).not.toBe(key)
})

test('a version comes out of go.mod, wherever it is required', () => {
  expect(fillVersion('{a.io/b}', 'require a.io/b v1.2.3\n')).toBe('v1.2.3')
  expect(fillVersion('v={a.io/b}', 'require (\n\ta.io/bb v9.9.9\n\ta.io/b v1.2.3 // indirect\n)\n')).toBe('v=v1.2.3')
  expect(() => fillVersion('{a.io/c}', 'require a.io/b v1.2.3\n')).toThrow('go.mod pins no version of a.io/c.')
})

test('downloads are told from other lines', () => {
  expect(readDownload('go: downloading k8s.io/api v0.34.2')).toBe('k8s.io/api v0.34.2')
  expect(readDownload('go: k8s.io/api@v0.34.2: verifying module: checksum mismatch')).toBeUndefined()
})

test('a program is named by its package, without the major version', () => {
  expect(programName('go.etcd.io/etcd/server/v3')).toBe('server')
  expect(programName('k8s.io/kubernetes/cmd/kube-apiserver')).toBe('kube-apiserver')
})

test('components of one module that follow each other are compiled together', () => {
  const steps = planSteps(['pki', 'etcd', 'kube-apiserver', 'gitea', 'kubelet'])
  expect(steps.map(({ module, components }) => [module.name, ...components])).toEqual([
    ['pki', 'pki'],
    ['kubernetes', 'etcd', 'kube-apiserver'],
    ['gitea', 'gitea'],
    ['kubernetes', 'kubelet'],
  ])
})

test('two programs of one name are compiled one after the other', () => {
  const steps = planSteps(['pipeline-controller', 'pipeline-webhook', 'triggers-controller', 'triggers-interceptors'])
  expect(steps.map(({ components }) => components)).toEqual([
    ['pipeline-controller', 'pipeline-webhook'],
    ['triggers-controller', 'triggers-interceptors'],
  ])
})

test('all that Kubernetes and Flux need is one compilation, before Helm Operator and the code host', () => {
  const steps = planSteps(componentsOf({ tier: 'pods' }))
  expect(steps.map(({ module }) => module.name).slice(0, 4)).toEqual(['pki', 'kubernetes', 'helm-operator', 'gitea'])
})

test('Argo CD is built where it is asked for, after all else', () => {
  expect(componentsOf({ tier: 'pull-requests' })).not.toContain('argocd')
  expect(componentsOf({ tier: 'pull-requests', argocd: true }).at(-1)).toBe('argocd')
})

test('a simulated node needs no container runtime', () => {
  const components = componentsOf({ tier: 'pods', simulatePods: true })
  expect(components).toContain('kwok')
  expect(components).not.toContain('containerd')
  expect(components).not.toContain('kubelet')
})
