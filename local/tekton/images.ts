/** Images of Tekton's programs and of Buildah: each holds the program and hardly anything else. */

import { readFile } from 'node:fs/promises'
import type { Surroundings } from '../cluster.ts'
import { pushImage, storeLayer } from '../node/images.ts'
import type { LayerEntry } from '../node/tar.ts'
import type { Component } from '../pins.ts'

/** Tekton's programs of which an image is made, by the name their package has in Tekton's build. */
export const tektonPrograms = [
  'pipeline-controller',
  'pipeline-entrypoint',
  'pipeline-nop',
  'pipeline-resolvers',
  'pipeline-webhook',
  'pipeline-workingdirinit',
  'triggers-controller',
  'triggers-eventlistenersink',
  'triggers-interceptors',
  'triggers-webhook',
] as const satisfies readonly Component[]

/** Tekton's manifests run containers as this user, and name it by number. */
const user = '65532:65532'

/** Name of a program's image in the registry. Programs that have none here are never started. */
export function tektonImage(registry: string, program: string): string {
  return `${registry}/tekton/${program}:local`
}

/** Pushes an image of each of Tekton's programs. */
export async function pushTektonImages({ build }: Pick<Surroundings, 'build'>, registry: string): Promise<void> {
  const push = async (program: Component) => {
    const [, command = program] = program.split('-')
    // Tekton copies its entrypoint out of this very folder.
    const content = await readFile(await build.binary(program))
    const files: LayerEntry[] = [directory('ko-app'), { kind: 'file', path: `ko-app/${command}`, mode: 0o755, content }]
    return pushImage({
      registry,
      name: `tekton/${program}`,
      tag: 'local',
      layers: [await storeLayer(files)],
      config: { Entrypoint: [`/ko-app/${command}`], User: user },
    })
  }
  await Promise.all(tektonPrograms.map(push))
}

/** Pushes an image with Buildah in it, for pods without privilege. @returns the image by digest. */
export async function pushBuildah({ build }: Pick<Surroundings, 'build'>, registry: string): Promise<string> {
  const content = await readFile(await build.binary('buildah'))
  return pushImage({
    registry,
    name: 'buildah',
    tag: 'local',
    layers: [[...buildahFiles(registry), { kind: 'file', path: 'usr/bin/buildah', mode: 0o755, content }]],
    config: { Entrypoint: ['/usr/bin/buildah'], Env: ['PATH=/usr/bin', 'HOME=/root'] },
  })
}

/** What Buildah looks for. The registry speaks plain HTTP, to whoever builds upon its images too. */
function buildahFiles(registry: string): LayerEntry[] {
  const text = (path: string, content: string): LayerEntry => ({ kind: 'file', path, content })
  return [
    directory('etc'),
    directory('root'),
    { kind: 'directory', path: 'var/tmp', mode: 0o1777 },
    text('etc/passwd', 'root:x:0:0:root:/root:/sbin/nologin\n'),
    text('etc/group', 'root:x:0:\n'),
    // The rest of the numbers that a pod's user namespace has for its root.
    text('etc/subuid', 'root:1:65535\n'),
    text('etc/subgid', 'root:1:65535\n'),
    directory('etc/containers'),
    text('etc/containers/policy.json', JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] })),
    text('etc/containers/registries.conf', `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`),
    // Overlay file systems cannot be stacked in a pod, and the variable for it is not read by a push.
    text(
      'etc/containers/storage.conf',
      '[storage]\ndriver = "vfs"\nrunroot = "/run/containers"\ngraphroot = "/var/lib/containers/storage"\n',
    ),
    // Asked for even where no network is made; it is never run.
    { kind: 'file', path: 'usr/libexec/podman/netavark', mode: 0o755, content: '' },
  ]
}

function directory(path: string): LayerEntry {
  return { kind: 'directory', path }
}
