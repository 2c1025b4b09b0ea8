/** What is rendered in one kind asks the operator for the same as what is rendered in the other. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderEnvironment } from './render.ts'
import { translateEnvironment } from './translate-environment.ts'
import { translateProvisioner } from './translate-provisioner.ts'

const fixtures = new URL('fixtures/render/', import.meta.url)
const settings = {
  ownNamespace: 'tronador-system',
  trustedRepositories: [],
  engines: { Environment: 'flux', EnvironmentProvisioner: 'flux' },
} as const
const change = {
  provider: 'gitea',
  repositoryUrl: 'https://git.example.com/acme/shop.git',
  number: 7,
  branch: 'feature/login',
  commit: '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345',
  url: 'https://git.example.com/acme/shop/pulls/7',
}

test.each(readdirSync(fixtures))('%s', (name) => {
  const configText = readFileSync(new URL(`${name}/tronador.yaml`, fixtures), 'utf8')
  const rendering = { configText, change, image: { name: 'registry.example.com/acme/shop', tag: '1e5' } }
  const { environment } = renderEnvironment('Environment', rendering)
  const { environment: provisioner } = renderEnvironment('EnvironmentProvisioner', rendering)
  if (environment === undefined || provisioner === undefined) throw new Error('the config file was not read')

  const { owner, source, ...asked } = translateEnvironment(environment, settings)
  const { owner: otherOwner, source: otherSource, ...alsoAsked } = translateProvisioner(provisioner, settings)

  expect(alsoAsked).toEqual(asked)
  expect(otherOwner).toEqual({ ...owner, kind: 'EnvironmentProvisioner' })
  // How often Flux looks at a source that cannot move is each kind's own affair.
  expect({ ...otherSource, interval: undefined }).toEqual({ ...source, interval: undefined })
})
