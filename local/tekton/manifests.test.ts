import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readManifests, resourceOf } from './manifests.ts'

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: tekton-pipelines}
spec:
  template:
    spec:
      containers:
        - name: controller
          image: "ko://github.com/tektoncd/pipeline/cmd/controller"
          command: [/sbin/tini, --]
          args: ["-entrypoint-image", "ko://github.com/tektoncd/pipeline/cmd/entrypoint"]
          readinessProbe: {httpGet: {path: /ready}, initialDelaySeconds: 5, periodSeconds: 10}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: feature-flags, namespace: tekton-pipelines}
data: {coschedule: workspaces}
---
# nothing but a comment
`

test('Tekton’s manifests get images of the local registry, and are asked for readiness each second', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tekton-manifests-'))
  try {
    mkdirSync(join(folder, 'resolvers'))
    writeFileSync(join(folder, 'resolvers', 'controller.yaml'), deployment)
    writeFileSync(join(folder, 'events.yaml'), deployment)

    expect(readManifests(folder, (program) => `registry/${program}`)).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'controller', namespace: 'tekton-pipelines' },
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: 'controller',
                  image: 'registry/pipeline-controller',
                  args: ['-entrypoint-image', 'registry/pipeline-entrypoint'],
                  readinessProbe: { httpGet: { path: '/ready' }, initialDelaySeconds: 0, periodSeconds: 1 },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'feature-flags', namespace: 'tekton-pipelines' },
        data: { coschedule: 'workspaces', 'running-in-environment-with-injected-sidecars': 'false' },
      },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a resource is told from an object alone', () => {
  const metadata = { name: 'cel' }

  expect(resourceOf({ apiVersion: 'triggers.tekton.dev/v1alpha1', kind: 'ClusterInterceptor', metadata })).toEqual({
    group: 'triggers.tekton.dev',
    version: 'v1alpha1',
    kind: 'ClusterInterceptor',
    plural: 'clusterinterceptors',
    namespaced: false,
  })
  expect(resourceOf({ apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, namespace: 'a' } })).toEqual({
    group: '',
    version: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    namespaced: true,
  })
})
