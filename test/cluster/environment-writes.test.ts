/** How an environment’s objects are written, before a real API server: the sentences of `docs/decisions/0001`, by their numbers. */
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/api/environment.ts'
import { planEnvironment } from '../../src/core/plan/environment-plan.ts'
import { translateEnvironment } from '../../src/core/translate-environment.ts'
import { fluxEngine } from '../../src/engines/flux/index.ts'
import { systemClock } from '../../src/kube/clock.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import {
  environments,
  events,
  gitRepositories,
  helmReleases,
  namespaces,
  networkPolicies,
} from '../../src/kube/resources.ts'
import { applyPlan } from '../../src/operator/apply-plan.ts'
import {
  discardEnvironment,
  environmentWhere,
  eventually,
  gone,
  newEnvironment,
  setStage,
  startOperator,
  uniqueName,
} from '../environment-operator.ts'

const stage = setStage()
const asAdmin = () => ({ cluster: stage.admin, clock: systemClock })

interface Spoken extends KubeObject {
  readonly spec?: { readonly values?: object; readonly suspend?: boolean; readonly secretRef?: object }
}

async function create(name: string): Promise<Environment> {
  await stage.admin.create(environments, newEnvironment(name))
  return environmentWhere(stage.admin, name, ({ status }) => status?.stages?.[3]?.state !== undefined)
}

const shopOf = (name: string) => ({ name: 'shop', namespace: name })

async function remove(resource: typeof namespaces, ref: { name: string; namespace?: string }): Promise<void> {
  const found = await stage.admin.get(resource, ref)
  await stage.admin.delete(resource, ref, { uid: found?.metadata.uid ?? '' })
}

/** What the operator would write had it seen these objects and nothing else. */
function planFrom(environment: Environment, namespace: KubeObject, observed: readonly KubeObject[]) {
  const engines = { Environment: 'flux', EnvironmentProvisioner: 'flux' } as const
  const settings = { ownNamespace: 'tronador-system', trustedRepositories: [], engines }
  const desired = translateEnvironment(environment, settings)
  const stages = { plan: fluxEngine.plan(desired, observed), suspend: [] }
  const identity = { namespace: 'tronador-system', serviceAccount: 'tronador-operator' }
  return planEnvironment(desired, { ownership: 'ours', namespace, contents: [] }, stages, identity)
}

test('6: an object of ours that someone else made in our namespace is brought to what is wanted, and kept', async () => {
  const name = uniqueName('within')
  await create(name)
  await stage.operator.stop()
  const ref = { name: 'tronador-confined', namespace: name }
  await remove(networkPolicies, ref)
  const spec = { podSelector: {}, policyTypes: ['Egress'] }
  const metadata = { ...ref }
  const theirs = await stage.admin.create(networkPolicies, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec,
  } as KubeObject)
  stage.operator = await startOperator()
  const policy = await eventually('the policy to be ours', async () => {
    const found = await stage.admin.get<KubeObject & { spec: { policyTypes: string[] } }>(networkPolicies, ref)
    return found?.spec.policyTypes.length === 2 && found
  })
  expect(policy.metadata.uid).toBe(theirs.metadata.uid)
  await discardEnvironment(stage.admin, name)
})

describe('What has vanished and was made again by someone else is a conflict', () => {
  test('9: a namespace whose labels were to change', async () => {
    const name = uniqueName('swapped')
    const environment = await create(name)
    const seen = await stage.admin.get<KubeObject>(namespaces, { name })
    await stage.operator.stop()
    await remove(namespaces, { name })
    await gone(stage.admin, namespaces, name)
    const theirs = await stage.admin.create<KubeObject>(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })
    const changed = { ...environment, spec: { ...environment.spec, namespaceLabels: { team: 'gabbar' } } }
    await expect(applyPlan(asAdmin(), planFrom(changed, seen as KubeObject, []), () => {})).rejects.toMatchObject({
      reason: 'Conflict',
    })
    expect((await stage.admin.get<KubeObject>(namespaces, { name }))?.metadata.labels).toEqual(theirs.metadata.labels)
    stage.operator = await startOperator()
    await discardEnvironment(stage.admin, name)
    await remove(namespaces, { name })
  })

  test('12: a source that was to be applied, which is not made anew', async () => {
    const name = uniqueName('vanished')
    const environment = await create(name)
    const namespace = (await stage.admin.get<KubeObject>(namespaces, { name })) as KubeObject
    const source = (await stage.admin.get<KubeObject>(gitRepositories, shopOf(name))) as KubeObject
    await stage.operator.stop()
    await remove(gitRepositories, shopOf(name))
    const { gitRepository } = environment.spec.application
    const application = {
      ...environment.spec.application,
      gitRepository: { ...gitRepository, ref: { branch: 'other' } },
    }
    const plan = planFrom({ ...environment, spec: { application } }, namespace, [source])
    const ofSource = plan.filter(({ name }) => name === 'source')
    expect(ofSource).toHaveLength(1)
    await expect(applyPlan(asAdmin(), ofSource, () => {})).rejects.toMatchObject({
      reason: 'Conflict',
    })
    expect(await stage.admin.get(gitRepositories, shopOf(name))).toBeUndefined()
    stage.operator = await startOperator()
    await discardEnvironment(stage.admin, name)
  })
})

describe('11: what leaves the environment leaves its objects', () => {
  test('a value that the environment no longer has', async () => {
    const name = uniqueName('leaves')
    await create(name)
    await stage.admin.patch(
      environments,
      { name },
      { spec: { application: { release: { values: { replicas: null } } } } },
    )
    await eventually('the value to leave', async () => {
      const found = await stage.admin.get<Spoken>(helmReleases, shopOf(name))
      return found !== undefined && !JSON.stringify(found.spec?.values ?? {}).includes('replicas')
    })
    await discardEnvironment(stage.admin, name)
  })

  test('a value and a credential that someone else put there, and then it is left in peace', async () => {
    const name = uniqueName('edited')
    await create(name)
    await stage.admin.patch(helmReleases, shopOf(name), { spec: { values: { debug: { on: true } } } })
    await stage.admin.patch(gitRepositories, shopOf(name), { spec: { secretRef: { name: 'mine' } } })
    await eventually('both to leave', async () => {
      const release = await stage.admin.get<Spoken>(helmReleases, shopOf(name))
      const source = await stage.admin.get<Spoken>(gitRepositories, shopOf(name))
      const isClean = source?.spec?.secretRef === undefined && !JSON.stringify(release?.spec).includes('debug')
      return isClean && release?.spec?.suspend === false
    })
    stage.operator.writes.length = 0
    await stage.admin.patch(environments, { name }, { metadata: { annotations: { 'example.com/note': 'look' } } })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(stage.operator.writes.filter((write) => (write.namespace ?? write.name) === name)).toEqual([])
    await discardEnvironment(stage.admin, name)
  })
})

test('What happens to an environment is an event in `default`, where those of things without a namespace lie', async () => {
  const name = uniqueName('told')
  await create(name)
  const reasons = await eventually('an event', async () => {
    const { items } = await stage.admin.list<KubeObject & { reason?: string; regarding?: { name?: string } }>(events, {
      namespace: 'default',
    })
    const own = items.filter(({ regarding }) => regarding?.name === name).map(({ reason }) => reason)
    return own.length > 0 && own
  })
  expect(reasons).toEqual(['NamespaceCreated'])
  await discardEnvironment(stage.admin, name)
})
