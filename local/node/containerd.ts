/** containerd: pulls images and runs containers for the kubelet. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { systemPath } from './command.ts'
import type { Machine, MachineParts, MachineSurroundings } from './machine.ts'
import type { NodeNetwork } from './network.ts'

/** Where containerd listens, inside the node. */
export const containerdSocket = '/run/containerd/containerd.sock'

/** Starts containerd and waits until it accepts connections. `pauseImage` holds a pod's namespaces open. */
export async function startContainerd(surroundings: MachineSurroundings, node: Machine & MachineParts): Promise<void> {
  const { build } = surroundings
  const [containerd, shim, runc, withoutSeccomp, bridge] = await Promise.all([
    build.binary('containerd'),
    build.binary('containerd-shim-runc-v2'),
    build.binary('runc'),
    build.binary('runc-without-seccomp'),
    build.binary('bridge'),
  ])
  const folder = join(node.folder, 'containerd')
  const [config, cni, hosts] = [join(folder, 'config.toml'), join(folder, 'cni'), join(folder, 'hosts')]
  mkdirSync(cni, { recursive: true })
  mkdirSync(join(hosts, node.registry), { recursive: true })
  writeFileSync(join(cni, '10-bridge.conflist'), bridgeConfig(node.network))
  writeFileSync(join(hosts, node.registry, 'hosts.toml'), registryConfig(node.registry))
  writeFileSync(
    config,
    containerdConfig({
      root: join(folder, 'root'),
      pauseImage: node.pauseImage,
      hosts,
      cniPrograms: dirname(bridge),
      cniConfig: cni,
      runc: chooseRunc(runc, withoutSeccomp),
    }),
  )
  await surroundings.start({
    name: 'containerd',
    ...node.namespaces.enter(containerd, ['--config', config]),
    // The shim is looked for in PATH, and so is runc by the program that stands in for it.
    env: { PATH: systemPath([dirname(shim), dirname(runc)]) },
    ready: () => accepts(node.namespaces.path(containerdSocket)),
    readyWithin: 20,
  })
}

/** containerd's configuration. */
export function containerdConfig(options: {
  readonly root: string
  readonly pauseImage: string
  readonly hosts: string
  readonly cniPrograms: string
  readonly cniConfig: string
  readonly runc: string
}): string {
  const text = JSON.stringify
  return `version = 2
root = ${text(options.root)}
state = "/run/containerd"
# Lowering it needs a right that containers seldom have, and without a server to protect it serves nobody.
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
address = "${containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(options.pauseImage)}
# Without CAP_SYS_RESOURCE no sandbox would start otherwise.
restrict_oom_score_adj = true
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = ${text(options.hosts)}

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${text(options.cniPrograms)}
conf_dir = ${text(options.cniConfig)}

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
BinaryName = ${text(options.runc)}
`
}

/** Pods hang on one bridge. Nothing is masqueraded: a preview reaches the node, the host's end and other pods alone. */
export function bridgeConfig(network: Pick<NodeNetwork, 'pods'>): string {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam: { type: 'host-local', ranges: [[{ subnet: network.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
  }
  return JSON.stringify({ cniVersion: '1.0.0', name: 'tronador', plugins: [bridge] })
}

/** The registry speaks plain HTTP. */
function registryConfig(registry: string): string {
  return `server = "http://${registry}"\n[host."http://${registry}"]\ncapabilities = ["pull", "resolve"]\n`
}

/** A runc without libseccomp refuses every pod that asks for a seccomp profile, and the kubelet asks for each pod. */
function chooseRunc(built: string, withoutSeccomp: string): string {
  const installed = systemPath()
    .split(':')
    .map((folder) => join(folder, 'runc'))
    .find((path) => existsSync(path))
  return [built, installed].find((path) => path !== undefined && knowsSeccomp(path)) ?? withoutSeccomp
}

function knowsSeccomp(runc: string): boolean {
  try {
    const features = execFileSync(runc, ['features'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return (JSON.parse(features) as { linux?: { seccomp?: { enabled?: boolean } } }).linux?.seccomp?.enabled === true
  } catch {
    // Too old to tell.
    return false
  }
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', () => resolve(false))
  })
}
