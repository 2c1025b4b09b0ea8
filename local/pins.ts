/**
 * What the local cluster is made of. Versions stand in one place each: the `go.mod` of the module here. To move a
 * pin, change it there, run `go mod tidy` in that folder and commit both files; the next start builds it.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillVersion } from './go-build.ts'

/** A Go module of `local/modules` and how its programs are built. */
export interface Module {
  /** Folder under `local/modules`. */
  readonly name: string
  /** Programs by the name they get: the Go package each is built from. */
  readonly programs: Readonly<Record<string, string>>
  /** Whether it needs a C compiler. */
  readonly cgo: boolean
  readonly tags?: readonly string[]
  /** Whether its programs are linked with all their libraries, to run in an image that holds nothing else. */
  readonly static?: boolean
  /** Go variables set when linking; `{PATH}` stands for the version of that module in `go.mod`. */
  readonly variables?: Readonly<Record<string, string>>
}

const kubernetesGoMod = readFileSync(join(import.meta.dirname, 'modules', 'kubernetes', 'go.mod'), 'utf8')
const [kubernetesMajor = '', kubernetesMinor = ''] = fillVersion('{k8s.io/kubernetes}', kubernetesGoMod)
  .slice('v'.length)
  .split('.')

/** Without these, clients see an empty version and refuse to work. `{k8s.io/kubernetes}` is its pinned version. */
const kubernetesVersion = {
  'k8s.io/component-base/version.gitVersion': '{k8s.io/kubernetes}',
  'k8s.io/component-base/version.gitMajor': kubernetesMajor,
  'k8s.io/component-base/version.gitMinor': kubernetesMinor,
  'k8s.io/client-go/pkg/version.gitVersion': '{k8s.io/kubernetes}',
}

/** All modules. Programs stand in the order in which a cluster needs them. */
export const modules = [
  { name: 'pki', cgo: false, programs: { pki: 'tronador.stakater.com/local/pki' } },
  {
    name: 'kubernetes',
    cgo: false,
    programs: {
      etcd: 'go.etcd.io/etcd/server/v3',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'source-controller': 'github.com/fluxcd/source-controller',
      'kustomize-controller': 'github.com/fluxcd/kustomize-controller',
      'helm-controller': 'github.com/fluxcd/helm-controller',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    },
    variables: kubernetesVersion,
  },
  {
    name: 'helm-operator',
    cgo: false,
    programs: { 'helm-operator': 'github.com/fluxcd/helm-operator/cmd/helm-operator' },
  },
  { name: 'argocd', cgo: false, programs: { argocd: 'github.com/argoproj/argo-cd/v3/cmd' } },
  {
    name: 'gitea',
    cgo: true,
    programs: { gitea: 'code.gitea.io/gitea' },
    tags: ['sqlite', 'sqlite_unlock_notify'],
    variables: { 'main.Version': '{code.gitea.io/gitea}' },
  },
  { name: 'runc', cgo: true, programs: { runc: 'github.com/opencontainers/runc' }, tags: seccompTag() },
  {
    name: 'runc-without-seccomp',
    cgo: false,
    programs: { 'runc-without-seccomp': 'tronador.stakater.com/local/runc-without-seccomp' },
  },
  {
    name: 'containerd',
    cgo: false,
    programs: {
      containerd: 'github.com/containerd/containerd/cmd/containerd',
      'containerd-shim-runc-v2': 'github.com/containerd/containerd/cmd/containerd-shim-runc-v2',
    },
    tags: ['no_btrfs', 'no_zfs', 'no_devmapper', 'no_aufs'],
  },
  {
    name: 'cni',
    cgo: false,
    programs: {
      bridge: 'github.com/containernetworking/plugins/plugins/main/bridge',
      'host-local': 'github.com/containernetworking/plugins/plugins/ipam/host-local',
      loopback: 'github.com/containernetworking/plugins/plugins/main/loopback',
    },
  },
  { name: 'coredns', cgo: false, programs: { coredns: 'tronador.stakater.com/local/coredns' } },
  { name: 'registry', cgo: false, programs: { registry: 'tronador.stakater.com/local/registry' } },
  { name: 'shop', cgo: false, programs: { shop: 'tronador.stakater.com/local/shop' } },
  {
    name: 'tekton',
    cgo: false,
    programs: {
      'pipeline-controller': 'github.com/tektoncd/pipeline/cmd/controller',
      'pipeline-entrypoint': 'github.com/tektoncd/pipeline/cmd/entrypoint',
      'pipeline-nop': 'github.com/tektoncd/pipeline/cmd/nop',
      'pipeline-resolvers': 'github.com/tektoncd/pipeline/cmd/resolvers',
      'pipeline-webhook': 'github.com/tektoncd/pipeline/cmd/webhook',
      'pipeline-workingdirinit': 'github.com/tektoncd/pipeline/cmd/workingdirinit',
      'triggers-controller': 'github.com/tektoncd/triggers/cmd/controller',
      'triggers-eventlistenersink': 'github.com/tektoncd/triggers/cmd/eventlistenersink',
      'triggers-interceptors': 'github.com/tektoncd/triggers/cmd/interceptors',
      'triggers-webhook': 'github.com/tektoncd/triggers/cmd/webhook',
    },
  },
  {
    name: 'buildah',
    // Without C it cannot enter a user namespace and starts itself again and again.
    cgo: true,
    static: true,
    programs: { buildah: 'github.com/containers/buildah/cmd/buildah' },
    tags: [
      'containers_image_openpgp',
      'exclude_graphdriver_btrfs',
      'exclude_graphdriver_devicemapper',
      'netgo',
      'osusergo',
      'static_build',
    ],
  },
  { name: 'kwok', cgo: false, programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' } },
  {
    name: 'helm',
    cgo: false,
    programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
    variables: { 'helm.sh/helm/v4/internal/version.version': '{helm.sh/helm/v4}' },
  },
] as const satisfies readonly Module[]

/** With libseccomp's header runc can confine pods; without it a stand-in drops their seccomp profiles. */
function seccompTag(): string[] {
  return spawnSync('pkg-config', ['--exists', 'libseccomp']).status === 0 ? ['seccomp'] : []
}

type KeysOf<T> = T extends unknown ? keyof T : never

/** A program that the local cluster can be asked to build. */
export type Component = KeysOf<(typeof modules)[number]['programs']>

/** A folder of `local/modules`. */
export type ModuleName = (typeof modules)[number]['name']
