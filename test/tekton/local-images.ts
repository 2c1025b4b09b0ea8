/** Manifests of `tekton/` as a cluster takes them that has images of its own alone. */
import type { Manifest } from '../../local/tekton/manifests.ts'

/** As a mirror of images would: a manifest with the images that can be had here, in the team's namespace. */
export function withLocalImages(
  manifest: Manifest,
  to: { image: string; builder: string; namespace: string },
): Manifest {
  const text = JSON.stringify(manifest)
    .replaceAll(/ghcr\.io\/stakater\/tronador:[^"]+/g, to.image)
    .replaceAll(/quay\.io\/buildah\/stable:[^"]+/g, to.builder)
  const { path: _, ...object } = JSON.parse(text) as Manifest & { path?: string }
  const everywhere = ['Namespace', 'PersistentVolume', 'ClusterRoleBinding'].includes(object.kind)
  return { ...object, metadata: { ...object.metadata, ...(everywhere ? {} : { namespace: to.namespace }) } } as Manifest
}
