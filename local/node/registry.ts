/** The container registry, without a password and over plain HTTP, on an address that only this machine reaches. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../surroundings.ts'

/** A registry that answers. */
export interface Registry {
  /** `HOST:PORT`, as it stands in an image's name. */
  readonly address: string
}

/** Starts the registry on that address. Its images live as long as the run. */
export async function startRegistry(surroundings: Surroundings, address: string): Promise<Registry> {
  const registry = await surroundings.build.binary('registry')
  const config = join(surroundings.run.path, 'registry.yaml')
  writeFileSync(config, registryConfig(address, join(surroundings.run.path, 'registry')))
  await surroundings.start({
    name: 'registry',
    command: registry,
    args: ['serve', config],
    // Without a collector to send to, traces would fill the log with failures.
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: async () => (await fetch(`http://${address}/v2/`)).ok,
    readyWithin: 20,
  })
  return { address }
}

/** The registry's configuration. */
export function registryConfig(address: string, folder: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    http: { addr: address, secret: 'uploads here need no secret' },
  })
}
