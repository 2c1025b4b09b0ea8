/** The objects of the original Tronador's guide, field by field and word by word, on the real Helm Operator. */
import { expect, test } from 'vitest'
import type { EnvironmentProvisioner } from '../../src/api/environment-provisioner.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environmentProvisioners, helmReleasesV1, namespaces } from '../../src/kube/resources.ts'
import { environmentWhere, ownEnvironments, removeEnvironment, setStage, uniqueName } from '../environment-operator.ts'
import { startGitRepository } from '../git-repository.ts'

const stage = setStage()

interface HelmReleaseV1 extends KubeObject {
  readonly spec: object
}

test('The guide’s EnvironmentProvisioner becomes the guide’s HelmRelease, and says what the guide shows', async () => {
  const repository = await startGitRepository()
  const commit = await repository.commit(
    {
      'deploy/Chart.yaml': 'apiVersion: v2\nname: stakater-nordmart-inventory\nversion: 0.1.0\n',
      'deploy/templates/configmap.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: image }\ndata: { tag: {{ .Values.application.deployment.image.tag }} }\n',
    },
    'run-pipeline',
  )
  const name = uniqueName('stakater-nordmart-inventory-74')
  const image = { repository: 'nexus.example.com/stakater-nordmart-inventory', tag: 'SNAPSHOT-PR-74-6f50ff2f' }
  const values = { application: { deployment: { image } } }
  const namespaceLabels = { kind: 'pr', 'stakater.com/tenant': 'veeru', team: 'gabbar' }
  const chart = { git: repository.url, path: 'deploy', ref: 'run-pipeline' }
  await stage.admin.create(environmentProvisioners, {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name, labels: ownEnvironments },
    spec: { application: { release: { chart, releaseName: 'run-pipeline', values } }, namespaceLabels },
  } as EnvironmentProvisioner)

  const ready = await environmentWhere<EnvironmentProvisioner>(
    stage.admin,
    name,
    ({ status }) => status?.phase === 'Ready' && status.applicationStatus === 'deployed',
    100,
    environmentProvisioners,
  )
  expect(ready.status).toMatchObject({
    applicationStatus: 'deployed',
    applicationStatusMsg: `Release was successful for Helm release 'run-pipeline' in '${name}'.`,
    currentPhase: 'Waiting For Next Reconciliation Loop',
    namespaceLabels,
    commit,
  })
  const release = await stage.admin.get<HelmReleaseV1>(helmReleasesV1, { name: 'run-pipeline', namespace: name })
  expect(release?.metadata.labels).toEqual({
    'app.kubernetes.io/instance': 'run-pipeline',
    'app.kubernetes.io/managed-by': 'tronador.stakater.com',
    'tronador.stakater.com/environment': name,
  })
  expect(release?.spec).toEqual({ chart, releaseName: 'run-pipeline', rollback: {}, test: {}, values })
  expect((await stage.admin.get(namespaces, { name }))?.metadata.labels).toMatchObject(namespaceLabels)
  await removeEnvironment(stage.admin, name, 'Foreground', environmentProvisioners)
  await repository.stop()
})
